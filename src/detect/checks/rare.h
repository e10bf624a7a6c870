#pragma once
// Things that seldom happen to a device: how surprising is it that they happened so often, so close together?
#include <algorithm>
#include <cmath>
#include <cstdint>

namespace outrider::detect {

// −ln of Chernoff's bound on P(N >= count) for N of a Poisson distribution. The bound also holds for a sum of events
// whose weights lie between 0 and 1, so for counts that are forgotten little by little.
inline float poisson_nats(double count, double mean) {
  if (!(count > mean) || !(mean > 0)) return 0;
  return static_cast<float>(count * std::log(count / mean) - (count - mean));
}

// How often, lately and in all the time it is known.
struct RareState {
  float recent = 0;        // forgotten over the window
  float count = 0;         // forgotten over the memory
  float seconds = 0;       // observed, forgotten likewise
  std::uint32_t at_s = 0;  // 0: never
};

// What is taken for usual before the device has shown its own habit, and how much of its own it takes to think
// otherwise.
struct RareHabit {
  double window_s;
  double usual_per_window;
  double prior_s = 7 * 86400.0;
  double memory_s = 30 * 86400.0;
};

struct Rare {
  float nats = 0;
  float recent = 0;
  float usual = 0;  // in a window
};

// Counts `times` of it now. What happened within the window does not yet count as habit.
inline Rare count_rare(RareState& state, double now_s, double times, const RareHabit& habit) {
  const double since = state.at_s == 0 ? 0 : std::max(0.0, now_s - state.at_s);
  const double kept = std::exp(-since / habit.memory_s);
  const double count = state.count * kept;
  const double seconds = state.seconds * kept + since;
  const double before = state.recent * std::exp(-since / habit.window_s);
  const double recent = before + times;
  const double settled = std::max(0.0, count - before);
  const double prior_count = habit.usual_per_window * habit.prior_s / habit.window_s;
  const double usual = (settled + prior_count) / (seconds + habit.prior_s) * habit.window_s;
  state.recent = static_cast<float>(recent);
  state.count = static_cast<float>(count + times);
  state.seconds = static_cast<float>(seconds);
  state.at_s = static_cast<std::uint32_t>(std::max(1.0, now_s));
  return {poisson_nats(recent, usual), static_cast<float>(recent), static_cast<float>(usual)};
}

}  // namespace outrider::detect
