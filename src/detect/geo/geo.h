#pragma once
// Places on the earth, as precise as detection needs: a sphere, and a flat plane around a point.

namespace outrider::detect {

// Degrees, WGS84. Latitude north, longitude east; any finite longitude is understood.
struct Place {
  double lat = 0, lon = 0;
  bool operator==(const Place&) const = default;
};

// Metres from a point.
struct Offset {
  double east = 0, north = 0;
  double length() const;
};

// A latitude from −90 to 90 and a longitude from −180 to 180; not (0, 0), which receivers without a fix report.
bool plausible(double lat, double lon);

// Great circle on a sphere of the mean radius; 0.5 % off the ellipsoid at worst.
double distance_m(Place a, Place b);

// Where `to` is on the plane that touches the earth at `from`; across the date line too. Good to a percent for 100 km.
Offset offset(Place from, Place to);
Place moved(Place from, Offset by);

// Distance to the line between two points of a path, on the plane around `from`.
double distance_to_line_m(Place from, Place a, Place b);

}  // namespace outrider::detect
