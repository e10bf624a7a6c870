#include "server/upkeep/housekeeping.h"

#include <algorithm>

namespace outrider::server {

void Housekeeping::start() {
  const Time now = std::chrono::steady_clock::now();
  for (Entry& entry : jobs_) entry.due = now + entry.interval;
  if (!jobs_.empty()) thread_ = std::thread([this] { run(); });
}

void Housekeeping::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Housekeeping::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    const auto next =
        std::min_element(jobs_.begin(), jobs_.end(), [](const Entry& a, const Entry& b) { return a.due < b.due; });
    if (changed_.wait_until(lock, next->due, [this] { return stopping_; })) return;
    lock.unlock();
    next->job();
    next->due = std::chrono::steady_clock::now() + next->interval;
    lock.lock();
  }
}

}  // namespace outrider::server
