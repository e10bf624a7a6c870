#pragma once
// The operator's log: one line is one event with fields, e.g.
//   log::warn("enrolment refused", {{"device", id}, {"reason", "key-in-use"}});
//   2026-11-22T11:33:52.250Z warn  enrolment refused device=t-1 reason=key-in-use
// Never a key, a token, a code or a payload. Values from outside are escaped, so a device cannot forge a line.
// What a stranger can cause goes through a `Throttle`.
#include <atomic>
#include <chrono>
#include <concepts>
#include <initializer_list>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace outrider::log {

enum class Level : unsigned char { debug, info, warn, error };

struct Field {
  std::string_view key;
  std::string value;

  Field(std::string_view k, std::string v) : key(k), value(std::move(v)) {}
  Field(std::string_view k, std::string_view v) : key(k), value(v) {}
  Field(std::string_view k, const char* v) : key(k), value(v) {}
  template <class T>
    requires std::integral<T> || std::floating_point<T>
  Field(std::string_view k, T v) : key(k), value(fmt::format("{}", v)) {}
};
using Fields = std::initializer_list<Field>;

// Lines go to standard error (the service manager keeps them). Default: info.
void set_level(Level least);
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  write(Level::debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) {
  write(Level::info, event, fields);
}
inline void warn(std::string_view event, Fields fields = {}) {
  write(Level::warn, event, fields);
}
inline void error(std::string_view event, Fields fields = {}) {
  write(Level::error, event, fields);
}

// Lets through `burst` lines a second and counts the rest. Thread-safe; make it static or a member where the line is.
class Throttle {
 public:
  explicit Throttle(unsigned burst = 5) : burst_(burst) {}
  // True when the line may be written; `suppressed` then says how many were not since the last one.
  bool allow(std::uint64_t& suppressed);

 private:
  unsigned burst_;
  std::atomic<std::int64_t> second_{0};
  std::atomic<unsigned> used_{0};
  std::atomic<std::uint64_t> suppressed_{0};
};

}  // namespace outrider::log
