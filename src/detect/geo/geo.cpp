#include "detect/geo/geo.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace outrider::detect {
namespace {

constexpr double radius_m = 6371008.8;  // mean radius of the earth, IUGG
constexpr double radians = std::numbers::pi / 180;

}  // namespace

double turn(double degrees) {
  return std::abs(degrees) <= 180 ? degrees : std::remainder(degrees, 360.0);  // which is slow
}

bool plausible(double lat, double lon) {
  if (!(lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180)) return false;
  return lat != 0 || lon != 0;
}

double distance_m(Place a, Place b) {
  const double north = std::sin((b.lat - a.lat) * radians / 2);
  const double east = std::sin(turn(b.lon - a.lon) * radians / 2);
  const double h = north * north + cos_of_latitude(a.lat) * cos_of_latitude(b.lat) * east * east;
  return 2 * radius_m * std::asin(std::sqrt(std::clamp(h, 0.0, 1.0)));
}

bool within_m(Place a, Place b, double m) {
  // Along the meridian it is no farther than the distance, and then along the equator's degrees no nearer.
  constexpr double rounding = 1e-9;
  const double north = std::abs(b.lat - a.lat) * radians * radius_m;
  const double east_most = std::abs(turn(b.lon - a.lon)) * radians * radius_m;
  if ((north + east_most) * (1 + rounding) <= m) return true;
  if (north * (1 - rounding) > m) return false;
  return distance_m(a, b) <= m;
}

Offset offset(Place from, Place to) {
  const double shrink = cos_of_latitude((from.lat + to.lat) / 2);
  return {turn(to.lon - from.lon) * radians * radius_m * shrink, (to.lat - from.lat) * radians * radius_m};
}

Place moved(Place from, Offset by) {
  const double lat = std::clamp(from.lat + by.north / radius_m / radians, -90.0, 90.0);
  const double shrink = std::max(cos_of_latitude((from.lat + lat) / 2), 1e-6);
  return {lat, turn(from.lon + by.east / (radius_m * shrink) / radians)};
}

double distance_to_line_m(Place from, Place a, Place b) {
  const Offset to_a = offset(from, a);
  const Offset to_b = offset(from, b);
  const double east = to_b.east - to_a.east, north = to_b.north - to_a.north;
  const double length2 = east * east + north * north;
  double along = 0;
  if (length2 > 0) along = std::clamp(-(to_a.east * east + to_a.north * north) / length2, 0.0, 1.0);
  return Offset{to_a.east + along * east, to_a.north + along * north}.length();
}

}  // namespace outrider::detect
