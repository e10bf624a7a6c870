#pragma once
// A reported position, with its error.
#include <algorithm>
#include <optional>

#include "detect/geo/geo.h"
#include "detect/input/observation.h"

namespace outrider::detect {

struct Fix {
  Place place;
  double at_s = 0;          // when it was measured
  double sigma_m = 0;       // standard deviation of one axis
  double speed = absent;    // m/s
  double heading = absent;  // rad, clockwise from north
};

inline constexpr double degree = 0.017453292519943295;
// Horizontal error per unit of HDOP: user range error of consumer receivers, 4 to 7 m (GPS SPS Performance Standard
// 2020, table B.2-1, with troposphere and multipath).
inline constexpr double hdop_m = 5;
inline constexpr double radius_unknown_m = 25;  // assisted phones in towns, 68 % (nothing better is known)
inline constexpr double sigma_floor_m = 3;      // no receiver of this kind is better, whatever it claims
// A receiver's "accuracy" is the radius that holds 68 %: 1.51 standard deviations of one axis (Rayleigh).
inline constexpr double radius_to_sigma = 1 / 1.51;
// A clock that is ahead of ours by more is wrong: time must not be used up by a report from the future.
inline constexpr double ahead_s_max = 60;

inline std::optional<Fix> fix_of(const Observation& observation) {
  const Reading& reading = observation.reading;
  if (!plausible(reading.lat, reading.lon)) return std::nullopt;
  Fix fix{{reading.lat, reading.lon}};
  fix.at_s = std::min(observation.measured_s, observation.received_s + ahead_s_max);
  double radius = radius_unknown_m;
  if (has(reading.accuracy) && reading.accuracy >= 0)
    radius = reading.accuracy;
  else if (has(reading.hdop) && reading.hdop > 0)
    radius = std::min(reading.hdop, 100.0) * hdop_m;
  fix.sigma_m = std::clamp(radius * radius_to_sigma, sigma_floor_m, 50'000.0);
  if (has(reading.speed) && reading.speed >= 0 && reading.speed < 1000) fix.speed = reading.speed;
  if (has(reading.heading) && std::abs(reading.heading) <= 720) fix.heading = reading.heading * degree;
  return fix;
}

}  // namespace outrider::detect
