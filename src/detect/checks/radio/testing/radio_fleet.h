#pragma once
// A small fleet on radio, for tests: reports go through the radio checks alone.
#include <map>

#include "detect/checks/radio/radio.h"

namespace outrider::detect::testing {

struct RadioFleet {
  FleetMemory memory;
  Contract contract;
  std::map<std::uint32_t, RadioState> states;
  double now_s = 1'700'000'000;
  std::uint64_t entry = 0;
  Surprises surprises;

  // What the checks say of this report of a device; time goes on by a minute.
  std::span<const Evidence> report(std::uint32_t device, const Reading& reading) {
    Observation observation{.what = What::report, .device = device, .entry = ++entry};
    observation.reading = reading;
    return observe(observation);
  }
  std::span<const Evidence> lead(std::uint32_t device, facts::Lifecycle lifecycle) {
    Observation observation{.what = What::device_state,
                            .lifecycle = static_cast<std::uint8_t>(lifecycle),
                            .device = device,
                            .entry = ++entry};
    return observe(observation, lifecycle);
  }
  std::span<const Evidence> observe(Observation observation, facts::Lifecycle lifecycle = facts::Lifecycle::active) {
    now_s += 60;
    observation.received_s = observation.measured_s = now_s;
    auto& state = states.try_emplace(observation.device, RadioState{}).first->second;
    surprises.begin(observation);
    check_radio(state, observation, Context{contract, now_s, memory, lifecycle}, surprises);
    return surprises.all();
  }

  // A honest report from a place with `cells` cells, of which the device is served by the nth.
  static Reading at(double lat, double lon, std::uint64_t cell) {
    Reading reading;
    reading.lat = lat;
    reading.lon = lon;
    reading.accuracy = 10;
    reading.rat = Radio::lte;
    reading.mcc = 262;
    reading.mnc = 1;
    reading.tac = 7;
    reading.cell = cell;
    reading.pci = static_cast<double>(cell % 500);
    reading.channel = 1300;
    reading.rsrp = -95;
    reading.neighbours = 4;
    reading.cipher = Cipher::strong;
    reading.identity_request = Truth::no;
    reading.reject = Truth::no;
    return reading;
  }
  // Ten devices drive to and fro between six cells of one square for some days.
  void drive(int reports = 6000) {
    for (int i = 0; i < reports; ++i) {
      const int where = (i / 10) % 12;
      const auto cell = static_cast<std::uint64_t>(where < 6 ? where : 11 - where);
      auto reading = at(50.01 + 0.004 * static_cast<double>(cell) + 0.0005 * (i % 7), 8.01, 100 + cell);
      reading.rsrp = -110 + (i * 7) % 40;
      report(1 + static_cast<std::uint32_t>(i % 10), reading);
    }
  }
};

inline float nats_of(std::span<const Evidence> evidence, CheckId check) {
  float most = 0;
  for (const auto& each : evidence)
    if (each.check == check) most = std::max(most, each.nats);
  return most;
}
// Everything of that threat: the largest.
inline float nats_of(std::span<const Evidence> evidence, Threat threat) {
  float most = 0;
  for (const auto& each : evidence)
    if (each.threat == threat) most = std::max(most, each.nats);
  return most;
}

}  // namespace outrider::detect::testing
