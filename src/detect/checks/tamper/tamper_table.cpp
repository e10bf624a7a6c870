#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "detect/checks/span.h"
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
// both: major * 65536 + minor; below 0: its place in the profile's list
Text version(float both, float patch) {
  if (both < 0) return fmt::format("number {:.0f} of its profile's list", -both);
  const std::uint32_t number = whole(both, 0xFFFFFF);
  return fmt::format("{}.{}.{:.0f}", number >> 16U, number & 0xFFFFU, patch);
}
// observed, expected: the version, the highest; limit: patch of the highest; more: patch, h
Text older(const Evidence& e) {
  return fmt::format("firmware {} runs although {} had run since {:.0f} h before", version(e.observed, e.more[0]),
                     version(e.expected, e.limit), e.more[1]);
}
// observed: the version, −1: no number; expected: the current one; limit: versions listed; more: patches
Text unlisted(const Evidence& e) {
  return fmt::format("firmware {} runs, which is none of the {:.0f} that its profile lists (current: {})",
                     e.observed < 0 ? "with a name that is no number" : version(e.observed, e.more[0]), e.limit,
                     version(e.expected, e.more[1]));
}
// observed, expected: the version, the current one; limit: patch of the current one; more: patch, days
Text overdue(const Evidence& e) {
  return fmt::format("firmware {} runs although its profile wanted {} to run by {:.1f} days ago",
                     version(e.observed, e.more[0]), version(e.expected, e.limit), e.more[1]);
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
constexpr std::array<CheckInfo, 13> table{{
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
    {CheckId::firmware_unlisted, "firmware-unlisted", family, firmware_rollback, false,
     "a version that the profile does not list as released", unlisted},
    {CheckId::firmware_overdue, "firmware-overdue", family, firmware_rollback, false,
     "the profile's current version does not run although its time is over", overdue},
}};

}  // namespace

std::span<const CheckInfo> tamper_checks() {
  return table;
}

}  // namespace outrider::detect
