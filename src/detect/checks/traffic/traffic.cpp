#include "detect/checks/traffic/traffic.h"

#include <bit>
#include <cmath>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

// Coverage comes and goes in clusters, so connections are counted by threes: three at once say as much as one.
constexpr double session_cluster = 3;
constexpr float flapping_nats_max = 6;
// A report that makes no sense is a bug of a firmware, or another hand: one in two thousand reports of fleets that are
// well, and then several.
constexpr RareHabit refused_reports{.window_s = 600, .usual_per_window = 0.05, .prior_s = 86400};
constexpr double report_cluster = 2;
constexpr float refused_reports_nats_max = 8;
// A topic the device never used, among so many messages; profiles grant half a dozen.
constexpr float messages_before_new = 200;

void check_flapping(TrafficState& state, const Context& context, Surprises& surprises) {
  const double window_s = 600;
  // Who reports seldom connects for each report.
  const double connects = std::max(1.0, 1.5 * window_s / std::max(context.contract.interval_s, 1.0));
  const RareHabit habit{.window_s = window_s, .usual_per_window = std::min(connects, 3.0), .prior_s = 86400};
  const Rare rare = count_rare(state.sessions, context.now_s, 1, habit);
  surprises.add(
      {.check = CheckId::flapping,
       .nats = std::min(flapping_nats_max, poisson_nats(rare.recent / session_cluster, rare.usual / session_cluster)),
       .observed = rare.recent,
       .expected = rare.usual,
       .limit = static_cast<float>(window_s)});
}

void check_refused_report(TrafficState& state, const Context& context, Surprises& surprises) {
  const Rare rare = count_rare(state.refused_reports, context.now_s, 1, refused_reports);
  const float nats = poisson_nats(rare.recent / report_cluster, rare.usual / report_cluster);
  surprises.add({.check = CheckId::report_refused,
                 .nats = std::min(refused_reports_nats_max, nats),
                 .observed = rare.recent,
                 .expected = rare.usual,
                 .limit = static_cast<float>(refused_reports.window_s)});
}

void check_new_topic(TrafficState& state, const Observation& observation, Surprises& surprises) {
  const std::uint64_t bit = std::uint64_t{1} << mix(observation.topic) % 64;
  if ((state.leaves & bit) != 0) return;
  const int known = std::popcount(state.leaves);
  state.leaves |= bit;
  const float messages = state.rate * static_cast<float>(state.last_s - state.first_s);
  if (messages < messages_before_new) return;
  surprises.add({.check = CheckId::new_topic,
                 .nats = std::min(4.0F, std::log((messages + 2) / static_cast<float>(known + 1)) / 2),
                 .observed = static_cast<float>(known + 1),
                 .expected = static_cast<float>(known),
                 .limit = messages});
}

}  // namespace

void check_traffic(TrafficState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  switch (observation.what) {
    case What::command_answered:
      if (observation.entry != state.last_entry) check_command_answered(state, observation, context, surprises);
      [[fallthrough]];
    case What::message:
      check_new_topic(state, observation, surprises);
      [[fallthrough]];
    case What::report:
    case What::event:
      if (observation.entry == state.last_entry) return note_rhythm(state, observation, context);
      check_volume(state, observation, context, surprises);
      state.last_entry = observation.entry;
      return note_rhythm(state, observation, context);
    case What::access_refused:
      return observation.refusal == Refusal::rate ? check_refused_rate(state, observation, context, surprises)
                                                  : check_refused_topic(state, observation, context, surprises);
    case What::report_refused:
      return check_refused_report(state, context, surprises);
    case What::session_opened:
      return check_flapping(state, context, surprises);
    case What::command_sent:
      return check_command_sent(state, observation, context, surprises);
    case What::command_refused:
      return check_command_refused(state, observation, context, surprises);
    case What::tick:
      return check_silence(state, context, surprises);
    default:
      return;
  }
}

}  // namespace outrider::detect
