#pragma once
#include "sim/model/world/geo.h"
#include "sim/model/world/random.h"

namespace outrider::sim {

// A person on foot: walks to some point within a radius of home, stays there for a while, goes on. Inside a building
// the radius is that of the building.
class Walker {
 public:
  Walker(Position home, double radius_m, double pause_mean_s)
      : home_(home), at_(home), goal_(home), radius_m_(radius_m), pause_mean_s_(pause_mean_s) {}

  // One second. A person who rests finishes the walk to the present goal and then stays.
  void tick(bool rests, Random& random);

  Position where() const { return at_; }
  double speed() const { return speed_; }  // m/s
  double heading() const { return heading_; }

 private:
  Position home_;
  Position at_;
  Position goal_;
  double radius_m_;
  double pause_mean_s_;
  double pause_s_ = 0;
  double pace_ = 1.3;
  double speed_ = 0;
  double heading_ = 0;
};

// Places in cities of the roads' countries, for devices that stay where they are.
struct Town {
  Position at;
  int mcc;
};
// The town, and a spot within a few kilometres of its centre.
Town some_town(Random& random);

}  // namespace outrider::sim
