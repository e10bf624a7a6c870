#pragma once
// What a simulated device is: a small world of its own that moves on, and a report of what its sensors say about it.
//
// Models are pure: no clock, no sockets, no files. Everything follows from the seed and the time that has passed, so
// the same seed gives the same route and the same values on every run. Not thread-safe; one owner.
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace outrider::sim {

struct Reading {
  std::string_view name;  // literals of the models; a trace's columns outlive its model
  std::string_view unit;  // SenML; empty for none
  std::variant<double, bool, std::string_view> value;
  bool operator==(const Reading&) const = default;
};

// The readings of one report. Reused between reports, so that reporting allocates nothing.
class Report {
 public:
  void clear() { readings_.clear(); }
  const std::vector<Reading>& readings() const { return readings_; }

  void add(const Reading& reading) { readings_.push_back(reading); }
  // Rounded to so many decimals, as a sensor's driver would.
  void number(std::string_view name, std::string_view unit, double value, int decimals) {
    const double scale = std::pow(10.0, decimals);
    readings_.push_back({name, unit, std::round(value * scale) / scale});
  }
  void count(std::string_view name, double value) { readings_.push_back({name, "", value}); }
  void text(std::string_view name, std::string_view value) { readings_.push_back({name, "", value}); }
  void flag(std::string_view name, bool value) { readings_.push_back({name, "", value}); }

 private:
  std::vector<Reading> readings_;
};

class DeviceModel {
 public:
  virtual ~DeviceModel() = default;
  // Time passes; `seconds` since the last call, not negative.
  virtual void advance(double seconds) = 0;
  // Adds what the device would report now. Measurement noise is drawn here.
  virtual void report(Report& out) = 0;
};

struct ModelSetup {
  std::uint64_t seed = 0;
  unsigned boot_count = 1;
};

}  // namespace outrider::sim
