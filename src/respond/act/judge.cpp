#include "respond/act/judge.h"

#include <algorithm>

namespace outrider::respond {

Verdict judge(const Step& step, const Brakes& brakes, const Circumstances& now) {
  if (now.age > proposing_age_max) return {.due = false};
  Verdict out{.mode = std::min(step.mode, brakes.mode_max)};
  // The parser refuses it too; whatever else says "act", two people decide what cannot be taken back.
  if (irreversible(step.action)) out.mode = std::min(out.mode, Mode::propose);
  if (out.mode != Mode::act) return out;
  if (now.age > acting_age_max) return {.mode = Mode::propose, .because = "stale"};
  if (!restricting(step.action)) return out;
  if (now.restricted_hour >= brakes.per_hour) return {.mode = Mode::propose, .because = "limit"};
  // One device is never too large a share, unless the share is none at all: small fleets have thieves too.
  const std::uint64_t most =
      brakes.share_percent == 0 ? 0 : std::max<std::uint64_t>(1, now.devices * brakes.share_percent / 100);
  if (now.restricted_now >= most) return {.mode = Mode::propose, .because = "share"};
  return out;
}

}  // namespace outrider::respond
