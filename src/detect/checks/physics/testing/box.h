#pragma once
// One device whose readings go through the physics checks.
#include <random>
#include <vector>

#include "detect/checks/physics/physics.h"

namespace outrider::detect::testing {

struct Box {
  Contract contract;
  FleetMemory& fleet;
  std::uint32_t device = 1;
  PhysicsState state{};
  double now_s = 1.7e9;
  std::uint64_t entry = 0;
  std::mt19937 random{11};

  explicit Box(FleetMemory& memory, std::uint32_t index = 1) : fleet(memory), device(index) {
    contract.interval_s = 300;
    contract.thermal = true;
  }

  std::vector<Evidence> report(const Reading& reading, double after_s = 300) {
    now_s += after_s;
    Observation observation;
    observation.what = What::report;
    observation.device = device;
    observation.entry = ++entry;
    observation.received_s = observation.measured_s = now_s;
    observation.reading = reading;
    return observe(observation);
  }
  std::vector<Evidence> observe(const Observation& observation) {
    const Context context{contract, now_s, fleet};
    Surprises surprises;
    surprises.begin(observation);
    check_physics(state, observation, context, surprises);
    return {surprises.all().begin(), surprises.all().end()};
  }
  double noise(double spread) { return std::normal_distribution<double>(0, spread)(random); }
};

inline float strongest(const std::vector<Evidence>& all, CheckId check) {
  float most = 0;
  for (const Evidence& evidence : all)
    if (evidence.check == check) most = std::max(most, evidence.nats);
  return most;
}

// A box at −18 whose return air follows its supply air; what happens to it is set from outside.
struct Reefer : Box {
  double air = -17.5, ambient = 22, setpoint = -18;
  bool running = true, door = false;
  using Box::Box;
  // What its sensor would say.
  Reading live(double minutes = 5) {
    const double supply = setpoint - 0.8 + noise(0.1);
    air += minutes * ((running ? 0.06 * (supply - air) : 0) + 0.001 * (ambient - air) + (door ? 0.4 : 0)) + noise(0.05);
    Reading reading;
    reading.temperature = std::round(air * 10) / 10;
    reading.supply_temperature = std::round(supply * 10) / 10;
    reading.ambient_temperature = ambient;
    reading.setpoint = setpoint;
    reading.compressor = running ? Truth::yes : Truth::no;
    reading.power = running ? Truth::yes : Truth::no;
    reading.door = door ? Truth::yes : Truth::no;
    return reading;
  }
  // The strongest of anything said in that many reports.
  float quiet(int reports) {
    float most = 0;
    for (int i = 0; i < reports; ++i)
      for (const Evidence& evidence : report(live())) most = std::max(most, evidence.nats);
    return most;
  }
};

}  // namespace outrider::detect::testing
