#pragma once
// Distance on a plane that touches the earth: within 0.1 % up to 500 km, and beyond that far is far.
#include <cmath>

#include "detect/geo/geo.h"

namespace outrider::detect {

inline double plane_distance_m(double lat1, double lon1, double lat2, double lon2) {
  static constexpr double radians = 0.017453292519943295;
  static constexpr double earth_m = 6'371'008.8;  // mean radius, IUGG
  const double east = turn(lon2 - lon1) * cos_of_latitude((lat1 + lat2) / 2);
  const double north = lat2 - lat1;
  return earth_m * radians * std::sqrt(north * north + east * east);  // hypot guards against overflow, slowly
}

}  // namespace outrider::detect
