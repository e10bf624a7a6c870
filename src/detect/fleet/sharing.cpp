#include "detect/fleet/sharing.h"

#include <cmath>

#include "detect/geo/geo.h"

namespace outrider::detect {
namespace {

constexpr std::size_t area_least = 3;
constexpr std::size_t trait_least = 5;
constexpr std::size_t personal_least = 20;
constexpr std::size_t personal_proof_least = 100;

bool is_personal(Threat threat) {
  switch (threat) {
    case Threat::cloned_identity:
    case Threat::stolen_credentials:
    case Threat::diversion:
    case Threat::sim_swap:
    case Threat::theft:
    case Threat::lateral_movement:
    case Threat::command_forgery:
      return true;
    default:
      return false;
  }
}

// Cannot be an attack of one device, when many have it.
bool is_circumstance(Threat threat) {
  return threat == Threat::silence || threat == Threat::physical_limit || threat == Threat::anomaly;
}

}  // namespace

std::size_t cohort_least(Threat threat, Trait trait, bool proof) {
  if (is_personal(threat)) return proof ? personal_proof_least : personal_least;
  return trait == Trait::area ? area_least : trait_least;
}

bool share(const Finding& a, const Finding& b, Trait trait) {
  switch (trait) {
    case Trait::area:
      return !std::isnan(a.lat) && !std::isnan(b.lat) && distance_m({a.lat, a.lon}, {b.lat, b.lon}) <= area_m;
    case Trait::firmware:
      return a.firmware != 0 && a.firmware == b.firmware && a.profile == b.profile;
    case Trait::carrier:
      return a.carrier != 0 && a.carrier == b.carrier;
    case Trait::profile:
      return a.profile != 0 && a.profile == b.profile;
  }
  return false;
}

std::string_view words_of(Trait trait) {
  switch (trait) {
    case Trait::area:
      return "in one area";
    case Trait::firmware:
      return "with the same firmware";
    case Trait::carrier:
      return "on one carrier";
    case Trait::profile:
      return "of one profile";
  }
  return "of the fleet";
}

std::string_view likely_cause(Threat threat, Trait trait) {
  switch (threat) {
    case Threat::silence:
      return trait == Trait::firmware  ? "an update"
             : trait == Trait::profile ? "an update, or trouble on the way to the server"
                                       : "an outage of the mobile network";
    case Threat::physical_limit:
    case Threat::anomaly:
    case Threat::sensor_manipulation:
    case Threat::battery_attack:
      return trait == Trait::firmware ? "the firmware" : "the weather, or something else that all of them feel";
    case Threat::firmware_rollback:
      return "a staged update";
    case Threat::gnss_jamming:
      return trait == Trait::area ? "a jammer near them" : std::string_view();
    case Threat::gnss_spoofing:
      return trait == Trait::area ? "a transmitter near them that imitates satellites" : std::string_view();
    case Threat::rogue_base_station:
      return trait == Trait::area ? "one cell there" : std::string_view();
    default:
      return {};
  }
}

Level incident_level(Threat threat, Trait trait, Level highest, bool proof) {
  if (is_circumstance(threat)) return Level::ticket;
  const bool explained =
      threat == Threat::sensor_manipulation || threat == Threat::battery_attack || threat == Threat::firmware_rollback;
  if (explained && !proof) return Level::ticket;
  const bool witnesses = threat == Threat::gnss_jamming || threat == Threat::gnss_spoofing;
  if (witnesses && trait == Trait::area) return Level::page;
  return highest;
}

}  // namespace outrider::detect
