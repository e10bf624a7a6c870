#pragma once
// What a simulated device is: a small world of its own that moves on, and a report of what its sensors say about it.
//
// Models are pure: no clock, no sockets, no files. Everything follows from the seed and the time that has passed, so
// the same seed gives the same route and the same values on every run. Not thread-safe; one owner.
#include <algorithm>
#include <boost/describe.hpp>
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
  // In place of what the report has under this name, or in addition.
  void put(std::string_view name, const std::variant<double, bool, std::string_view>& value,
           std::string_view unit = "") {
    const auto found = std::ranges::find(readings_, name, &Reading::name);
    if (found == readings_.end())
      readings_.push_back({name, unit, value});
    else
      found->value = value;
  }
  void remove(std::string_view name) {
    std::erase_if(readings_, [&](const Reading& one) { return one.name == name; });
  }

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

// Where the vehicles of a run are.
enum class Gathering : std::uint8_t {
  scattered,  // each on a road of its own choice
  convoy,     // within some kilometres on one motorway, in one direction
  car_park,   // standing beside each other
};
BOOST_DESCRIBE_ENUM(Gathering, scattered, convoy, car_park)

struct ModelSetup {
  std::uint64_t seed = 0;
  unsigned boot_count = 1;
  Gathering gathering = Gathering::scattered;
};

}  // namespace outrider::sim
