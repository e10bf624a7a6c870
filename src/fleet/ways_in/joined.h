#pragma once
// A change that takes several decisions: answers once, when the last of them has been answered, with the first refusal.
// Private to the room.
#include <memory>
#include <mutex>
#include <utility>

#include "fleet/registry/registry.h"

namespace outrider::fleet {

class Joined {
 public:
  explicit Joined(Registry::Done done) : done_(std::move(done)) {}

  static Registry::Done part(const std::shared_ptr<Joined>& whole) {
    const std::lock_guard lock(whole->mutex_);
    ++whole->pending_;
    return [whole](Result<void> outcome) { whole->settle(std::move(outcome)); };
  }
  // Of a part; and once by whoever makes the parts, when there are no more to come.
  void settle(Result<void> outcome) {
    {
      const std::lock_guard lock(mutex_);
      if (outcome_ && !outcome) outcome_ = std::move(outcome);
      if (--pending_ != 0) return;
    }
    done_(std::move(outcome_));
  }

 private:
  Registry::Done done_;
  std::mutex mutex_;  // guards the rest
  Result<void> outcome_;
  std::size_t pending_ = 1;  // 1: whoever makes the parts
};

}  // namespace outrider::fleet
