#include "detect/checks/numeric/channel.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/numeric/quick_log.h"

namespace outrider::detect {
namespace {

// The one parameter set: tuned on the NAB files whose name's hash is even and on made-up clean series, then frozen.
// docs/decisions/0079 has the figures of both halves.
constexpr float rate_fast = 0.06F;  // of the level that follows
constexpr float rate_medium = 0.056F;
constexpr float rate_slow = 0.0047F;
constexpr float rate_profile = 0.019F;  // per value, of its hour's mean
constexpr float rate_change = 0.06F;
constexpr float tail_rank = 0.1F;       // part of the values beyond the tail's quantile
constexpr float tail_values = 1370.0F;  // memory of a tail
constexpr float patience_slow = 5.5F;   // times that, of what moves slowly
constexpr float patience_rare = 13.5F;  // and of what is nearly always nothing
constexpr float clip = 12.0F;           // spreads learn from no more than that many spreads
constexpr float slack = 0.38F;          // CUSUM: spreads that are no drift
constexpr float warm_up = 165.0F;       // values before anything is said
constexpr float hold_values = 390.0F;   // half of what was said is forgotten after that many values
constexpr float hold_least = 1.75F;     // less is not an event
constexpr float hold_margin = 1.15F;    // what an event must exceed to be another
constexpr float excess_least = 0.042F;  // tails are not thinner than that
constexpr float settle = 64.0F;         // values before a statistic means something
constexpr float score_max = 8.4F;       // more is not told apart
// What each way counts against a step.
constexpr float weight_novel = 1.6F;
constexpr float weight_daily = 0.9F;
constexpr float weight_drift = 0.69F;
constexpr float weight_loud = 0.84F;
constexpr float weight_quiet = 1.16F;
constexpr float weight_level = 1.27F;
constexpr float second = 0.45F;  // of what the second oddest way adds

constexpr float ln10 = 2.302585F;

// Follows, quicker while little is known.
float follow_rate(float rate, float count) {
  return std::max(rate, 1.0F / count);
}

float tail_score(ChannelTail& tail, float x, float count, float values) {
  if (count < 1) return 0;  // its input has not settled
  const float over = x - tail.quantile;
  float score = 0;
  if (over > 0) score = -std::log10(tail_rank) + over / (std::max(tail.excess, excess_least) * ln10);
  // Robbins-Monro on the quantile; the mean excess gives the step its size.
  const float rate = std::max(1.0F / values, 1.0F / count);
  const float step = std::max(tail.excess, excess_least) * rate / tail_rank;
  if (count < 20) {
    tail.quantile += (x - tail.quantile) / count;
    tail.excess += (std::abs(over) - tail.excess) / count;
  } else {
    tail.quantile += step * (over > 0 ? 1.0F - tail_rank : -tail_rank);
    if (over > 0) tail.excess += std::min(1.0F, rate / tail_rank) * (over - tail.excess);
  }
  return score;
}

void begin(ChannelState& state, double time_s, float value) {
  state = ChannelState{};
  state.last_s = time_s;
  state.last = state.low = state.high = value;
  state.mean.fill(value);
  state.count = 1;
}

// Four bins to a factor of e, from the centre outwards to both sides: asinh of the distance.
std::size_t bin_of(const ChannelState& state, float value) {
  const float off = (value - state.bin_centre) / state.bin_scale;
  const float far = std::abs(off);
  const float bins = std::copysign(quick_log(far + std::sqrt(far * far + 1.0F)) * 4.0F, off);
  return static_cast<std::size_t>(std::clamp(bins + ChannelState::bins / 2.0F, 0.0F, ChannelState::bins - 1.0F));
}

// One value, and what the ways to be odd need to know of it together.
struct Look {
  float value, count;
  float floor;        // nothing is known of noise below the number's own precision
  float spread_slow;  // of everyday life
  float forecast, spread, miss;
  float medium;  // the quick level with this value
  float change;
};

using Odds = std::array<float, ChannelState::ways + 1>;  // the last is nothing: eight are worked out at a time

Look look_at(const ChannelState& state, float value) {
  Look out{};
  out.value = value;
  out.count = static_cast<float>(std::min<std::uint32_t>(state.count, 1U << 24U));
  out.floor = 1e-6F * std::abs(state.mean[2]) + 1e-9F;
  out.spread_slow = state.spread[2] + out.floor;
  out.forecast = state.mean[0];
  out.spread = std::max(state.spread[0] + out.floor, 0.1F * out.spread_slow);
  out.miss = value - out.forecast;
  out.medium = state.mean[0] + rate_fast * out.miss;
  out.change = std::abs(value - state.last);
  return out;
}

// A step against the forecast of the next value, and the level, seen from afar.
void odd_level(const ChannelState& state, const Look& look, Odds& odd) {
  odd[ChannelState::step] = std::abs(look.miss) / look.spread;
  odd[ChannelState::level] =
      std::abs(look.medium - state.mean[1]) / std::max(state.spread[1] + look.floor, 0.1F * look.spread_slow);
}

// The hour of the day, once it has been seen.
void odd_hour(ChannelState& state, double time_s, const Look& look, Odds& odd) {
  const auto hour = static_cast<std::size_t>(std::clamp(time_s, 0.0, 1e15) / 3600.0) % 24;
  float& usual = state.profile[hour];
  if ((state.hours_seen >> hour & 1U) == 0) {
    usual = look.value;
    state.hours_seen |= 1U << hour;
    return;
  }
  const float off = look.value - usual;
  const float error = std::max(state.profile_error, 0.05F * look.spread_slow) + look.floor;
  odd[ChannelState::daily] = std::abs(look.medium - usual) / error;
  state.profile_error +=
      follow_rate(0.004F, look.count) * (std::min(std::abs(off), clip * error) - state.profile_error);
  usual += rate_profile * off;
}

// Slow drift: what is left of steps after the slow level, summed.
void odd_drift(ChannelState& state, const Look& look, Odds& odd) {
  const float off = std::clamp((look.value - state.mean[2]) / look.spread_slow, -clip, clip);
  state.rise = std::max(0.0F, std::min(state.rise * 0.995F + off - slack, 1000.0F));
  state.fall = std::max(0.0F, std::min(state.fall * 0.995F - off - slack, 1000.0F));
  odd[ChannelState::drift] = std::max(state.rise, state.fall);
}

// Noise: louder or quieter than it was.
void odd_noise(const ChannelState& state, const Look& look, Odds& odd) {
  const float least = 0.01F * look.spread_slow + look.floor;
  const float ratio = (state.change_fast + least) / (state.change_slow + least);
  odd[ChannelState::louder] = std::max(0.0F, ratio - 1.0F);
  odd[ChannelState::quieter] = std::max(0.0F, 1.0F / ratio - 1.0F);
}

// Never seen: beyond the extremes in spreads, or in a bin of the sketch that is nearly empty.
void odd_place(ChannelState& state, const Look& look, Odds& odd) {
  const float range = state.high - state.low + look.spread_slow;
  const float beyond = std::max({0.0F, look.value - state.high, state.low - look.value}) / range;
  float rare = 0;
  if (state.bin_scale > 0) {
    const std::size_t bin = bin_of(state, look.value);
    rare = -quick_log((static_cast<float>(state.seen[bin]) + 0.5F) / std::min(look.count, 65000.0F));
    if (state.seen[bin] < 65535) ++state.seen[bin];
  } else if (look.count >= warm_up / 2) {
    state.bin_centre = state.mean[2];
    state.bin_scale = look.spread_slow;
  }
  odd[ChannelState::novel] = beyond * 10.0F + std::max(0.0F, rare - 2.0F) * 0.3F;
}

// Each way through its own tail; the oddest speaks, the second oddest supports it.
float together(ChannelState& state, const Odds& odd, float count) {
  constexpr Odds weights{1.0F, weight_level, weight_daily, weight_drift, weight_loud, weight_quiet, weight_novel};
  // What moves slowly is odd for many values in a row, and then for long not at all: its tail must remember longer.
  constexpr Odds patience{1.0F,          patience_slow, patience_slow, patience_slow,
                          patience_slow, patience_slow, patience_rare};
  Odds logs;
  for (std::size_t way = 0; way < logs.size(); ++way) logs[way] = quick_log(1.0F + odd[way]);
  float best = 0, next = 0;
  for (std::size_t way = 0; way < ChannelState::ways; ++way) {
    const float score =
        weights[way] * tail_score(state.tails[way], logs[way], count - settle, tail_values * patience[way]);
    next = std::max(next, std::min(best, score));
    best = std::max(best, score);
  }
  return tail_score(state.whole, std::min(best + second * next, score_max), count - 2 * settle,
                    tail_values * patience_rare);
}

void learn(ChannelState& state, double time_s, const Look& look) {
  constexpr std::array<float, ChannelState::rates> rate{rate_fast, rate_medium, rate_slow};
  const auto known = state.mean;
  for (std::size_t r = 0; r < ChannelState::rates; ++r) {
    const float error = r == 1 ? look.medium - known[r] : look.value - known[r];
    const float bounded =
        std::min(std::abs(error), clip * (state.spread[r] + look.floor) + (look.count < 20 ? std::abs(error) : 0));
    state.spread[r] += follow_rate(r == 0 ? 0.01F : rate[r] * 0.3F, look.count) * (bounded - state.spread[r]);
    state.mean[r] += follow_rate(rate[r], look.count) * (look.value - known[r]);
  }
  state.change_fast += follow_rate(rate_change, look.count) * (look.change - state.change_fast);
  state.change_slow += follow_rate(rate_slow, look.count) * (look.change - state.change_slow);
  state.low = std::min(state.low, look.value);
  state.high = std::max(state.high, look.value);
  state.last = look.value;
  state.last_s = time_s;
}

}  // namespace

ChannelSurprise follow(ChannelState& state, double time_s, double given) {
  const auto value = static_cast<float>(std::clamp(given, -1e30, 1e30));
  if (state.count == 0) {
    begin(state, time_s, value);
    return {};
  }
  ++state.count;
  const Look look = look_at(state, value);
  Odds odd{};
  odd_level(state, look, odd);
  odd_hour(state, time_s, look, odd);
  odd_drift(state, look, odd);
  odd_noise(state, look, odd);
  odd_place(state, look, odd);
  const float score = together(state, odd, look.count);
  learn(state, time_s, look);

  // One event is said once: what was said is held against what follows, and forgotten slowly.
  state.hold *= 1.0F - 0.693F / hold_values;
  ChannelSurprise said{0, look.forecast, look.spread};
  if (look.count > warm_up) {
    if (score > state.hold) said.score = score;
    if (said.score > hold_least) state.hold = score * hold_margin;
  }
  return said;
}

}  // namespace outrider::detect
