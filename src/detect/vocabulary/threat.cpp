#include "detect/vocabulary/threat.h"

#include <algorithm>
#include <array>

namespace outrider::detect {
namespace {

using Words = std::string_view;
constexpr std::uint32_t minutes = 60;
constexpr std::uint32_t hours = 60 * minutes;

// MITRE ATT&CK techniques, Mobile (M, from T1 on) and ICS (I, T0), looked up in version 18: each stands there, is
// neither revoked nor deprecated, and what its page describes is what the threat is. docs/detection.md has the same
// table.
constexpr std::array cloned{Words{"T0859"}, Words{"T0856"}};        // I Valid Accounts, Spoof Reporting Message
constexpr std::array credentials{Words{"T0859"}};                   // I Valid Accounts
constexpr std::array enrolment{Words{"T0859"}};                     // I Valid Accounts
constexpr std::array impersonating{Words{"T0856"}};                 // I Spoof Reporting Message
constexpr std::array position{Words{"T0856"}, Words{"T0832"}};      // I Spoof Reporting Message, Manipulation of View
constexpr std::array spoofing{Words{"T0832"}};                      // I Manipulation of View
constexpr std::array jamming{Words{"T1464"}, Words{"T0815"}};       // M Network Denial of Service, I Denial of View
constexpr std::array diverting{Words{"T0831"}};                     // I Manipulation of Control
constexpr std::array base_station{Words{"T1638"}, Words{"T0830"}};  // M and I Adversary-in-the-Middle
constexpr std::array sim{Words{"T1451"}};                           // M SIM Card Swap
constexpr std::array sensors{Words{"T0856"}, Words{"T0832"}};       // I Spoof Reporting Message, Manipulation of View
constexpr std::array limits{Words{"T0879"}};                        // I Damage to Property
constexpr std::array opened{Words{"T0879"}};                        // I Damage to Property
constexpr std::array stolen{Words{"T0828"}};                        // I Loss of Productivity and Revenue
constexpr std::array battery{Words{"T1642"}, Words{"T0814"}};       // M Endpoint Denial of Service, I Denial of Service
constexpr std::array flood{Words{"T0814"}, Words{"T1464"}};         // I Denial of Service, M Network Denial of Service
constexpr std::array lateral{Words{"T0846"},
                             Words{"T0888"}};   // I Remote System Discovery, Remote System Information Discovery
constexpr std::array firmware{Words{"T0857"}};  // I System Firmware
constexpr std::array commands{Words{"T0855"}, Words{"T0848"}};  // I Unauthorized Command Message, Rogue Master
constexpr std::array silent{Words{"T0804"}, Words{"T0815"}};    // I Block Reporting Message, Denial of View

// Half lives: how long after it was seen a piece of evidence is half as good a reason to be alarmed.
constexpr std::array<ThreatInfo, 21> table{{
    {Threat::cloned_identity, "cloned-identity", "One identity in two places", cloned, 6 * hours},
    {Threat::stolen_credentials, "stolen-credentials", "An identity is used where it does not belong", credentials,
     6 * hours},
    {Threat::enrolment_abuse, "enrolment-abuse", "Somebody tries to become a device", enrolment, 2 * hours},
    {Threat::impersonation, "impersonation", "A device speaks for another one", impersonating, 2 * hours},
    {Threat::false_position, "false-position", "The reported position is not where the device is", position,
     30 * minutes},
    {Threat::gnss_spoofing, "gnss-spoofing", "The GNSS receiver is being deceived", spoofing, 20 * minutes},
    {Threat::gnss_jamming, "gnss-jamming", "The GNSS receiver is being jammed", jamming, 10 * minutes},
    {Threat::diversion, "diversion", "Off its route, or out of its area", diverting, 1 * hours},
    {Threat::rogue_base_station, "rogue-base-station", "A cell that belongs to no operator", base_station,
     30 * minutes},
    {Threat::sim_swap, "sim-swap", "SIM and device no longer belong together", sim, 24 * hours},
    {Threat::sensor_manipulation, "sensor-manipulation", "Readings are altered, frozen or replayed", sensors,
     1 * hours},
    {Threat::physical_limit, "physical-limit", "The cargo or the device is in trouble", limits, 30 * minutes},
    {Threat::tampering, "tampering", "The device was opened or moved by hand", opened, 2 * hours},
    {Threat::theft, "theft", "The device or its cargo is being stolen", stolen, 2 * hours},
    {Threat::battery_attack, "battery-attack", "The battery is drained or replaced", battery, 2 * hours},
    {Threat::flooding, "flooding", "Far more traffic than it ever needs", flood, 15 * minutes},
    {Threat::lateral_movement, "lateral-movement", "It looks for other devices", lateral, 1 * hours},
    {Threat::firmware_rollback, "firmware-rollback", "An older or unknown firmware runs", firmware, 24 * hours},
    {Threat::command_forgery, "command-forgery", "A command that nobody entitled gave", commands, 6 * hours},
    {Threat::silence, "silence", "It should have spoken", silent, 2 * hours},
    {Threat::anomaly, "anomaly", "A number unlike itself", {}, 30 * minutes},
}};

}  // namespace

std::span<const ThreatInfo> threats() {
  return table;
}

const ThreatInfo& info(Threat threat) {
  const auto index = static_cast<std::size_t>(threat);
  return index >= 1 && index <= table.size() ? table[index - 1] : table.back();
}

std::optional<Threat> threat_from_slug(std::string_view slug) {
  const auto found = std::ranges::find(table, slug, &ThreatInfo::slug);
  return found == table.end() ? std::nullopt : std::optional(found->threat);
}

}  // namespace outrider::detect
