#include "detect/checks/physics/climate/limits.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

// Outside its range a value is not chance; half way between a ticket and a page, because sensors break, too.
constexpr float range_nats = 9;
// EN 12830 class 2 recorders are off by at most 2 degrees; boxes are to hold the set point within 2 (ISO 1496-2 asks
// for less); beyond both together it is the cargo's trouble.
constexpr float band_cel = 4;
constexpr float tolerated_s = 1800;  // a defrost, a door: half an hour
constexpr float nats_first = 4, nats_an_hour = 6, nats_max = 14;
constexpr float nearer_cel_a_minute = 0.02F;  // it is being cooled down, or warmed up

void check_range(double value, const Limit& limit, float which, Surprises& surprises) {
  if (!std::isfinite(value)) return;
  const bool low = has(limit.min) && value < limit.min, high = has(limit.max) && value > limit.max;
  if (!low && !high) return;
  surprises.add({.check = CheckId::range,
                 .nats = range_nats,
                 .observed = static_cast<float>(value),
                 .limit = static_cast<float>(low ? limit.min : limit.max),
                 .more = {which, 0}});
}

}  // namespace

void check_limits(const Observation& observation, const Context& context, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const Contract& contract = context.contract;
  check_range(reading.temperature, contract.temperature, 0, surprises);
  check_range(reading.battery_v, contract.battery_v, 1, surprises);
  for (std::size_t i = 0; i < channels_max; ++i)
    check_range(reading.channels[i], contract.channel_limits[i], 2.0F + static_cast<float>(i), surprises);
}

void check_cargo(ThermalState& state, const Observation& observation, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const auto now = static_cast<std::uint32_t>(observation.measured_s);
  const auto off = static_cast<float>(reading.temperature) - state.setpoint;
  const float minutes = static_cast<float>(observation.measured_s - state.at_s) / 60.0F;
  const float before = state.temperature - state.setpoint;
  const bool nearer = std::abs(off) < std::abs(before) - nearer_cel_a_minute * minutes;
  const bool away = std::abs(off - state.off) > band_cel && std::abs(off) > band_cel;
  if (!away || nearer) {
    if (!away) state.beyond_s = 0;
    if (!away && minutes < 60) state.off += 0.01F * (off - state.off);
    return;
  }
  if (state.beyond_s == 0) state.beyond_s = now;
  const auto beyond = static_cast<float>(now - state.beyond_s);
  if (beyond < tolerated_s) return;
  surprises.add({.check = CheckId::range,
                 .nats = std::min(nats_first + (beyond - tolerated_s) / 3600.0F * nats_an_hour, nats_max),
                 .observed = static_cast<float>(reading.temperature),
                 .expected = state.setpoint,
                 .limit = band_cel,
                 .more = {10, beyond}});
}

}  // namespace outrider::detect
