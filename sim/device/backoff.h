#pragma once
#include <algorithm>
#include <chrono>

#include "sim/model/world/random.h"

namespace outrider::sim {

// Exponential back-off with jitter: each wait is drawn from the upper half of a range that doubles, so that devices cut
// off together do not come back together.
class Backoff {
 public:
  static constexpr std::chrono::milliseconds least{250};
  static constexpr std::chrono::milliseconds most{30'000};

  std::chrono::milliseconds next(Random& random) {
    const auto range = range_;
    range_ = std::min(range_ * 2, most);
    const auto ms = static_cast<double>(range.count()) * random.between(0.5, 1.0);
    return std::chrono::milliseconds{static_cast<std::int64_t>(ms)};
  }
  void reset() { range_ = least; }

 private:
  std::chrono::milliseconds range_ = least;
};

}  // namespace outrider::sim
