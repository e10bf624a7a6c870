#include "detect/checks/tamper/tamper.h"

namespace outrider::detect {

void check_tamper(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.what == What::tick) return check_silent_after(state, context, surprises);
  if (observation.what != What::report && observation.what != What::event) return;
  check_box(state, observation, context, surprises);
  // Many say it only when they start.
  if (observation.reading.firmware != 0)
    check_firmware(state, observation, context, surprises);
  else if (state.firmware != 0)
    check_behind(state, context, surprises);
  state.last_s = static_cast<std::uint32_t>(context.now_s);
}

}  // namespace outrider::detect
