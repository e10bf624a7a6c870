#pragma once
// Deadlines of many sessions for the price of one timer.
#include <chrono>
#include <cstdint>
#include <utility>
#include <vector>

#include "gateway/mqtt/loops/mailbox.h"

namespace outrider::gateway::mqtt {

// A ring of slots, one tick each. A deadline further away than the ring is looked at once a turn. A session that is
// gone need not be taken out: its id is found to be nobody's when its slot comes round.
class Wheel {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Wheel(Time start, std::chrono::milliseconds tick) : tick_(tick), next_(start + tick), slots_(slot_count) {}

  std::chrono::milliseconds tick() const { return tick_; }
  // The furthest ahead that schedule() can look.
  std::chrono::milliseconds span() const { return (slot_count - 2) * tick_; }
  // Has `id` looked at at that time, or up to a tick later.
  void schedule(SessionId id, Time at) {
    std::int64_t ahead = at <= next_ ? 0 : (at - next_ + tick_ - std::chrono::nanoseconds{1}) / tick_;
    if (ahead >= slot_count) ahead = slot_count - 1;
    slots_[(position_ + static_cast<std::size_t>(ahead)) % slot_count].push_back(id);
  }
  // Calls look(id) for every id whose time has come by `now`. `look` may schedule.
  template <class Look>
  void advance(Time now, Look&& look) {
    while (next_ <= now) {
      auto due = std::exchange(slots_[position_], {});
      position_ = (position_ + 1) % slot_count;
      next_ += tick_;
      for (const SessionId id : due) look(id);
    }
  }

 private:
  static constexpr std::int64_t slot_count = 1024;  // 17 minutes of seconds: longer than most keep alives
  std::chrono::milliseconds tick_;
  Time next_;  // when slots_[position_] is due
  std::size_t position_ = 0;
  std::vector<std::vector<SessionId>> slots_;
};

}  // namespace outrider::gateway::mqtt
