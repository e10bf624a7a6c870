#pragma once
// Time as the whole house uses it: microseconds since the Unix epoch, UTC.
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// The wall clock as a seam, so that issuing, expiry and detection can be tested at any hour.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp now() const = 0;
};

// The system's clock.
const Clock& system_clock();

// A clock that stands still until it is moved; for tests and replays.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start) : now_(start) {}
  Timestamp now() const override { return now_; }
  void advance(std::chrono::microseconds by) { now_ += by; }
  void set(Timestamp to) { now_ = to; }

 private:
  Timestamp now_;
};

inline std::int64_t to_micros(Timestamp t) {
  return t.time_since_epoch().count();
}
inline Timestamp from_micros(std::int64_t micros) {
  return Timestamp{std::chrono::microseconds{micros}};
}

// RFC 3339 in UTC with as many decimals as needed: "2026-11-22T11:33:52Z", "…52.250Z", "…52.000001Z".
std::string to_rfc3339(Timestamp t);
// Accepts an offset ("+01:00") and up to nine decimals, of which six are kept.
Result<Timestamp> from_rfc3339(std::string_view text);

// "250ms", "30s", "15m", "2h", "90d", "1w"; a sum such as "1h30m" too. At most 100 years.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// The largest two units: "2h 5m", "90d", "250ms".
std::string format_duration(std::chrono::milliseconds d);

// A moment named by a person: an RFC 3339 time, or a duration before `now` ("2h", "7d").
Result<Timestamp> parse_moment(std::string_view text, Timestamp now);

}  // namespace outrider
