#include "detect/checks/physics/runs/replay.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "detect/checks/physics/runs/resolution.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t learnt_least = 60;  // values before its usual changes are known
constexpr int moving_least = 4;             // changes of a window that are not 0; a rest is no fingerprint
constexpr int different_least = 3;          // kinds of changes in it; a ramp is none either
constexpr std::uint16_t matches_least = 3;  // one may be two hashes that meet
constexpr std::uint16_t usual_max = 4000;
constexpr double share_interval_s = 60;  // a device that shouts must not fill the fleet's memory
// Changes depend on more than the one before: what they tell is discounted. 28 nats are one in 10^12.
constexpr double discount = 0.7, proof_nats = 28;

std::size_t size_of(std::int16_t change) {
  const int size = std::abs(static_cast<int>(change));
  if (size == 0) return 0;
  const std::size_t sign = change > 0 ? 1 : 0;
  if (size == 1) return 1 + sign;
  if (size <= 3) return 3 + sign;
  if (size <= 15) return 5 + sign;
  return 7;
}
constexpr std::array widths{1.0, 1.0, 1.0, 2.0, 2.0, 12.0, 12.0, 32.0};

std::size_t context_after(std::int16_t change) {
  return change < 0 ? 0 : change == 0 ? 1 : 2;
}

// −ln of how often this device makes that change after the one before. Resting tells nothing.
double information(const ReplayState& state, std::size_t context, std::int16_t change) {
  if (change == 0) return 0;
  const auto* row = &state.usual[context * ReplayState::sizes];
  double all = ReplayState::sizes;
  for (std::size_t i = 0; i < ReplayState::sizes; ++i) all += row[i];
  const std::size_t size = size_of(change);
  return std::log(widths[size] * all / (row[size] + 1.0));
}

void learn(ReplayState& state, std::size_t context, std::int16_t change) {
  auto* row = &state.usual[context * ReplayState::sizes];
  if (++row[size_of(change)] < usual_max) return;
  for (std::size_t i = 0; i < ReplayState::sizes; ++i) row[i] /= 2;
}

// Of the last changes, oldest first; nothing when they are too plain to know again.
std::optional<std::uint32_t> fingerprint(const ReplayState& state) {
  std::uint64_t hash = 0x9e3779b97f4a7c15ULL + state.resolution;
  int moving = 0, different = 0;
  std::uint32_t kinds = 0;
  for (std::size_t i = 0; i < ReplayState::window; ++i) {
    const std::int16_t change = state.changes[(state.index + 1 + i) % ReplayState::window];
    hash = (hash ^ static_cast<std::uint16_t>(change)) * 0xff51afd7ed558ccdULL;
    hash ^= hash >> 32U;
    if (change != 0) ++moving;
    const std::uint32_t kind = 1U << (static_cast<std::uint32_t>(change) & 31U);
    if ((kinds & kind) == 0) ++different;
    kinds |= kind;
  }
  if (moving < moving_least || different < different_least) return std::nullopt;
  return static_cast<std::uint32_t>(hash) | 1U;  // 0 is no fingerprint
}

double information_of_window(const ReplayState& state) {
  double sum = 0;
  for (std::size_t i = 1; i < ReplayState::window; ++i) {
    const std::size_t at = state.index + 1 + i;
    sum += information(state, context_after(state.changes[(at - 1) % ReplayState::window]),
                       state.changes[at % ReplayState::window]);
  }
  return sum;
}

void forget(ReplayState& state) {
  state.of = state.lag = state.matched = 0;
  state.matches = state.length = 0;
  state.information = 0;
}

// The stretch goes on, or there is none yet and one may begin.
void follow_stretch(ReplayState& state, std::uint32_t print, std::uint32_t device, const PhysicsMemory& memory) {
  std::optional<std::pair<std::uint32_t, std::uint32_t>> begins;  // of whom, lag
  bool goes_on = false;
  const auto heard = [&](std::uint32_t of, std::uint32_t index) {
    if (of == device && state.index < index + ReplayState::window) return;  // itself
    const std::uint32_t lag = state.index - index;
    if (state.matches > 0 && state.of == of && state.lag == lag)
      goes_on = true;
    else if (!begins)
      begins = {of, lag};
  };
  for (const auto& known : state.ring)
    if (known.hash == print) heard(device, known.index);
  for (const auto& known : memory.prints(print))
    if (known.hash == print) heard(known.device, known.index);
  if (goes_on) {
    if (state.matches < 60000) ++state.matches;
    state.matched = state.index;
  } else if (begins && state.matches < 2) {  // one match alone may be chance
    state.of = begins->first;
    state.lag = begins->second;
    state.matched = state.index;
    state.matches = 1;
    state.length = ReplayState::window + 1;
    state.information = static_cast<float>(information_of_window(state));
  }
}

// At least one of any `winnow` windows in a row is remembered, the same one whoever heard them.
void remember(ReplayState& state, std::optional<std::uint32_t> print, const Observation& observation,
              PhysicsMemory& memory) {
  state.recent[state.index % ReplayState::winnow] = print.value_or(0);
  std::uint32_t least = 0, at = 0;
  for (std::uint32_t back = 0; back < ReplayState::winnow && back < state.index; ++back) {
    const std::uint32_t hash = state.recent[(state.index - back) % ReplayState::winnow];
    if (hash != 0 && (least == 0 || hash < least)) {
      least = hash;
      at = state.index - back;
    }
  }
  if (least == 0 || at <= state.kept) return;
  state.kept = at;
  state.ring[state.ring_next % ReplayState::own] = {least, at};
  state.ring_next = static_cast<std::uint8_t>((state.ring_next + 1U) % ReplayState::own);
  const auto now = static_cast<std::uint32_t>(observation.received_s);
  if (now < state.shared_s + share_interval_s) return;
  state.shared_s = now;
  memory.add_print({least, observation.device, at, now});
}

}  // namespace

void check_replay(ReplayState& state, double value, const Observation& observation, PhysicsMemory& memory,
                  Surprises& surprises) {
  const std::uint8_t resolution = resolution_of(value, state.resolution);
  if (resolution != state.resolution) {  // it counts in finer steps than was thought: begin again
    const ReplayState fresh{.shared_s = state.shared_s, .resolution = resolution, .source = state.source};
    state = fresh;
  }
  const double step = resolutions[state.resolution];
  const double moved = std::round(value / step) - std::round(static_cast<double>(state.last) / step);
  state.last = static_cast<float>(value);
  if (state.index++ == 0) return;
  const auto change = static_cast<std::int16_t>(std::clamp(moved, -32767.0, 32767.0));
  state.changes[state.index % ReplayState::window] = change;

  if (state.matches > 0) {
    if (state.length < 60000) ++state.length;
    state.information += static_cast<float>(information(state, state.context, change));
    if (state.index - state.matched > ReplayState::winnow) forget(state);
  }
  learn(state, state.context, change);
  state.context = static_cast<std::uint8_t>(context_after(change));
  if (state.index <= ReplayState::window) return;

  const auto print = fingerprint(state);
  const std::uint16_t matches = state.matches;
  if (print && state.index > learnt_least) follow_stretch(state, *print, observation.device, memory);
  const auto nats = [&] {
    return discount * static_cast<double>(state.information) -
           std::log(1.0 + state.index + static_cast<double>(memory.print_count()));
  };
  if (state.matches >= matches_least && nats() >= proof_nats) {
    if (state.matches > matches)
      surprises.add({.check = CheckId::replayed_run,
                     .nats = static_cast<float>(nats()),
                     .observed = static_cast<float>(state.length),
                     .expected = 0,
                     .limit = state.of == observation.device ? 0.0F : 1.0F,
                     .more = {static_cast<float>(state.lag), 0}});
    return;  // a copy is not remembered again
  }
  remember(state, print, observation, memory);
}

}  // namespace outrider::detect
