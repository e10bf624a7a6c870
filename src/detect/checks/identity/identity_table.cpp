#include <fmt/format.h>

#include <array>

#include "detect/checks/span.h"
#include "detect/engine/evidence.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

using Text = std::string;

std::string country(float code) {
  const std::uint32_t letters = whole(code, 0xFFFF);
  const std::array<char, 2> name{static_cast<char>(letters >> 8U), static_cast<char>(letters & 0xFFU)};
  for (const char c : name)
    if (c < 'A' || c > 'Z') return "an unknown country";
  return {name.begin(), name.end()};
}

std::string_view kind(float number) {
  constexpr std::array<std::string_view, 5> names{"unknown", "private APN", "VPN", "carrier", "public"};
  return names.at(whole(number, names.size() - 1));
}

// observed: signs within the window, forgotten little by little; expected: usual in a window; limit: the window, s
Text two_of_it(const Evidence& e) {
  return fmt::format(
      "{:.1f} signs within {} that two devices use this identity (usual {:.2g}): each came back after the "
      "other had taken its place",
      e.observed, span_of(e.limit), e.expected);
}
// observed: s; expected: usual in all its time; limit: s; more: how often
Text overlap(const Evidence& e) {
  return fmt::format("two sessions from different networks were alive together for {} (limit {}; {} times so far)",
                     span_of(e.observed), span_of(e.limit), e.more[0]);
}
// observed: s between; expected: share of the fleet that moves so; limit: s; more: countries
Text travel(const Evidence& e) {
  return fmt::format("a session from {} {} after one from {}: {:.2g} % of the fleet's devices move so within {}",
                     country(e.more[1]), span_of(e.observed), country(e.more[0]), e.expected * 100, span_of(e.limit));
}
Text key(const Evidence& e) {
  return e.observed > 0 ? "its key was issued to another device before"
                        : "somebody asked for an identity with the key of another device";
}
// expected: share of handshakes by another stack; limit: share of this one among them
Text stack(const Evidence& e) {
  return fmt::format(
      "another TLS stack than before under the same firmware ({:.2g} % of handshakes change, {:.2g} % of "
      "the changes are to this one)",
      e.expected * 100, e.limit * 100);
}
// observed: ASN; expected: share of sessions at new places, 0: it was refused; limit: share of this place; more:
// country, kind
Text place(const Evidence& e) {
  const Text where =
      fmt::format("{} network{}{}", kind(e.more[1]), e.more[0] > 0 ? " in " + country(e.more[0]) : Text(),
                  e.observed > 0 ? fmt::format(", AS{:.0f}", e.observed) : Text());
  if (!(e.expected > 0)) return "refused at a " + where + ", which its profile does not allow";
  return fmt::format(
      "a session from a {} where it never was ({:.2g} % of sessions come from new places, {:.2g} % of them "
      "from this one)",
      where, e.expected * 100, e.limit * 100);
}
// observed, expected: in the window; limit: the window, s
Text burst(const Evidence& e) {
  return fmt::format("{:.1f} refused connections within {} (usual {:.2g})", e.observed, span_of(e.limit), e.expected);
}
Text enrolments(const Evidence& e) {
  return fmt::format("{:.1f} refused enrolments in its name within {} (usual {:.2g})", e.observed, span_of(e.limit),
                     e.expected);
}
Text sweep(const Evidence& e) {
  return fmt::format("{:.0f} names were refused an identity from one address within {} (usual {:.0f})", e.observed,
                     span_of(e.limit), e.expected);
}
// observed: times
Text revoked(const Evidence& e) {
  return fmt::format("an identity of it that was revoked, or its ticket, was used {:.0f} times", e.observed);
}
Text superseded(const Evidence& e) {
  return fmt::format("an identity of it that has a successor was used {:.0f} times", e.observed);
}
Text stolen(const Evidence&) {
  return "the device, which is reported lost or stolen, was heard of";
}
Text forged(const Evidence& e) {
  return fmt::format("{:.0f} connections with a certificate in its name that this fleet never issued", e.observed);
}

using enum Threat;
constexpr Family family = Family::identity;
constexpr std::array<CheckInfo, 14> table{{
    {CheckId::session_twice, "session-twice", family, cloned_identity, true,
     "one identity in two places at once: both sides come back again and again", two_of_it},
    {CheckId::session_travel, "session-travel", family, cloned_identity, false,
     "sessions from countries too far apart for the time between, by what the fleet's devices do", travel},
    {CheckId::key_reuse, "key-reuse", family, cloned_identity, true, "a key that another device has or had", key},
    {CheckId::tls_fingerprint, "tls-fingerprint", family, cloned_identity, false,
     "another TLS stack under the same identity and firmware", stack},
    {CheckId::foreign_network, "foreign-network", family, stolen_credentials, false,
     "a session from outside its usual kinds of network, countries and ASNs", place},
    {CheckId::enrolment_refused, "enrolment-refused", family, enrolment_abuse, false,
     "refused attempts to enrol in its name", enrolments},
    {CheckId::authentication_burst, "authentication-burst", family, stolen_credentials, false,
     "refused connections, against its own habit", burst},
    {CheckId::revoked_used, "revoked-used", family, stolen_credentials, false,
     "an identity that was revoked, or its ticket", revoked},
    {CheckId::superseded_used, "superseded-used", family, cloned_identity, false,
     "an identity whose successor had connected", superseded},
    {CheckId::stolen_seen, "stolen-seen", family, stolen_credentials, true, "a device that is marked lost or stolen",
     stolen},
    {CheckId::forged_certificate, "forged-certificate", family, impersonation, false,
     "a certificate in its name that nobody here issued", forged},
    {CheckId::session_overlap, "session-overlap", family, cloned_identity, false,
     "two sessions from different networks that were alive at once", overlap},
    {CheckId::session_flap, "session-flap", family, cloned_identity, false,
     "sessions that displace each other, not yet often enough to be sure", two_of_it},
    {CheckId::enrolment_sweep, "enrolment-sweep", family, enrolment_abuse, false,
     "many names refused an identity from one address", sweep},
}};

}  // namespace

std::span<const CheckInfo> identity_checks() {
  return table;
}

}  // namespace outrider::detect
