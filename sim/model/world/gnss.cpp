#include "sim/model/world/gnss.h"

#include <algorithm>
#include <cmath>

namespace outrider::sim {
namespace {

struct Reception {
  double error_m;
  double satellites;
  double hdop;
  double cn0;
};

constexpr Reception reception(Sky sky) {
  switch (sky) {
    case Sky::open:
      return {1.8, 12.0, 0.8, 43.0};
    case Sky::street:
      return {4.0, 9.0, 1.4, 37.0};
    case Sky::indoor:
      return {9.0, 5.0, 3.2, 27.0};
  }
  return {1.8, 12.0, 0.8, 43.0};
}

constexpr double error_time_s = 90.0;  // how long an error lasts before it has become another one

}  // namespace

void Gnss::fix(double elapsed, Sky sky, Random& random) {
  const Reception here = reception(sky);
  const double kept = std::exp(-elapsed / error_time_s);
  const double fresh = here.error_m * std::sqrt(1.0 - kept * kept);
  const double limit = 3.0 * here.error_m;
  north_m_ = std::clamp(north_m_ * kept + random.normal(0, fresh), -limit, limit);
  east_m_ = std::clamp(east_m_ * kept + random.normal(0, fresh), -limit, limit);
  satellites_ = std::clamp(static_cast<int>(std::lround(random.normal(here.satellites, 1.2))), 4, 20);
  hdop_ = std::clamp(here.hdop * 12.0 / (static_cast<double>(satellites_) + 12.0 - here.satellites), 0.6, 9.9);
  cn0_ = std::clamp(random.normal(here.cn0, 1.0), 20.0, 50.0);
}

Position Gnss::seen(Position truth) const {
  return moved(moved(truth, 0, north_m_), 90, east_m_);
}

}  // namespace outrider::sim
