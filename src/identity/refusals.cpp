#include "identity/refusals.h"

#include <algorithm>

namespace outrider::identity {

bool RefusalGate::take_token(Timestamp now) {
  if (now > refilled_) {
    const double seconds = std::chrono::duration<double>(now - refilled_).count();
    tokens_ = std::min(static_cast<double>(refusal_burst), tokens_ + seconds);
    refilled_ = now;
  }
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

std::optional<std::uint64_t> RefusalGate::admit(const std::string& key, Timestamp now) {
  const std::lock_guard lock(mutex_);
  auto [at, added] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (added) {
    by_age_.push_front(key);
    entry.age = by_age_.begin();
    entry.written = Timestamp::min();
  } else {
    by_age_.splice(by_age_.begin(), by_age_, entry.age);
  }
  const bool due = entry.written == Timestamp::min() || now - entry.written >= refusal_repeat;
  std::optional<std::uint64_t> out;
  if (due && take_token(now)) {
    out = std::exchange(entry.left_out, 0);
    entry.written = now;
  } else {
    ++entry.left_out;
  }
  if (entries_.size() > refusal_entries_max) {
    entries_.erase(by_age_.back());
    by_age_.pop_back();
  }
  return out;
}

}  // namespace outrider::identity
