#include "detect/checks/identity/identity.h"

#include <cmath>

namespace outrider::detect {
namespace {

// Changes of network that bring one device back to where it was just displaced from: at the edge of a yard's Wi-Fi a
// few within minutes, on a bad day. Within the addresses of one carrier's NAT many more.
constexpr RareHabit strange_signs{.window_s = 600, .usual_per_window = 0.05, .prior_s = 86400};
constexpr RareHabit everyday_signs{.window_s = 600, .usual_per_window = 0.5, .prior_s = 86400};
// From here on it is no chance and no bad reception: both sides came back four times in ten minutes, against the habit
// of this very device.
constexpr float proof_nats = 12;
constexpr float proof_signs = 3.5F;  // signs of ten minutes are forgotten a little while they come
constexpr float everyday_nats_max = 6;

}  // namespace

void count_sign_of_two(IdentityState& state, double now_s, Twin sign, Surprises& surprises) {
  const auto now = static_cast<std::uint32_t>(now_s);
  if (sign != Twin::alive) state.returned_s = now;
  const bool strange = sign != Twin::nearby;
  const RareHabit& habit = strange ? strange_signs : everyday_signs;
  const Rare rare = count_rare(state.twice, now_s, 1, habit);
  // That both answered is proof only of two who take turns: whoever moves on does not come back.
  const bool turns = state.returned_s != 0 && now - state.returned_s <= strange_signs.window_s;
  const bool proof = strange && turns && rare.nats >= proof_nats && rare.recent >= proof_signs;
  surprises.add({.check = proof ? CheckId::session_twice : CheckId::session_flap,
                 .nats = strange ? rare.nats : std::min(rare.nats, everyday_nats_max),
                 .observed = rare.recent,
                 .expected = rare.usual,
                 .limit = static_cast<float>(habit.window_s)});
}

// A device counts its starts upward. Going back, in readings that are newer, is a counter that was lost, or another
// device; going back again and again is another device.
void check_boot_count(IdentityState& state, const Observation& observation, const Context& context,
                      Surprises& surprises) {
  const double count = observation.reading.boot_count;
  if (!(count >= 0) || count > 4e9) return;
  const auto boot = static_cast<std::uint32_t>(count);
  const auto measured = static_cast<std::uint32_t>(std::clamp(observation.measured_s, 1.0, context.now_s));
  if (measured < state.boot_s) return;  // kept while it was out of coverage
  const bool back = state.boot_s != 0 && boot < state.boot && measured > state.boot_s;
  state.boot = boot;
  state.boot_s = measured;
  if (back) count_sign_of_two(state, context.now_s, Twin::restarts, surprises);
}

void check_identity(IdentityState& state, const Observation& observation, const Context& context,
                    Surprises& surprises) {
  switch (observation.what) {
    case What::report:
    case What::event:
      state.last_s = static_cast<std::uint32_t>(context.now_s);
      if (observation.reading.firmware != 0)
        state.firmware = static_cast<std::uint32_t>(observation.reading.firmware ^ observation.reading.firmware >> 32U);
      check_stack_reported(state, observation, surprises);
      check_both_alive(state, context, surprises);
      return check_boot_count(state, observation, context, surprises);
    case What::session_opened:
      return check_session_opened(state, observation, context, surprises);
    case What::session_closed:
      return check_session_closed(state, observation, context, surprises);
    case What::access_refused:
    case What::identity_suspected:
      return check_refused_connection(state, observation, context, surprises);
    case What::enrolment_refused:
      return check_refused_enrolment(state, observation, context, surprises);
    case What::identity_issued:
      return check_key(observation, context, surprises);
    default:
      return;
  }
}

}  // namespace outrider::detect
