#include "identity/enrolment/attempts.h"

#include <algorithm>

#include "base/address.h"
#include "base/ids.h"

namespace outrider::identity {
namespace {

// A device claimed by a stranger can be any text; ids are at most id_bytes_max, the rest is one and the same wrong one.
std::string pair_key(std::string_view device, std::string_view address) {
  return address_key(address) + "|" + std::string(device.substr(0, id_bytes_max));
}

}  // namespace

std::chrono::seconds Attempts::wait_of(const std::string& key, unsigned free_failures, Timestamp now) const {
  const auto found = entries_.find(key);
  if (found == entries_.end() || found->second.failures < free_failures) return {};
  // Doubled with each failure until it is past the maximum; 10 doublings are.
  const unsigned doublings = std::min(found->second.failures - free_failures, 10U);
  const auto delay = std::min(back_off_max, back_off_first * (1U << doublings));
  const auto until = found->second.last + delay;
  return until <= now ? std::chrono::seconds{} : std::chrono::ceil<std::chrono::seconds>(until - now);
}

std::chrono::seconds Attempts::wait(std::string_view device, std::string_view address, Timestamp now) const {
  const std::lock_guard lock(mutex_);
  return std::max(wait_of(pair_key(device, address), free_failures_device, now),
                  wait_of(address_key(address), free_failures_address, now));
}

void Attempts::count(const std::string& key, Timestamp now) {
  auto [at, added] = entries_.try_emplace(key);
  Entry& entry = at->second;
  if (added) {
    by_age_.push_front(key);
  } else {
    by_age_.splice(by_age_.begin(), by_age_, entry.age);
    if (now - entry.last > failures_forgotten_after) entry.failures = 0;
  }
  entry.age = by_age_.begin();
  entry.last = now;
  ++entry.failures;
  if (entries_.size() > attempt_entries_max) {
    entries_.erase(by_age_.back());
    by_age_.pop_back();
  }
}

void Attempts::failed(std::string_view device, std::string_view address, Timestamp now) {
  const std::lock_guard lock(mutex_);
  count(pair_key(device, address), now);
  count(address_key(address), now);
}

void Attempts::succeeded(std::string_view device, std::string_view address) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(pair_key(device, address));
  if (found == entries_.end()) return;
  by_age_.erase(found->second.age);
  entries_.erase(found);
}

std::size_t Attempts::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

}  // namespace outrider::identity
