#pragma once
// What a device's lifecycle explains.
#include "detect/vocabulary/threat.h"
#include "facts/facts.h"

namespace outrider::detect {

// Is it to be heard at all: only then silence says something. In quarantine its reports are refused.
constexpr bool expected_to_speak(facts::Lifecycle lifecycle) {
  return lifecycle == facts::Lifecycle::active;
}

// Would somebody want to know. A device that is retired is taken apart; one that is stolen is in strange hands, and
// every sign of where it is and what is done with it matters.
constexpr bool matters(facts::Lifecycle lifecycle, Threat threat) {
  using enum Threat;
  if (threat == silence) return expected_to_speak(lifecycle);
  if (lifecycle != facts::Lifecycle::retired) return true;
  return threat == cloned_identity || threat == stolen_credentials || threat == enrolment_abuse ||
         threat == impersonation || threat == lateral_movement || threat == sim_swap;
}

// As entries lead it on by themselves (docs/format/entries.md): enrolled with its first identity, active with its first
// session.
constexpr facts::Lifecycle after_identity(facts::Lifecycle before) {
  return before == facts::Lifecycle::expected ? facts::Lifecycle::enrolled : before;
}
constexpr facts::Lifecycle after_session(facts::Lifecycle before) {
  return before == facts::Lifecycle::enrolled ? facts::Lifecycle::active : before;
}

}  // namespace outrider::detect
