#include <fmt/format.h>

#include <array>

#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

using Text = std::string;

// A step of a theft has no figures of its own but how many there were.
bool is_step(const Evidence& e) {
  return e.threat == Threat::theft && !(e.expected > 0);
}
Text sequence(const Evidence& e) {
  return fmt::format("{:.0f} steps of taking it within {:.0f} min (opened, light inside, supply cut, another SIM{})",
                     e.observed, e.more[0] / 60, e.more[1] > 0 ? ", silent since" : "");
}
// observed: openings in the last hour; expected: usual
Text enclosure(const Evidence& e) {
  if (is_step(e)) return sequence(e);
  return fmt::format("the enclosure was opened ({:.1f} openings in the last hour, usual {:.2g})", e.observed,
                     e.expected);
}
// lx
Text light(const Evidence& e) {
  if (is_step(e)) return sequence(e);
  return fmt::format("light of {:.0f} lx inside (dark is up to {:.0f} lx, limit {:.0f} lx)", e.observed, e.expected,
                     e.limit);
}
// m/s2
Text shock(const Evidence& e) {
  return fmt::format("a shock of {:.0f} m/s2 (limit {:.0f} m/s2, usual peak {:.0f} m/s2)", e.observed, e.limit,
                     e.expected);
}
// deg
Text tilt(const Evidence& e) {
  return fmt::format("turned by {:.0f} degrees (limit {:.0f} degrees)", e.observed, e.limit);
}
// observed: cuts in the last hour; expected: usual
Text power(const Evidence& e) {
  if (is_step(e)) return sequence(e);
  return fmt::format("the supply was cut ({:.1f} cuts in the last hour, usual {:.2g})", e.observed, e.expected);
}
// observed: m/s; expected: share of openings that are so; limit: m/s; more: at night
Text door(const Evidence& e) {
  return fmt::format("a door was opened at {:.0f} m/s (limit {:.0f} m/s){}; {:.0f} % of its openings are like that",
                     e.observed, e.limit, e.more[0] > 0 ? " at night" : "", e.expected * 100);
}
// observed, expected: major * 65536 + minor of the version, of the highest; limit: patch of the highest; more: patch, h
Text older(const Evidence& e) {
  const auto name = [](float both, float patch) {
    const auto number = static_cast<std::uint32_t>(both);
    return fmt::format("{}.{}.{:.0f}", number >> 16U, number & 0xFFFFU, patch);
  };
  return fmt::format("firmware {} runs although {} had run since {:.0f} h before", name(e.observed, e.more[0]),
                     name(e.expected, e.limit), e.more[1]);
}
// observed: 1: higher than all; expected: share of changes to unknown versions; limit: devices
Text unknown(const Evidence& e) {
  return fmt::format("a firmware that none of {:.0f} devices of its profile ever ran{} ({:.2g} % of changes are so)",
                     e.limit, e.observed > 0 ? ", newer than all" : "", e.expected * 100);
}
// observed: days; expected: share; limit: days
Text stale(const Evidence& e) {
  return fmt::format("{:.0f} % of its peers have run a newer firmware for {:.0f} days (limit {:.0f} days)",
                     e.expected * 100, e.observed, e.limit);
}

using enum Threat;
constexpr Family family = Family::tamper;
constexpr std::array<CheckInfo, 11> table{{
    {CheckId::enclosure, "enclosure", family, tampering, false, "the enclosure was opened, against its own habit",
     enclosure},
    {CheckId::light, "light", family, tampering, false, "light inside a box that is dark", light},
    {CheckId::shock, "shock", family, tampering, false, "shocks beyond 5 g, against its own", shock},
    {CheckId::tilt, "tilt", family, tampering, false, "turned over", tilt},
    {CheckId::power_cut, "power-cut", family, tampering, false, "the supply was cut, against its own habit", power},
    {CheckId::door, "door", family, theft, false, "a door opened in motion or at night, against its own habit", door},
    {CheckId::tamper_sequence, "tamper-sequence", family, theft, true,
     "opened, and within half an hour cut off, silent or with another SIM", sequence},
    {CheckId::firmware_rollback, "firmware-rollback", family, firmware_rollback, true,
     "a version lower than the highest it reported", older},
    {CheckId::firmware_unknown, "firmware-unknown", family, firmware_rollback, false,
     "a version that no other device of the profile ever ran", unknown},
    {CheckId::firmware_stale, "firmware-stale", family, firmware_rollback, false, "its peers have moved on for days",
     stale},
    {CheckId::firmware_fallback, "firmware-fallback", family, firmware_rollback, false,
     "back from an update that is hours old, or down together with others", older},
}};

}  // namespace

std::span<const CheckInfo> tamper_checks() {
  return table;
}

}  // namespace outrider::detect
