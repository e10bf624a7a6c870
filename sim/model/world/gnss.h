#pragma once
#include "sim/model/world/geo.h"
#include "sim/model/world/random.h"

namespace outrider::sim {

enum class Sky { open, street, indoor };

// What a satellite receiver makes of a place: a position some metres off that wanders slowly, and how good it believes
// the fix to be.
class Gnss {
 public:
  // Moves the error on; `elapsed` since the last fix, in seconds.
  void fix(double elapsed, Sky sky, Random& random);

  Position seen(Position truth) const;
  // Altitude above the ellipsoid has about twice the error of the plane.
  double seen_alt(double truth) const { return truth + 2.0 * north_m_; }
  int satellites() const { return satellites_; }
  double hdop() const { return hdop_; }
  double cn0() const { return cn0_; }  // mean of the satellites used, dB-Hz

 private:
  double north_m_ = 0;
  double east_m_ = 0;
  int satellites_ = 9;
  double hdop_ = 1.0;
  double cn0_ = 40.0;
};

}  // namespace outrider::sim
