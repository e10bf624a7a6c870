#pragma once
// A streaming detector for one numeric channel: forecasts at several rates, drift, variance change both ways, daily
// profile, novelty; each through an online tail estimate to −log10 p. No look-ahead: it knows neither the range nor the
// length of its series. One parameter set for everything (docs/decisions/0079).
#include <array>
#include <cstdint>
#include <type_traits>

namespace outrider::detect {

// How far out a statistic lies, learnt from its own past: a quantile that follows, and the mean excess beyond it (the
// peaks over the threshold are taken as exponential).
struct ChannelTail {
  float quantile = 0, excess = 0;
};

struct ChannelState {
  // The ways a value can be odd, each with its own tail.
  enum Way : std::uint8_t { step, level, daily, drift, louder, quieter, novel, ways };
  static constexpr std::size_t rates = 3;
  static constexpr std::size_t hours = 24;
  static constexpr std::size_t bins = 32;

  double last_s = 0;
  float last = 0;
  std::uint32_t count = 0;
  std::array<float, rates> mean{}, spread{};  // fast, medium, slow
  std::array<float, hours> profile{};         // by hour of the day
  std::uint32_t hours_seen = 0;               // bits
  float profile_error = 0;
  float change_fast = 0, change_slow = 0;  // mean absolute change
  float rise = 0, fall = 0;                // CUSUM
  float low = 0, high = 0;                 // ever seen
  float bin_centre = 0, bin_scale = 0;     // of the novelty sketch, fixed when it has warmed up
  std::array<std::uint16_t, bins> seen{};
  std::array<ChannelTail, ways> tails{};
  ChannelTail whole;
  float hold = 0;  // what was said lately; the same event is not said again
};
static_assert(std::is_trivially_copyable_v<ChannelState> && sizeof(ChannelState) <= 400);

struct ChannelSurprise {
  float score = 0;                 // −log10 p, calibrated: one in 10^score values of a clean series is as odd
  float expected = 0, spread = 0;  // the forecast it broke, in the channel's unit

  // As evidence: −ln of the chance that a day of values (about 100) brings one as odd. A ticket is one in 100,000
  // values.
  float nats() const { return (score - 2) * 2.302585F; }
};

// `time_s`: seconds since 1970, not going back. `value` must be finite.
ChannelSurprise follow(ChannelState& state, double time_s, double value);

}  // namespace outrider::detect
