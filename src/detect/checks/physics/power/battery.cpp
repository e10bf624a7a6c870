#include "detect/checks/physics/power/battery.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

// A gauge recalculates by a few per cent, and more in the cold; a cell relaxes by some 50 mV of 3.7 V when its load
// goes: what is below tells nothing.
constexpr float level_rise_least = 4;     // %
constexpr float volt_rise_least = 0.03F;  // part of the voltage
constexpr float cold_cel = -5, cold_factor = 2;
constexpr double charged_memory_s = 3 * 3600;  // chargers go; the gauge follows later
constexpr float drain_least = 6;               // % per hour: an hour's steady transmission takes less
constexpr std::uint16_t steps_least = 20;
constexpr std::uint16_t habit = 3;  // so many rises that nobody explained: it charges and does not say so
constexpr float margin_nats = 2;
// Who never says whether it is plugged in may have been: no ticket by itself.
constexpr float silent_nats_max = 6;
constexpr double gap_s_min = 30, gap_s_max = 7 * 86400.0;

struct Gauge {
  float now, low, usual, least;
};

// Rises are taken as exponential: nats = rise over the mean of those seen, the smallest that counts at the least.
float surprise(const Gauge& gauge) {
  const float rise = gauge.now - gauge.low;
  if (rise <= gauge.least) return 0;
  return 3 * rise / std::max(gauge.usual, gauge.least) - margin_nats;
}

void say_rise(const BatteryState& state, const Gauge& gauge, bool volts, float nats_max, Surprises& surprises) {
  const float nats = surprise(gauge);
  if (nats < Surprises::nats_min) return;
  if (state.rises < habit)
    surprises.add({.check = CheckId::battery_rise,
                   .nats = std::min(nats, nats_max),
                   .observed = gauge.now,
                   .expected = gauge.low,
                   .limit = gauge.least,
                   .more = {volts ? 1.0F : 0.0F, gauge.usual}});
}

void follow_rise(float value, float& low, float& usual, float least, BatteryState& state) {
  const float rise = value - low;
  if (rise > least) {
    usual += 0.3F * (rise - usual);
    if (state.rises < 60000) ++state.rises;
    low = value;
  }
  low = std::min(low, value);
}

}  // namespace

void check_battery(BatteryState& state, const Observation& observation, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const bool has_level = std::isfinite(reading.battery) && reading.battery >= 0 && reading.battery <= 100;
  const bool has_volt = std::isfinite(reading.battery_v) && reading.battery_v > 0 && reading.battery_v < 1000;
  const auto now = static_cast<std::uint32_t>(observation.measured_s);
  if (reading.power == Truth::yes) state.charged_s = now;
  if (!has_level && !has_volt) return;
  const auto level = has_level ? static_cast<float>(reading.battery) : state.level;
  const auto volt = has_volt ? static_cast<float>(reading.battery_v) : state.volt;
  const double passed = observation.measured_s - state.at_s;
  if (state.at_s != 0 && passed < gap_s_min) return;
  const bool charged = state.charged_s != 0 && now < state.charged_s + charged_memory_s;
  if (state.at_s == 0 || passed > gap_s_max || charged) {
    state.level_low = level;
    state.volt_low = volt;
  } else {
    const bool cold = reading.ambient_temperature < cold_cel || reading.temperature < cold_cel;
    const float factor = cold ? cold_factor : 1;
    const float volt_least = volt_rise_least * state.volt_low * factor, level_least = level_rise_least * factor;
    const float most = state.charged_s == 0 && reading.power == Truth::unknown ? silent_nats_max : 16.0F;
    if (state.steps >= steps_least && has_level)
      say_rise(state, {level, state.level_low, state.level_rise, level_least}, false, most, surprises);
    // A motor that stops lets the voltage rise, too: where there is a gauge it must agree.
    const bool agrees = !has_level || level > state.level_low + level_least / 2;
    if (state.steps >= steps_least && has_volt && state.volt_low > 0 && agrees)
      say_rise(state, {volt, state.volt_low, state.volt_rise, volt_least}, true, most, surprises);
    const float hours = static_cast<float>(passed) / 3600.0F;
    // A gauge that counts whole per cents says 1 % in a minute: less than three of them are no rate.
    const float drop = state.level - level;
    const float drain = std::max(drop, 0.0F) / std::max(hours, 0.25F);
    const float usual = std::max(state.level_drain, drain_least / 6) * factor;
    if (state.steps >= steps_least && has_level && drop >= 3 && drain > drain_least)
      surprises.add({.check = CheckId::battery_drain,
                     .nats = std::min(drain / usual - margin_nats, 14.0F),
                     .observed = drain,
                     .expected = state.level_drain,
                     .limit = drain_least,
                     .more = {drop, static_cast<float>(passed)}});
    if (has_level) follow_rise(level, state.level_low, state.level_rise, level_least, state);
    if (has_volt) follow_rise(volt, state.volt_low, state.volt_rise, volt_least, state);
    const float rate = std::clamp(hours / 24, 0.002F, 0.2F);
    state.level_drain += rate * (std::min(drain, 4 * std::max(state.level_drain, 1.0F)) - state.level_drain);
  }
  state.level = level;
  state.volt = volt;
  state.at_s = now;
  if (state.steps < 60000) ++state.steps;
}

}  // namespace outrider::detect
