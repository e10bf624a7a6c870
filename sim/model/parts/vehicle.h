#pragma once
#include "sim/model/world/corridors.h"
#include "sim/model/world/random.h"

namespace outrider::sim {

// What a road vehicle may do; figures of loaded lorries and vans.
struct RoadLimits {
  double accelerate = 1.2;   // m/s²
  double brake = 2.5;        // m/s²
  double town_speed = 13.9;  // 50 km/h
  double turn = 25.0;        // degrees a second
};
inline constexpr RoadLimits road_limits;
inline constexpr double tick_road_s = 1.0;

// Drives a vehicle along a road: speeds up and brakes within limits, slows down in towns and before corners, stops at
// traffic lights, rests after four and a half hours (Regulation (EC) 561/2006, article 7) and stands at the end.
class RoadDriver {
 public:
  // `cruise` in m/s is what it drives on an open road.
  RoadDriver(const Corridor& road, bool onwards, double cruise, Random& random);

  // One tick of tick_road_s.
  void tick(Random& random);
  // At the end of the road, standing.
  bool arrived() const { return arrived_; }
  // Turns round at the end after standing there.
  void turn_round(double standing_s);
  // Puts the vehicle somewhere on its road before it starts.
  void place(double fraction);
  // Leaves it standing where it is.
  void park(double seconds) { stand_s_ = seconds; }

  const Corridor::Place& where() const { return where_; }
  double speed() const { return speed_; }      // m/s
  double heading() const { return heading_; }  // degrees
  bool engine_on() const { return stand_s_ < engine_off_after_s; }

 private:
  static constexpr double engine_off_after_s = 120.0;
  double allowed_speed() const;

  const Corridor* road_;
  bool onwards_;
  bool arrived_ = false;
  double cruise_;
  double metres_ = 0;
  double speed_ = 0;
  double heading_ = 0;
  double stand_s_ = 0;    // left to stand still
  double light_m_ = 0;    // to the next red light; counts in towns
  double driving_s_ = 0;  // since the last rest
  Corridor::Place where_;
};

// A ship at sea or in the approaches to a port.
inline constexpr double tick_ship_s = 10.0;
class Helm {
 public:
  Helm(const Corridor& lane, bool onwards, double cruise);
  void tick();
  bool arrived() const { return arrived_; }
  void place(double fraction);

  const Corridor::Place& where() const { return where_; }
  double speed() const { return speed_; }
  double heading() const { return heading_; }

 private:
  const Corridor* lane_;
  bool onwards_;
  bool arrived_ = false;
  double cruise_;
  double metres_ = 0;
  double speed_ = 0;
  double heading_ = 0;
  Corridor::Place where_;
};

}  // namespace outrider::sim
