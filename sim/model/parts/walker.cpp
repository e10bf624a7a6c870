#include "sim/model/parts/walker.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace outrider::sim {
namespace {

constexpr double acceleration = 0.5;  // m/s²
constexpr double turn = 60.0;         // degrees a second

constexpr std::array towns{
    Town{{51.9244, 4.4777}, 204},  Town{{52.5200, 13.4050}, 262},  Town{{50.1109, 8.6821}, 262},
    Town{{53.5600, 10.0100}, 262}, Town{{48.8566, 2.3522}, 208},   Town{{45.7640, 4.8357}, 208},
    Town{{40.4168, -3.7038}, 214}, Town{{37.3886, -5.9823}, 214},  Town{{52.2297, 21.0122}, 260},
    Town{{45.4642, 9.1900}, 222},  Town{{40.2732, -76.8867}, 310}, Town{{-22.9056, -47.0608}, 724},
    Town{{51.5074, -0.1278}, 234}, Town{{50.8503, 4.3517}, 206}};

}  // namespace

void Walker::tick(bool rests, Random& random) {
  if (pause_s_ > 0) {
    pause_s_ -= 1.0;
    return;
  }
  const double left = distance_m(at_, goal_);
  if (left < 0.5) {
    speed_ = 0;
    if (rests) return;
    pause_s_ = random.waiting(pause_mean_s_);
    // Uniform over the disc.
    goal_ = moved(home_, random.between(0, 360), radius_m_ * std::sqrt(random.unit()));
    pace_ = random.between(0.9, 1.6);
    heading_ = bearing_deg(at_, goal_);
    return;
  }
  speed_ = approached(speed_, std::min(pace_, std::max(0.2, left / 2)), acceleration);
  heading_ = wrapped_deg(heading_ + std::clamp(turn_deg(heading_, bearing_deg(at_, goal_)), -turn, turn));
  at_ = moved(at_, bearing_deg(at_, goal_), std::min(left, speed_));
}

Town some_town(Random& random) {
  Town town = towns[random.below(towns.size())];
  town.at = moved(town.at, random.between(0, 360), 5000.0 * std::sqrt(random.unit()));
  return town;
}

}  // namespace outrider::sim
