#pragma once
// An alert as it stands, and the life it leads: open, acknowledged, resolved.
#include <array>
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "facts/alerts.h"

namespace outrider::detect {

enum class AlertState : std::uint8_t { open, acknowledged, resolved };
BOOST_DESCRIBE_ENUM(AlertState, open, acknowledged, resolved)

enum class AlertStep : std::uint8_t { acknowledge, resolve, reopen };

// What leads from where to where; what is not here is refused. Notes and growth leave the state as it is, but a ticket
// that becomes a page wants to be seen again (reopen).
struct AlertEdge {
  AlertState from;
  AlertStep step;
  AlertState to;
};
inline constexpr std::array alert_edges{
    AlertEdge{AlertState::open, AlertStep::acknowledge, AlertState::acknowledged},
    AlertEdge{AlertState::open, AlertStep::resolve, AlertState::resolved},
    AlertEdge{AlertState::acknowledged, AlertStep::resolve, AlertState::resolved},
    AlertEdge{AlertState::acknowledged, AlertStep::reopen, AlertState::open},
};

constexpr std::optional<AlertState> after(AlertState state, AlertStep step) {
  for (const AlertEdge& edge : alert_edges)
    if (edge.from == state && edge.step == step) return edge.to;
  return std::nullopt;
}
static_assert(!after(AlertState::resolved, AlertStep::acknowledge));
static_assert(!after(AlertState::resolved, AlertStep::reopen));

// One entry of its life.
struct AlertEvent {
  std::uint64_t entry = 0;
  Timestamp at;
  std::string what;  // the entry's kind
  std::string by;    // who; empty: the server
  std::string text;  // a comment, an outcome, a response's action
  bool operator==(const AlertEvent&) const = default;
};
BOOST_DESCRIBE_STRUCT(AlertEvent, (), (entry, at, what, by, text))

struct Alert {
  facts::AlertRaised said;  // as raised, with what it has grown to
  AlertState state = AlertState::open;
  std::optional<facts::AlertOutcome> outcome;
  std::optional<std::string> assignee;
  std::uint64_t entry = 0;  // that raised it
  Timestamp raised, changed;
  std::uint64_t grown = 0;    // times
  bool personal = false;      // its entries are of its device's data key, and gone with it
  std::uint64_t decided = 0;  // newest entry with which somebody acknowledged or resolved it
  std::vector<AlertEvent> events;
};
BOOST_DESCRIBE_STRUCT(Alert, (),
                      (said, state, outcome, assignee, entry, raised, changed, grown, personal, decided, events))

struct Suppression {
  facts::SuppressionAdded said;
  std::uint64_t entry = 0;
  Timestamp added;
  bool lifted = false;
};
BOOST_DESCRIBE_STRUCT(Suppression, (), (said, entry, added, lifted))

struct Maintenance {
  facts::MaintenancePlanned said;
  std::uint64_t entry = 0;
  Timestamp planned;
  std::optional<Timestamp> ended;
};
BOOST_DESCRIBE_STRUCT(Maintenance, (), (said, entry, planned, ended))

}  // namespace outrider::detect
