#include "sim/model/world/climate.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace outrider::sim {
namespace {

constexpr double land_swing_c = 6.5;  // half of the day's range
constexpr double sea_swing_c = 1.6;

}  // namespace

double solar_hour(Position at, double world_s) {
  const double hours = std::fmod(world_s / 3600.0 + at.lon / 15.0, 24.0);
  return hours < 0 ? hours + 24.0 : hours;
}

int solar_day(Position at, double world_s) {
  return static_cast<int>(std::floor((world_s / 3600.0 + at.lon / 15.0) / 24.0));
}

double daylight(Position at, double world_s) {
  return std::max(0.0, std::sin((solar_hour(at, world_s) - 6.0) / 12.0 * std::numbers::pi));
}

double ambient_celsius(Position at, double world_s, bool at_sea) {
  // Warmest in June at the northern tropic; 28 °C there, 0.45 °C less a degree away from it beyond 15 degrees.
  const double mean = 28.0 - 0.45 * std::max(0.0, std::abs(at.lat - 12.0) - 15.0);
  const double phase = (solar_hour(at, world_s) - 10.0) / 24.0 * 2.0 * std::numbers::pi;
  return mean + (at_sea ? sea_swing_c : land_swing_c) * std::sin(phase);
}

}  // namespace outrider::sim
