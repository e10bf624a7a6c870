#pragma once
// A scenario as data: who is attacked, and what the attacker does step by step. docs/simulator.md has the format.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::sim {

inline constexpr std::size_t scenario_bytes_max = 64UL * 1024;
inline constexpr std::size_t scenario_steps_max = 64;
inline constexpr std::size_t attempts_max = 10'000;  // of one step

// What the attacker can do. Each has one function in attacks.cpp.
enum class Attack : std::uint8_t {
  clone,                // connect as the stolen device while the real one lives
  foreign_topics,       // publish to other devices' topics
  foreign_client_ids,   // connect under other devices' client identifiers
  forged_certificates,  // certificates for other devices that the attacker signed
  foreign_tickets,      // resume the stolen device's session as other devices
  foreign_enrolment,    // ask EST for other devices' certificates
  position_jump,
  position_drift,
  temperature_offset,
  temperature_freeze,
  temperature_replay,
  route_change,  // tell applications and devices to take another way
  probe,         // look for others: wildcards, commands, system topics
  firmware_downgrade,
  return_after_revocation,
};
BOOST_DESCRIBE_ENUM(Attack, clone, foreign_topics, foreign_client_ids, forged_certificates, foreign_tickets,
                    foreign_enrolment, position_jump, position_drift, temperature_offset, temperature_freeze,
                    temperature_replay, route_change, probe, firmware_downgrade, return_after_revocation)

struct Step {
  std::string name;
  std::string title;
  Attack attack = Attack::clone;
  std::size_t victim = 0;                 // which of the stolen devices, from 0
  std::size_t attempts = 10;              // how many others it is tried with, or how often
  double amount = 0;                      // metres, metres per second, degrees: what is added to the truth
  std::chrono::milliseconds every{1000};  // between two attempts
  std::vector<std::string> detect;        // threats: any of them counts as detected
};

struct Scenario {
  std::string id;
  std::string title;
  std::string profile;  // of the devices
  std::size_t stolen = 1;
  std::chrono::milliseconds settle{20'000};  // of ordinary life before the first step
  std::chrono::milliseconds detect_within{60'000};
  std::chrono::milliseconds contain_within{120'000};
  std::vector<Step> steps;
};

// Errors name the file, the step and the key: bad-toml, unknown-key, missing-key, wrong-type, bad-value, too-many.
Result<Scenario> parse_scenario(std::string_view toml, std::string_view file);
// One that is compiled in, by its id; not_found names those there are.
Result<Scenario> builtin_scenario(std::string_view id);
std::vector<std::string> builtin_scenarios();

}  // namespace outrider::sim
