#include "detect/checks/physics/climate/thermal.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/physics/climate/limits.h"

namespace outrider::detect {
namespace {

// Priors, per minute: air of a box follows supply within minutes to an hour; walls let the ambient in over many hours
// (20-foot box, 22 W/K against some 100 kJ/K of air and inner surface, more with cargo).
constexpr float follow_supply_prior = 0.03F, follow_ambient_prior = 0.002F;
constexpr float follow_supply_max = 0.5F, follow_ambient_max = 0.05F;
// Variances of the priors over that of the noise (0.1 Cel).
constexpr float p11_prior = 0.25F, p22_prior = 9e-4F;
constexpr float memory = 0.998F;        // forgetting, per value
constexpr float step_minutes_max = 10;  // the model is linear; longer steps are taken as that long
constexpr float gap_minutes_max = 60;   // then it begins again
constexpr float spread_least = 0.1F;    // Cel: resolution and noise of a good probe
constexpr std::uint16_t steps_least = 40;
constexpr float clip = 4;  // learns from no more than that many spreads
// Residuals have exponential tails (measured on real temperature series, bench/detection/temperature_replay.cpp: five
// spreads are one in some hundred, not in a million): nats = residual / spread − margin.
constexpr float margin_nats = 4;
// Without a model nothing explains a change: its tail is longer.
constexpr float margin_jump_nats = 10, jump_spreads = 12;
constexpr float slack = 1.0F, drift_nats = 0.35F, sum_max = 60;
// Envelopes of what was seen; then they follow by that share of what is outside.
constexpr std::uint16_t envelope_steps = 100;
constexpr std::uint8_t ran_least = 30;
constexpr float envelope_rate = 0.02F;
constexpr float record_least = 0.12F, record_share = 0.08F, record_values_max = 500, record_margin_nats = 2;
// An open door lets warm air in, and the box needs its time afterwards; a defrost heats the evaporator on purpose.
constexpr std::uint32_t door_s = 3600, defrost_s = 2700;
// A door that is closed now may have been opened and closed since the last report, when that was longer ago than a
// short stop takes. What it let in is no ticket by itself; what supply air says against it still is.
constexpr float door_minutes = 6, unseen_nats = 6.5F;
constexpr float defrost_cel = 3;  // supply that much warmer than wanted

float value_or(double value, float other) {
  return std::isfinite(value) ? std::clamp(static_cast<float>(value), -300.0F, 2000.0F) : other;
}

void begin(ThermalState& state, const Reading& reading) {
  if (state.steps == 0) {
    state.follow_supply = follow_supply_prior;
    state.follow_ambient = follow_ambient_prior;
    state.p11 = p11_prior;
    state.p22 = p22_prior;
    state.spread = 3 * spread_least;
  }
  state.setpoint = value_or(reading.setpoint, state.setpoint);
  state.supply = value_or(reading.supply_temperature, value_or(reading.setpoint, state.supply));
  state.ambient = value_or(reading.ambient_temperature, state.ambient);
}

// Recursive least squares of `moved` on the two pulls, with forgetting while the covariance is smaller than at first.
void learn(ThermalState& state, float pull_supply, float pull_ambient, float miss) {
  const float g1 = state.p11 * pull_supply + state.p12 * pull_ambient;
  const float g2 = state.p12 * pull_supply + state.p22 * pull_ambient;
  const float scale = 1.0F + pull_supply * g1 + pull_ambient * g2;
  state.follow_supply = std::clamp(state.follow_supply + g1 / scale * miss, 0.0F, follow_supply_max);
  state.follow_ambient = std::clamp(state.follow_ambient + g2 / scale * miss, 0.0F, follow_ambient_max);
  state.p11 = std::clamp((state.p11 - g1 * g1 / scale) / memory, 1e-7F, p11_prior);
  state.p22 = std::clamp((state.p22 - g2 * g2 / scale) / memory, 1e-9F, p22_prior);
  const float bound = 0.99F * std::sqrt(state.p11 * state.p22);
  state.p12 = std::clamp((state.p12 - g1 * g2 / scale) / memory, -bound, bound);
}

// How far outside what was seen so far; widens slowly once it is known, so that a drift stays ahead of it.
float beyond(float value, float& low, float& high, bool first, float rate) {
  if (first) low = high = value;
  const float over = std::max({0.0F, value - high, low - value});
  high += rate * std::max(0.0F, value - high);
  low -= rate * std::max(0.0F, low - value);
  return over;
}

// Return air is what supply air became on its way through the box: the difference has bounds that no cargo changes.
void check_gap(ThermalState& state, float temperature, float supply, Surprises& surprises) {
  const float low = state.gap_low, high = state.gap_high;
  // How cold supply air gets shows only when the compressor runs.
  const bool below = temperature - supply < low;
  const bool known = state.steps >= envelope_steps && (below || state.ran >= ran_least);
  const float over =
      beyond(temperature - supply, state.gap_low, state.gap_high, state.steps == 0, known ? envelope_rate : 1.0F);
  if (!known || over <= 0) return;
  // A record after n values has a chance of 2/n; its tail is taken as exponential.
  const float scale = record_least + record_share * (high - low);
  const float values = std::min<float>(state.steps, record_values_max);
  surprises.add({.check = CheckId::thermal,
                 .nats = std::min(std::log(values / 2) + over / scale - record_margin_nats, 16.0F),
                 .observed = temperature - supply,
                 .expected = low,
                 .limit = high,
                 .more = {-1, over},
                 .threat = Threat::sensor_manipulation});
}

struct Step {
  float minutes = 0, moved = 0, predicted = 0, ambient = 0;
  float outside = 0;  // the band it was in so far
  bool door_known_closed = false;
};

void say(const ThermalState& state, const Step& step, float nats, float off, Surprises& surprises) {
  if (nats < Surprises::nats_min) return;
  // Towards the ambient air when nobody says that the door is closed, it may have been opened: the cargo is in trouble,
  // the sensor tells the truth.
  const bool towards_ambient = off * (step.ambient - state.temperature) > 0;
  const bool unseen = towards_ambient && step.minutes > door_minutes;
  const bool opened = unseen || (towards_ambient && !step.door_known_closed);
  surprises.add({.check = CheckId::thermal,
                 .nats = unseen ? std::min(nats, unseen_nats) : nats,
                 .observed = step.moved,
                 .expected = step.predicted,
                 .limit = (margin_nats + Surprises::nats_min) * std::max(state.spread, spread_least),
                 .more = {step.minutes, off},
                 .threat = opened ? Threat::physical_limit : Threat::sensor_manipulation});
}

void compare(ThermalState& state, const Step& step, bool excused, float pull_supply, float pull_ambient,
             Surprises& surprises) {
  const float miss = step.moved - step.predicted;
  const float off = miss - state.bias;
  const float spread = std::max(state.spread, spread_least);
  if (excused) {
    state.rise = state.fall = 0;
    return;
  }
  if (state.steps >= steps_least) {
    // Within its band the thermostat moves it, between two reports and unseen.
    const float scaled = std::copysign(std::min(std::abs(off), step.outside), off) / spread;
    state.rise = std::clamp(state.rise + scaled - slack, 0.0F, sum_max);
    state.fall = std::clamp(state.fall - scaled - slack, 0.0F, sum_max);
    say(state, step, std::abs(scaled) - margin_nats, off, surprises);
    say(state, step, drift_nats * std::max(state.rise, state.fall) - margin_nats, off, surprises);
  }
  const float bounded = std::clamp(off, -clip * spread, clip * spread);
  learn(state, pull_supply, pull_ambient, bounded);
  if (state.steps < 60000) ++state.steps;
  const float rate = std::max(0.01F, 1.0F / static_cast<float>(state.steps));
  state.bias += 0.2F * rate * bounded;
  state.spread += rate * (std::abs(bounded) - state.spread);
}

}  // namespace

void check_thermal(ThermalState& state, const Observation& observation, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const auto now = static_cast<std::uint32_t>(observation.measured_s);
  if (reading.door == Truth::yes) state.excused_s = std::max(state.excused_s, now + door_s);
  if (!std::isfinite(reading.temperature)) return;
  const float temperature = value_or(reading.temperature, 0);
  // The evaporator is heated when supply air is far above what is wanted; what return air says does not matter here.
  const float wanted = value_or(reading.setpoint, state.setpoint);
  const bool defrosting =
      std::isfinite(reading.supply_temperature) && value_or(reading.supply_temperature, 0) > wanted + defrost_cel;
  if (defrosting) state.excused_s = std::max(state.excused_s, now + defrost_s);
  const float minutes = static_cast<float>(observation.measured_s - state.at_s) / 60.0F;
  const bool known = state.at_s != 0 && minutes > 0 && minutes <= gap_minutes_max;
  if (std::isfinite(reading.setpoint) && value_or(reading.setpoint, 0) != state.setpoint)
    state.excused_s = std::max(state.excused_s, now + door_s);  // it begins to pull the other way
  const bool running =
      reading.compressor != Truth::unknown ? reading.compressor == Truth::yes : reading.power != Truth::no;
  const bool excused = now < state.excused_s;
  state.unsteady_s = std::max(state.unsteady_s, reading.power == Truth::no ? now + door_s : state.excused_s);
  if (known && !excused && std::isfinite(reading.setpoint)) check_cargo(state, observation, surprises);
  // Without power its fans stand still, and the two probes hang in two places.
  if (known && !excused && reading.power != Truth::no && std::isfinite(reading.supply_temperature))
    check_gap(state, temperature, value_or(reading.supply_temperature, 0), surprises);
  if (known) {
    const float step = std::min(minutes, step_minutes_max);
    const float pull_supply = state.running != 0 ? step * (state.supply - state.temperature) : 0;
    const float pull_ambient = step * (state.ambient - state.temperature);
    const float predicted = state.follow_supply * pull_supply + state.follow_ambient * pull_ambient;
    // It cannot go beyond what it follows.
    const float furthest =
        std::max(std::abs(state.supply - state.temperature), std::abs(state.ambient - state.temperature));
    compare(state,
            {.minutes = minutes,
             .moved = temperature - state.temperature,
             .predicted = std::clamp(predicted, -furthest, furthest),
             .ambient = state.ambient,
             .outside = beyond(temperature - wanted, state.band_low, state.band_high, state.steps == 0,
                               excused                        ? 0.0F
                               : state.steps < envelope_steps ? 1.0F
                                                              : envelope_rate),
             .door_known_closed = reading.door == Truth::no},
            excused, pull_supply, pull_ambient, surprises);
  }
  begin(state, reading);
  state.temperature = temperature;
  state.at_s = now;
  state.running = running ? 1 : 0;
  if (running && state.ran < 255) ++state.ran;
}

void check_rate(ThermalState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const auto now = static_cast<std::uint32_t>(observation.measured_s);
  if (reading.door == Truth::yes) state.unsteady_s = std::max(state.unsteady_s, now + door_s);
  if (!std::isfinite(reading.temperature)) return;
  const float temperature = value_or(reading.temperature, 0);
  const auto minutes = static_cast<float>(observation.measured_s - state.at_s) / 60.0F;
  const float moved = std::abs(temperature - state.temperature);
  if (state.at_s != 0 && minutes > 0 && minutes <= gap_minutes_max && reading.door != Truth::yes) {
    const auto promised = static_cast<float>(context.contract.temperature.rate_max) * minutes + spread_least;
    const float spread = std::max(state.spread, spread_least), usual = jump_spreads * spread;
    const bool broken = moved > promised;  // never when nothing was promised: NaN
    float nats = broken ? std::min(3 + 3 * moved / promised, 14.0F) : 0;
    if (state.steps >= steps_least && moved > usual)
      nats = std::max(nats, std::min(moved / spread - margin_jump_nats, 12.0F));
    if (nats > 0)
      surprises.add({.check = CheckId::rate,
                     .nats = nats,
                     .observed = moved,
                     .limit = broken ? promised : usual,
                     .more = {minutes, 0}});
    if (state.steps < 60000) ++state.steps;
    const float rate = std::max(0.01F, 1.0F / static_cast<float>(state.steps));
    state.spread += rate * (std::min(moved, clip * spread) - state.spread);
  }
  state.temperature = temperature;
  state.at_s = now;
}

}  // namespace outrider::detect
