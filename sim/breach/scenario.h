#pragma once
// A scenario as data: who is attacked, and what the attacker does step by step. docs/scenarios.md has the format.
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sim/model/device_model.h"

namespace outrider::sim {

inline constexpr std::size_t scenario_bytes_max = 64UL * 1024;
inline constexpr std::size_t scenario_steps_max = 64;
inline constexpr std::size_t attempts_max = 10'000;  // of one step

// What the attacker can do, and what befalls devices. Each has one function in sim/breach/attacker/.
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
  moved_sim,  // the SIM in the attacker's modem, which has the stolen keys, too; the device is without network
  // What befalls `devices` of the fleet themselves.
  jam,
  drag_off,
  twin_cell,
  downgrade,
  theft,  // opened, cut off, silent
  flood,
  carrier_outage,
  mass_update,
  cold_snap,
};
BOOST_DESCRIBE_ENUM(Attack, clone, foreign_topics, foreign_client_ids, forged_certificates, foreign_tickets,
                    foreign_enrolment, position_jump, position_drift, temperature_offset, temperature_freeze,
                    temperature_replay, route_change, probe, firmware_downgrade, return_after_revocation, moved_sim,
                    jam, drag_off, twin_cell, downgrade, theft, flood, carrier_outage, mass_update, cold_snap)

// Does it befall devices of the fleet, instead of being said by an attacker?
constexpr bool befalls(Attack attack) {
  return attack >= Attack::jam;
}

// What has to come of a step.
enum class Expect : std::uint8_t {
  contained,  // every attempt is refused, or it is detected and what it can do is ended
  paged,      // somebody is paged: what remains is a person's
  noticed,    // a ticket, or a page
  quiet,      // nobody is paged: nothing is wrong
};
BOOST_DESCRIBE_ENUM(Expect, contained, paged, noticed, quiet)

struct Step {
  std::string name;
  std::string title;
  Attack attack = Attack::clone;
  std::size_t victim = 0;                   // which of the stolen devices, from 0
  std::size_t attempts = 10;                // how many others it is tried with, or how often
  std::size_t devices = 0;                  // of the fleet that it befalls, new ones with each step; 0: all
  double amount = 0;                        // metres, metres per second, degrees, dB, messages a second
  std::chrono::milliseconds every{1000};    // between two attempts
  std::chrono::milliseconds lasts{60'000};  // what is no attack
  Expect expect = Expect::contained;
  std::vector<std::string> detect;  // threats: any of them counts as detected
};

struct Scenario {
  std::string id;
  std::string title;
  std::string profile;  // of the devices that are stolen or befallen; empty: any
  std::size_t stolen = 1;
  Gathering gathering = Gathering::scattered;
  std::optional<std::chrono::milliseconds> interval;  // between two reports, unless the command line says
  std::chrono::milliseconds settle{20'000};           // of ordinary life before the first step
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
