#pragma once
// What an alert can be about, and the families of evidence that speak for it.
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace outrider::detect {

// Where evidence comes from. Two checks of one family look at the same thing, so their surprises do not add up: risk is
// the sum over families of the largest surprise of each.
enum class Family : std::uint8_t { identity, radio, gnss, motion, physics, traffic, tamper };
BOOST_DESCRIBE_ENUM(Family, identity, radio, gnss, motion, physics, traffic, tamper)
inline constexpr std::size_t family_count = 7;

// Numbers are stored in snapshots and entries; add, never renumber.
enum class Threat : std::uint8_t {
  cloned_identity = 1,       // one identity, two places
  stolen_credentials = 2,    // an identity used from where it does not belong, or after it was taken away
  enrolment_abuse = 3,       // somebody tries to become a device
  impersonation = 4,         // a device speaks, or tries to, for another one
  false_position = 5,        // the position is not where the device is
  gnss_spoofing = 6,         // the receiver is being lied to
  gnss_jamming = 7,          // the receiver hears nothing
  diversion = 8,             // truly somewhere it should not be: off its route, out of its fence
  rogue_base_station = 9,    // the cell is nobody's
  sim_swap = 10,             // the SIM is in another device, or the device has another SIM
  sensor_manipulation = 11,  // altered, frozen or replayed readings
  physical_limit = 12,       // the cargo or the device is in trouble: truly too warm, too fast
  tampering = 13,            // opened, cut, moved by hand
  theft = 14,                // tampering or movement, and what follows
  battery_attack = 15,       // drained, or replaced
  flooding = 16,             // far more traffic than it ever needs
  lateral_movement = 17,     // it looks for others
  firmware_rollback = 18,    // an older or unknown firmware runs
  command_forgery = 19,      // a command that nobody entitled gave
  silence = 20,              // it should have spoken
  anomaly = 21,              // a number unlike itself, and nothing more is known
};
BOOST_DESCRIBE_ENUM(Threat, cloned_identity, stolen_credentials, enrolment_abuse, impersonation, false_position,
                    gnss_spoofing, gnss_jamming, diversion, rogue_base_station, sim_swap, sensor_manipulation,
                    physical_limit, tampering, theft, battery_attack, flooding, lateral_movement, firmware_rollback,
                    command_forgery, silence, anomaly)

struct ThreatInfo {
  Threat threat;
  std::string_view slug;                         // "cloned-identity"
  std::string_view title;                        // for people: "One identity in two places"
  std::span<const std::string_view> techniques;  // MITRE ATT&CK ids: Mobile "T1464", ICS "T0856"
  std::uint32_t half_life_s;                     // how fast its risk is forgotten
};
std::span<const ThreatInfo> threats();
const ThreatInfo& info(Threat threat);
std::optional<Threat> threat_from_slug(std::string_view slug);

}  // namespace outrider::detect
