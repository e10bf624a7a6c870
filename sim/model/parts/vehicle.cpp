#include "sim/model/parts/vehicle.h"

#include <algorithm>
#include <cmath>

namespace outrider::sim {
namespace {

constexpr double town_radius_m = 3500.0;
constexpr double between_lights_m = 900.0;
constexpr double drive_before_rest_s = 4.5 * 3600;
constexpr double rest_s = 45 * 60.0;
constexpr double plan_brake = 1.1;  // m/s²; what a driver plans with, well below what the brakes can do
constexpr double creep = 1.2;       // m/s, the last metres

constexpr double ship_accelerate = 0.02;  // m/s²
constexpr double ship_turn = 0.3;         // degrees a second
constexpr double approach_m = 12'000.0;
constexpr double approach_speed = 4.5;  // m/s, 9 knots

double corner_speed(double degrees) {
  if (degrees > 150) return 0.0;
  if (degrees > 80) return 6.0;
  if (degrees > 40) return 11.0;
  if (degrees > 15) return 18.0;
  return 36.0;
}

// The highest speed from which `target` is reached in `metres`.
double braking_to(double target, double metres) {
  return std::sqrt(target * target + 2 * plan_brake * std::max(0.0, metres));
}

}  // namespace

RoadDriver::RoadDriver(const Corridor& road, bool onwards, double cruise, Random& random)
    : road_(&road), onwards_(onwards), cruise_(cruise), light_m_(random.waiting(between_lights_m)) {
  place(0);
  driving_s_ = random.between(0, drive_before_rest_s);
}

void RoadDriver::place(double fraction) {
  metres_ = road_->length_m() * (onwards_ ? fraction : 1.0 - fraction);
  where_ = road_->at(metres_, onwards_);
  heading_ = where_.heading;
}

double RoadDriver::allowed_speed() const {
  double allowed = cruise_;
  if (where_.town_m < town_radius_m) {
    allowed = std::min({allowed, road_limits.town_speed, std::max(creep, braking_to(0, light_m_))});
  } else {
    allowed = std::min(allowed, braking_to(road_limits.town_speed, where_.corner_m - town_radius_m));
  }
  const double corner = corner_speed(where_.corner_deg);
  return std::min(allowed, std::max(creep, braking_to(corner, where_.corner_m)));
}

void RoadDriver::tick(Random& random) {
  if (stand_s_ > 0) {
    stand_s_ = std::max(0.0, stand_s_ - tick_road_s);
    return;
  }
  if (arrived_) return;
  driving_s_ += tick_road_s;
  const bool town = where_.town_m < town_radius_m;
  const bool tired = !town && driving_s_ > drive_before_rest_s;
  const double target = tired ? 0.0 : allowed_speed();
  speed_ = target > speed_ ? std::min(target, speed_ + road_limits.accelerate * tick_road_s)
                           : std::max(target, speed_ - road_limits.brake * tick_road_s);
  const double along = speed_ * tick_road_s / where_.stretch;
  metres_ += onwards_ ? along : -along;
  where_ = road_->at(metres_, onwards_);
  if (speed_ > 0.3)
    heading_ =
        wrapped_deg(heading_ + std::clamp(turn_deg(heading_, where_.heading), -road_limits.turn, road_limits.turn));

  if (tired && speed_ <= 0) {
    stand_s_ = rest_s;
    driving_s_ = 0;
  }
  if (town) {
    light_m_ -= speed_ * tick_road_s;
    if (light_m_ <= 0) {
      speed_ = speed_ <= creep + road_limits.brake ? 0 : speed_;
      if (speed_ <= 0) stand_s_ = random.between(8, 55);
      light_m_ = 20 + random.waiting(between_lights_m);
    }
  }
  if (where_.corner_deg >= 180.0 && where_.corner_m < 1.0) {
    arrived_ = true;
    speed_ = 0;
  }
}

void RoadDriver::turn_round(double standing_s) {
  onwards_ = !onwards_;
  arrived_ = false;
  stand_s_ = standing_s;
  where_ = road_->at(metres_, onwards_);
  heading_ = where_.heading;  // it turned on the yard, between two reports
  driving_s_ = 0;
}

Helm::Helm(const Corridor& lane, bool onwards, double cruise) : lane_(&lane), onwards_(onwards), cruise_(cruise) {
  place(0);
}

void Helm::place(double fraction) {
  metres_ = lane_->length_m() * (onwards_ ? fraction : 1.0 - fraction);
  where_ = lane_->at(metres_, onwards_);
  heading_ = where_.heading;
  speed_ = fraction > 0 ? std::min(cruise_, approach_speed) : 0;
}

void Helm::tick() {
  if (arrived_) return;
  const double left = onwards_ ? lane_->length_m() - metres_ : metres_;
  const double done = lane_->length_m() - left;
  double target = std::min(left, done) < approach_m ? approach_speed : cruise_;
  target = std::min(target, std::max(0.5, std::sqrt(2 * ship_accelerate * left)));
  speed_ = approached(speed_, target, ship_accelerate * tick_ship_s);
  metres_ += (onwards_ ? 1 : -1) * speed_ * tick_ship_s;
  where_ = lane_->at(metres_, onwards_);
  const double turn = ship_turn * tick_ship_s;
  heading_ = wrapped_deg(heading_ + std::clamp(turn_deg(heading_, where_.heading), -turn, turn));
  if (left < 10.0) {
    arrived_ = true;
    speed_ = 0;
  }
}

}  // namespace outrider::sim
