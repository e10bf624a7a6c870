#pragma once
// A shared mutex on which readers cannot keep a writer out. The one of the C library lets readers in as long as there
// are any: with four threads looking up without pause, two decisions a second got through (bench/history.cpp).
//
// A writer that waits holds the turn; readers that come meanwhile queue behind it. Without a waiting writer a reader
// pays one load more than with std::shared_mutex. For std::unique_lock and std::shared_lock; not recursive.
#include <atomic>
#include <mutex>
#include <shared_mutex>

namespace outrider::fleet {

class WriterFirstMutex {
 public:
  void lock() {
    ++waiting_;
    const std::lock_guard turn(turn_);
    shared_.lock();
    --waiting_;
  }
  void unlock() { shared_.unlock(); }

  void lock_shared() {
    if (waiting_.load(std::memory_order_relaxed) > 0) {
      const std::lock_guard turn(turn_);  // until the writer has the lock
    }
    shared_.lock_shared();
  }
  void unlock_shared() { shared_.unlock_shared(); }

 private:
  std::shared_mutex shared_;
  std::mutex turn_;
  std::atomic<int> waiting_{0};
};

}  // namespace outrider::fleet
