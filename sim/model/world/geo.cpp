#include "sim/model/world/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace outrider::sim {
namespace {

double radians(double degrees) {
  return degrees * std::numbers::pi / 180.0;
}

}  // namespace

double distance_m(Position from, Position to) {
  const double lat = std::sin(radians(to.lat - from.lat) / 2);
  const double lon = std::sin(radians(to.lon - from.lon) / 2);
  const double h = lat * lat + std::cos(radians(from.lat)) * std::cos(radians(to.lat)) * lon * lon;
  return 2 * earth_radius_m * std::asin(std::min(1.0, std::sqrt(h)));
}

double bearing_deg(Position from, Position to) {
  const double lon = radians(to.lon - from.lon);
  const double y = std::sin(lon) * std::cos(radians(to.lat));
  const double x = std::cos(radians(from.lat)) * std::sin(radians(to.lat)) -
                   std::sin(radians(from.lat)) * std::cos(radians(to.lat)) * std::cos(lon);
  return wrapped_deg(std::atan2(y, x) * 180.0 / std::numbers::pi);
}

Position moved(Position from, double bearing, double metres) {
  const double north = metres * std::cos(radians(bearing));
  const double east = metres * std::sin(radians(bearing));
  const double shrink = std::max(0.01, std::cos(radians(from.lat)));  // nobody drives at the poles
  return {from.lat + north / metres_per_degree, from.lon + east / (metres_per_degree * shrink)};
}

Position between(Position from, Position to, double fraction) {
  return {from.lat + (to.lat - from.lat) * fraction, from.lon + (to.lon - from.lon) * fraction};
}

double wrapped_deg(double degrees) {
  const double rest = std::fmod(degrees, 360.0);
  return rest < 0 ? rest + 360.0 : rest;
}

double turn_deg(double from, double to) {
  const double turn = wrapped_deg(to - from);
  return turn > 180.0 ? turn - 360.0 : turn;
}

double approached(double value, double target, double step) {
  return value + std::clamp(target - value, -step, step);
}

}  // namespace outrider::sim
