#include "api/handlers/respond/threats.h"

#include <fmt/format.h>

#include "base/suggest.h"
#include "detect/vocabulary/threat.h"

namespace outrider::api {

Result<void> check_threats(const respond::Playbook& playbook, std::string_view file) {
  for (const auto& threat : playbook.trigger.threats) {
    if (detect::threat_from_slug(threat)) continue;
    std::vector<std::string_view> known;
    for (const auto& info : detect::threats()) known.push_back(info.slug);
    return fail(
        Errc::malformed, "unknown-threat",
        fmt::format("{}: trigger.threats: there is no threat '{}'{}", file, threat, did_you_mean(threat, known)));
  }
  return {};
}

}  // namespace outrider::api
