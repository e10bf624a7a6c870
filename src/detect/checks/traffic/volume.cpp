// Messages and bytes: far more than it ever needs? Compared with the busiest minute that is usual for the device, and
// with what its contract says; what it could not say while it was out of coverage it may say at once.
#include <algorithm>
#include <cmath>

#include "detect/checks/traffic/traffic.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr double minute_s = 60;
constexpr double a_day_s = 86400;
// Traffic comes in clusters: messages are counted by twos, bytes by four usual messages.
constexpr double cluster = 2, byte_cluster = 4;
// The busiest minute follows slowly: somebody who wants to teach it needs hours, and is seen by the sum of what is
// over.
constexpr float busiest_grows = 0.1F, busiest_grows_least = 0.5F;
constexpr double busiest_half_life_s = 14 * a_day_s;
// Reports when something happens come on top of those by the clock.
constexpr double events_on_top = 2, events_least = 3;
constexpr float message_bytes_first = 256;
constexpr float owed_max = 20'000;  // a ferry of a week at two a minute
// CUSUM: what is allowed above the busiest minute, and what one minute can add.
constexpr double slack = 1.25;
constexpr float minute_excess_max = 4;
constexpr float idle_relief = 0.5F;
// A dozen messages are a start of the device, not a flood.
constexpr float messages_least = 12;
constexpr float bytes_least = 16'384;

// While it updates its firmware it says so; the contract bounds how often.
constexpr std::uint64_t update_topic = hash_of("update");

float contract_busiest(const Contract& contract) {
  return static_cast<float>(events_on_top * minute_s / std::max(contract.interval_s, 1.0) + events_least);
}

void begin_minute(TrafficState& state, double now_s) {
  state.minute_s = static_cast<std::uint32_t>(now_s);
  state.messages = state.bytes = 0;
  const float expected = state.busiest + state.owed;
  const float expected_bytes = state.busiest_bytes + state.owed * state.message_bytes;
  state.look_at = std::max(messages_least, expected + 4 * std::sqrt(2 * expected) + 4);
  state.look_at_bytes = std::max(bytes_least, 2 * expected_bytes);
}

void grow(float& busiest, float now, float kept, float least) {
  if (now > busiest)
    busiest += std::min(now - busiest, busiest * busiest_grows + busiest_grows_least);
  else
    busiest = std::max(least, busiest * kept);
}

void end_minute(TrafficState& state, double now_s, const Contract& contract, Surprises& surprises) {
  const double elapsed = std::max(minute_s, now_s - state.minute_s);
  const float over = state.messages - state.owed - static_cast<float>(slack) * state.busiest;
  const float excess = over / std::sqrt(2 * std::max(state.busiest, 1.0F));
  const auto idle = static_cast<float>(elapsed / minute_s - 1);
  state.excess = std::max(0.0F, state.excess + std::min(excess, minute_excess_max));
  if (excess > 0 && state.messages >= messages_least)
    surprises.add({.check = CheckId::message_rate,
                   .nats = state.excess,  // of a walk that drifts down: P(it reaches x) = e^-2(slack)x < e^-x
                   .observed = state.messages,
                   .expected = state.busiest,
                   .limit = state.busiest * static_cast<float>(slack) + state.owed,
                   .more = {static_cast<float>(minute_s), state.excess}});
  state.excess = std::max(0.0F, state.excess - idle * idle_relief);
  state.owed = std::max(0.0F, state.owed - std::max(0.0F, state.messages - state.busiest));
  // What was owed is no habit.
  const float own = std::max(0.0F, state.messages - state.owed);
  const double forgets = 1 - std::exp(-elapsed / a_day_s);
  state.rate += static_cast<float>(forgets * (std::min(own, 2 * state.busiest) / elapsed - state.rate));
  const auto kept = static_cast<float>(std::exp2(-elapsed / busiest_half_life_s));
  grow(state.busiest_bytes, state.bytes, kept, 0);
  grow(state.busiest, own, kept, contract_busiest(contract));
}

}  // namespace

void check_volume(TrafficState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.topic == update_topic) return;
  const double now_s = context.now_s;
  const auto bytes = static_cast<float>(observation.bytes);
  if (state.busiest == 0) {
    state.first_s = static_cast<std::uint32_t>(now_s);
    state.busiest = contract_busiest(context.contract);
    state.message_bytes = std::max(bytes, message_bytes_first);
    state.busiest_bytes = 2 * state.busiest * state.message_bytes;
    state.rate = static_cast<float>(1 / std::max(context.contract.interval_s, 1.0));
    begin_minute(state, now_s);
  } else if (now_s >= state.minute_s + minute_s) {
    end_minute(state, now_s, context.contract, surprises);
    const double gap = now_s - state.last_s;
    if (gap > 2 * context.contract.interval_s)
      state.owed = std::min(
          owed_max,
          state.owed + static_cast<float>(gap) *
                           std::max(state.rate, static_cast<float>(1 / std::max(context.contract.interval_s, 1.0))));
    begin_minute(state, now_s);
  }
  state.messages += 1;
  state.bytes += bytes;
  state.message_bytes += (std::min(bytes, 8 * state.message_bytes) - state.message_bytes) / 64;
  if (state.messages >= state.look_at) {
    const float expected = state.busiest + state.owed;
    surprises.add({.check = CheckId::message_rate,
                   .nats = poisson_nats(state.messages / cluster, expected / cluster),
                   .observed = state.messages,
                   .expected = state.busiest,
                   .limit = state.look_at,
                   .more = {std::max(1.0F, static_cast<float>(now_s - state.minute_s)), 0}});
    state.look_at = state.messages * 1.25F;
  }
  if (state.bytes >= state.look_at_bytes) {
    const double unit = byte_cluster * std::max(state.message_bytes, message_bytes_first);
    const double expected = state.busiest_bytes + state.owed * state.message_bytes;
    surprises.add({.check = CheckId::byte_rate,
                   .nats = poisson_nats(state.bytes / unit, expected / unit),
                   .observed = state.bytes,
                   .expected = state.busiest_bytes,
                   .limit = state.look_at_bytes,
                   .more = {std::max(1.0F, static_cast<float>(now_s - state.minute_s)), 0}});
    state.look_at_bytes = state.bytes * 1.25F;
  }
}

// The gateway lets through what the contract allows and counts the rest. A device that was long out of coverage brings
// what it kept and tries again what was refused; beyond three times that, and ten times the contract, nothing explains
// it.
void check_refused_rate(TrafficState& state, const Observation& observation, const Context& context,
                        Surprises& surprises) {
  constexpr RareHabit habit{.window_s = 600, .usual_per_window = 1, .prior_s = a_day_s};
  constexpr double contract_unknown = 60;  // messages a minute; what the built-in profiles allow together
  const Rare rare = count_rare(state.refused_rate, context.now_s, observation.count, habit);
  const double allowed =
      context.contract.messages_per_minute_max > 0 ? context.contract.messages_per_minute_max : contract_unknown;
  const double since_heard = state.last_s == 0 ? 0 : context.now_s - state.last_s;
  const double kept = state.owed + since_heard / std::max(context.contract.interval_s, 1.0);
  const double limit = 10 * allowed + 3 * kept;
  const bool proof = rare.recent > 2 * limit;
  surprises.add({.check = proof ? CheckId::contract_rate : CheckId::message_rate,
                 .nats = proof ? poisson_nats(rare.recent / 10, limit / 10)
                               : std::min(6.0F, poisson_nats(rare.recent / 10, (rare.usual + kept) / 10)),
                 .observed = rare.recent,
                 .expected = static_cast<float>(allowed),
                 .limit = static_cast<float>(limit),
                 .more = {static_cast<float>(habit.window_s), 0}});
}

}  // namespace outrider::detect
