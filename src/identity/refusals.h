#pragma once
// Which refusals become entries and log lines. Every one is counted; but a stranger must not be able to fill the
// ledger, so the same refusal (device as claimed, address, reason) is written at most once a minute with how many were
// left out, and all together at most `burst` at once and one a second in the long run. Bounded. Threads: any.
#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.h"

namespace outrider::identity {

inline constexpr std::chrono::seconds refusal_repeat{60};
inline constexpr unsigned refusal_burst = 200;
inline constexpr std::size_t refusal_entries_max = 4'096;

class RefusalGate {
 public:
  // Write it? Then the value is how many like it were not written since the last that was.
  std::optional<std::uint64_t> admit(const std::string& key, Timestamp now);

 private:
  struct Entry {
    Timestamp written;
    std::uint64_t left_out = 0;
    std::list<std::string>::iterator age;
  };
  bool take_token(Timestamp now);

  std::mutex mutex_;
  std::unordered_map<std::string, Entry> entries_;
  std::list<std::string> by_age_;  // most recently seen first
  double tokens_ = refusal_burst;
  Timestamp refilled_;
};

}  // namespace outrider::identity
