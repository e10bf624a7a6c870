#pragma once
// Places on a spherical Earth. Good to half a percent in distance, which is far below what the models assume.
namespace outrider::sim {

struct Position {
  double lat = 0;  // degrees north, WGS 84
  double lon = 0;  // degrees east, in [-180, 180)
  bool operator==(const Position&) const = default;
};

inline constexpr double earth_radius_m = 6'371'008.8;
inline constexpr double metres_per_degree = earth_radius_m * 3.14159265358979323846 / 180.0;

// Great-circle distance in metres.
double distance_m(Position from, Position to);
// Initial bearing in degrees clockwise from north, in [0, 360).
double bearing_deg(Position from, Position to);
// The place `metres` away along the bearing; flat-Earth arithmetic, for hops up to a few kilometres.
Position moved(Position from, double bearing, double metres);
// The point at `fraction` of the straight line between two places less than some 500 km apart (longitudes are
// interpolated, so lines do not cross the antimeridian).
Position between(Position from, Position to, double fraction);

// Into [0, 360).
double wrapped_deg(double degrees);
// The shorter turn from one heading to another, in (-180, 180].
double turn_deg(double from, double to);
// `value` moved towards `target` by at most `step`.
double approached(double value, double target, double step);

}  // namespace outrider::sim
