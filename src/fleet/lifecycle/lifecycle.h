#pragma once
// The life of a device: which event leads from which state to which, as a table.
//
// Two steps are not here, for nobody decides them: the first certificate makes an expected device enrolled, the first
// session an enrolled one active (fleet/state/state.cpp).
#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "facts/facts.h"

namespace outrider::fleet {

inline constexpr std::size_t cause_entries_max = 64;  // of one change: an alert and what it rests on

// How far a device has come, whatever has happened to it since.
enum class Reached : std::uint8_t { nothing, identity, session };

struct LifecycleEdge {
  facts::LifecycleEvent event;
  facts::Lifecycle from;
  facts::Lifecycle to;
  Reached least = Reached::nothing;  // only a device that has come so far
};

// Of several edges of one event and state the first that fits counts.
inline constexpr auto lifecycle_edges = [] {
  using enum facts::Lifecycle;
  using Event = facts::LifecycleEvent;
  return std::to_array<LifecycleEdge>({
      {Event::quarantine, enrolled, quarantined},
      {Event::quarantine, active, quarantined},
      // back to where it was
      {Event::release, quarantined, active, Reached::session},
      {Event::release, quarantined, enrolled},
      {Event::lost, expected, lost},
      {Event::lost, enrolled, lost},
      {Event::lost, active, lost},
      {Event::lost, quarantined, lost},
      {Event::lost, stolen, lost},
      {Event::stolen, expected, stolen},
      {Event::stolen, enrolled, stolen},
      {Event::stolen, active, stolen},
      {Event::stolen, quarantined, stolen},
      {Event::stolen, lost, stolen},
      // Who knows in whose hands it was: somebody looks at it before it is released. Without an identity there is
      // nothing to look at.
      {Event::found, lost, quarantined, Reached::identity},
      {Event::found, lost, expected},
      {Event::found, stolen, quarantined, Reached::identity},
      {Event::found, stolen, expected},
      {Event::retire, expected, retired},
      {Event::retire, enrolled, retired},
      {Event::retire, active, retired},
      {Event::retire, quarantined, retired},
      {Event::retire, lost, retired},
      {Event::retire, stolen, retired},
  });
}();

// Where the event leads a device that is in state `from`. Conflict: no-such-transition, and device-retired from where
// nothing leads on; both name the state it is in and the one it cannot have.
Result<facts::Lifecycle> next_state(const DeviceId& device, facts::Lifecycle from, facts::LifecycleEvent event,
                                    Reached reached);

// The event of that name; malformed ("bad-event") otherwise.
Result<facts::LifecycleEvent> parse_event(std::string_view name);

// A change that somebody wants.
struct StateChange {
  facts::LifecycleEvent event = facts::LifecycleEvent::quarantine;
  std::string why;                   // for people; plain text on one line
  std::string by;                    // who wants it: an operator's token, a playbook
  std::vector<std::uint64_t> cause;  // numbers of entries of the fleet that led to it
  bool revoke = false;               // with lost and stolen: take its identities back, too. Retiring always does
};

// Whether it says what a change must say: why is not empty, why and by are within their bounds and plain, there are not
// too many causes, and revoke fits the event. Reasons: no-reason, too-long, bad-text, too-many, bad-event.
Result<void> check_change(const StateChange& change);

// A change that is made, or would be.
struct Transition {
  facts::Lifecycle from = facts::Lifecycle::expected;
  facts::Lifecycle to = facts::Lifecycle::expected;
  std::uint64_t revoked = 0;  // identities taken back with it
  bool operator==(const Transition&) const = default;
};
BOOST_DESCRIBE_STRUCT(Transition, (), (from, to, revoked))

}  // namespace outrider::fleet
