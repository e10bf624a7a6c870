#pragma once
// A token bucket: so much at once, refilled evenly.
#include <algorithm>
#include <chrono>

namespace outrider::gateway::mqtt {

// Plain value, full at first. The rate is given with each call, so that a bucket is two words.
class Bucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // Takes `amount` when there is enough; otherwise takes nothing and says no.
  bool take(Time now, double amount, double per_second, double burst) {
    refill(now, per_second, burst);
    if (level_ < amount) return false;
    level_ -= amount;
    return true;
  }
  // Takes in any case. Returns how long to wait until the bucket is no longer in debt.
  std::chrono::milliseconds spend(Time now, double amount, double per_second, double burst) {
    refill(now, per_second, burst);
    level_ -= amount;
    if (level_ >= 0) return std::chrono::milliseconds{0};
    return std::chrono::milliseconds(static_cast<std::int64_t>(-level_ / per_second * 1000) + 1);
  }

 private:
  void refill(Time now, double per_second, double burst) {
    if (at_ == Time{}) {
      level_ = burst;
    } else {
      level_ = std::min(burst, level_ + std::chrono::duration<double>(now - at_).count() * per_second);
    }
    at_ = now;
  }

  double level_ = 0;
  Time at_{};
};

}  // namespace outrider::gateway::mqtt
