#pragma once
// Places on the earth, as precise as detection needs: a sphere, and a flat plane around a point.
#include <cmath>

namespace outrider::detect {

// Degrees, WGS84. Latitude north, longitude east; any finite longitude is understood.
struct Place {
  double lat = 0, lon = 0;
  bool operator==(const Place&) const = default;
};

// Metres from a point.
struct Offset {
  double east = 0, north = 0;
  double length() const { return std::sqrt(east * east + north * north); }
};

// A latitude from −90 to 90 and a longitude from −180 to 180; not (0, 0), which receivers without a fix report.
bool plausible(double lat, double lon);

// cos of a latitude. Off by less than 1e-12, micrometres on the earth: a minimax polynomial in the square of the angle,
// because the one of the library is for any angle.
inline double cos_of_latitude(double degrees) {
  constexpr double radians = 0.017453292519943295;
  const double y = degrees * radians * degrees * radians, y2 = y * y;
  const double low =
      (0.9999999999992512 - 0.4999999999702233 * y) + (0.041666666473290814 - 0.0013888884178133228 * y) * y2;
  const double high = (2.4801040483612036e-05 - 2.752468980707029e-07 * y) + 1.990775967655463e-09 * y2;
  return low + high * (y2 * y2);
}

// Degrees the shorter way round, −180 to 180.
double turn(double degrees);

// Great circle on a sphere of the mean radius; 0.5 % off the ellipsoid at worst.
double distance_m(Place a, Place b);
// Whether it is at most `m`: mostly seen at once, without the distance itself.
bool within_m(Place a, Place b, double m);

// Where `to` is on the plane that touches the earth at `from`; across the date line too. Good to a percent for 100 km.
Offset offset(Place from, Place to);
Place moved(Place from, Offset by);

// Distance to the line between two points of a path, on the plane around `from`.
double distance_to_line_m(Place from, Place a, Place b);

}  // namespace outrider::detect
