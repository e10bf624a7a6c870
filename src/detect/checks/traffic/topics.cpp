// Topics, filters and names that are not its own.
#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/checks/traffic/command_sign.h"
#include "detect/checks/traffic/traffic.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t others_for_s = 3600;
// A device with a wrong template names one other; nobody names five by accident.
constexpr double others_usual = 0.5;
constexpr double others_proof = 5;
constexpr float other_nats = 4;     // one other: a mistake of whoever configured it, one in fifty fleets
constexpr float wildcard_nats = 8;  // "#" is what tools ask for, and no firmware
constexpr float command_nats = 9;   // devices take commands; a firmware that gives them does not exist
constexpr RareHabit refused_own{.window_s = 600, .usual_per_window = 0.2, .prior_s = 86400};
constexpr float refused_own_nats_max = 6;
constexpr std::uint64_t command_topic = hash_of("command");
constexpr std::uint64_t any_device = hash_of("+");

// "d/+/…", or a filter that names no device at all, such as "#".
bool asks_for_all(const Observation& observation) {
  return observation.target == any_device || observation.topic == observation.target;
}

// How many others it has named within the hour, by linear counting (Whang and others 1990): good to a few of a hundred
// up to about five hundred, which is far past what has to be told apart.
double count_others(TrafficState& state, const Observation& observation, double now_s) {
  const auto now = static_cast<std::uint32_t>(now_s);
  if (state.others_since_s == 0 || now - state.others_since_s > others_for_s) {
    state.others = {};
    state.others_named = 0;
    state.others_since_s = now;
  }
  const std::uint64_t bit = mix(observation.target) % 256;
  state.others[bit / 64] |= std::uint64_t{1} << bit % 64;
  state.others_named = std::max(state.others_named, observation.distinct);
  int set = 0;
  for (const std::uint64_t word : state.others) set += std::popcount(word);
  return std::max<double>(state.others_named, -256.0 * std::log(std::max(1, 256 - set) / 256.0));
}

void say_others(double others, Threat threat, CheckId one, float nats_of_one, Surprises& surprises) {
  const bool proof = others >= others_proof - 0.5;
  surprises.add({.check = proof ? CheckId::refused_others : one,
                 .nats = proof ? std::max(nats_of_one, poisson_nats(others, others_usual))
                               : nats_of_one + static_cast<float>(others) - 1,
                 .observed = static_cast<float>(others),
                 .expected = static_cast<float>(others_usual),
                 .limit = static_cast<float>(others_proof),
                 .more = {static_cast<float>(others_for_s), 0},
                 .threat = threat});
}

}  // namespace

void check_refused_topic(TrafficState& state, const Observation& observation, const Context& context,
                         Surprises& surprises) {
  const bool names_others = observation.refusal == Refusal::other_device_topic ||
                            observation.refusal == Refusal::other_device_filter ||
                            observation.refusal == Refusal::client_id;
  const bool of_nobody = names_others && observation.target == 0;  // a topic of no device: a wrong template
  if (observation.refusal == Refusal::not_granted || of_nobody) {
    const Rare rare = count_rare(state.refused_topics, context.now_s, observation.count, refused_own);
    surprises.add({.check = CheckId::refused_topic,
                   .nats = std::min(rare.nats, refused_own_nats_max),
                   .observed = rare.recent,
                   .expected = rare.usual,
                   .limit = static_cast<float>(refused_own.window_s),
                   .more = {0, 0}});
    return;
  }
  if (!names_others) return;
  const double others = count_others(state, observation, context.now_s);
  if (observation.refusal == Refusal::client_id)
    return say_others(others, Threat::impersonation, CheckId::foreign_client_id, other_nats, surprises);
  if (observation.refusal == Refusal::other_device_filter)
    return say_others(others, Threat::lateral_movement, CheckId::refused_topic,
                      asks_for_all(observation) ? wildcard_nats : other_nats, surprises);
  if (observation.topic == command_topic)
    surprises.add({.check = CheckId::command_source,
                   .nats = command_nats,
                   .observed = static_cast<float>(observation.count),
                   .more = {static_cast<float>(CommandSign::by_device), 0}});
  say_others(others, Threat::impersonation, CheckId::refused_topic, other_nats, surprises);
}

}  // namespace outrider::detect
