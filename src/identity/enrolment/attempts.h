#pragma once
// Wrong enrolment codes slow down whoever sends them. A code has 120 bits and cannot be guessed; this keeps guessing
// from costing us anything.
//
// Counted per address and device together, so that a stranger elsewhere cannot lock an honest device out, and per
// address with more patience, because many devices may share one (carrier NAT). After the free failures each further
// one doubles the wait. Bounded: the longest silent entry makes room for a new one. Threads: any.
#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/time.h"

namespace outrider::identity {

inline constexpr unsigned free_failures_device = 5;    // typing errors of a person
inline constexpr unsigned free_failures_address = 50;  // the same, of a workshop behind one address
inline constexpr std::chrono::seconds back_off_first{1};
inline constexpr std::chrono::seconds back_off_max = std::chrono::minutes{15};
inline constexpr std::chrono::seconds failures_forgotten_after = std::chrono::hours{1};
inline constexpr std::size_t attempt_entries_max = 65'536;  // about 10 MiB

class Attempts {
 public:
  // How long to wait before the next attempt is looked at; 0: none.
  std::chrono::seconds wait(std::string_view device, std::string_view address, Timestamp now) const;
  void failed(std::string_view device, std::string_view address, Timestamp now);
  // Forgets the failures of the device at this address; those of the address stay.
  void succeeded(std::string_view device, std::string_view address);
  std::size_t size() const;

 private:
  struct Entry {
    unsigned failures = 0;
    Timestamp last;
    std::list<std::string>::iterator age;
  };
  std::chrono::seconds wait_of(const std::string& key, unsigned free_failures, Timestamp now) const;
  void count(const std::string& key, Timestamp now);

  mutable std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> by_age_;  // most recent failure first
};

}  // namespace outrider::identity
