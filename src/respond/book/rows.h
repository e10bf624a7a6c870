#pragma once
// What is known of one fleet's alerts, responses and actuations, as values. All of it follows from ledger entries.
#include <boost/describe.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "facts/alerts.h"
#include "facts/response.h"
#include "respond/playbook/playbook.h"

namespace outrider::respond {

// An alert as far as responses care.
struct AlertRow {
  std::string alert;
  std::string device;  // empty: an incident of many
  std::string threat;
  facts::AlertLevel level = facts::AlertLevel::ticket;
  double risk = 0;
  bool proof = false;
  std::string title;
  std::string explanation;
  std::uint64_t entry = 0;  // that said of it last
  Timestamp at;             // when that was
  std::optional<facts::AlertOutcome> resolved;
};
BOOST_DESCRIBE_STRUCT(AlertRow, (),
                      (alert, device, threat, level, risk, proof, title, explanation, entry, at, resolved))

// A step that is due, and nothing has been said of yet.
struct Wanted {
  std::string response;
  std::string playbook;
  std::uint64_t number = 0;  // of the step
  Step step;
  std::vector<ProfileId> profiles;  // of the trigger; empty: any
  std::string alert;
  std::uint64_t cause = 0;  // the alert's entry
  Timestamp at;             // its time
};
BOOST_DESCRIBE_STRUCT(Wanted, (), (response, playbook, number, step, profiles, alert, cause, at))

enum class State : std::uint8_t {
  observed,  // it would have been done
  proposed,  // waits for people
  approved,  // by enough of them; about to begin
  rejected,
  started,  // intent recorded, no outcome yet
  done,
  failed,
  withdrawn,  // nobody needs it any more
  unknown,    // the server stopped in between
  releasing,  // it is being undone
  released,
  postponed,  // a notification that has not arrived, and is tried again
};
BOOST_DESCRIBE_ENUM(State, observed, proposed, approved, rejected, started, done, failed, withdrawn, unknown, releasing,
                    released, postponed)

struct Response {
  std::string response;
  std::string playbook;
  std::uint64_t number = 0;  // of the step
  Step step;
  std::string alert;
  std::string device;
  State state = State::proposed;
  std::string because;                 // why it was proposed and not done
  std::uint64_t needs = 0;             // people who must approve
  std::vector<std::string> approvals;  // who has
  bool automatic = false;              // begun without asking
  std::uint64_t attempt = 0;           // intents
  std::uint64_t tries = 0;             // whose end is known
  bool repeated = false;               // an intent followed one without an outcome: never once more
  std::optional<std::string> message;  // what a device or receiver is told
  std::string detail;                  // of the outcome, or why somebody decided so
  std::string by;                      // who decided last
  std::uint64_t cause = 0;             // the alert's entry
  std::uint64_t entry = 0;             // of its last intent: started, released
  Timestamp created, changed;
};
BOOST_DESCRIBE_STRUCT(Response, (),
                      (response, playbook, number, step, alert, device, state, because, needs, approvals, automatic,
                       attempt, tries, repeated, message, detail, by, cause, entry, created, changed))

// Somebody or something has still to deal with it.
constexpr bool under_way(State state) {
  using enum State;
  return state == proposed || state == approved || state == started || state == releasing || state == postponed;
}

enum class ActuationState : std::uint8_t {
  wanted,
  held,
  approved,
  rejected,
  sending,
  published,
  nobody_listens,
  unknown,
  superseded,  // it was held, and the same rule has since held a newer word of the device
};
BOOST_DESCRIBE_ENUM(ActuationState, wanted, held, approved, rejected, sending, published, nobody_listens, unknown,
                    superseded)

constexpr bool under_way(ActuationState state) {
  using enum ActuationState;
  return state == wanted || state == held || state == approved || state == sending;
}

struct Actuation {
  std::string actuation;
  std::string playbook;
  std::string rule;
  std::string device;
  std::string topic;
  std::string message;
  std::vector<ProfileId> profiles;  // that the rule is for; empty: any
  ActuationState state = ActuationState::wanted;
  std::string because;
  std::string detail;
  std::string by;
  std::uint64_t cause = 0;  // the report's entry
  Timestamp measured, created, changed;
};
BOOST_DESCRIBE_STRUCT(Actuation, (),
                      (actuation, playbook, rule, device, topic, message, profiles, state, because, detail, by, cause,
                       measured, created, changed))

// The row of that id, there from now on, and changed now.
template <class Row>
Row& row_of(std::map<std::string, Row>& rows, std::string Row::* id, const std::string& value, Timestamp now) {
  const auto [place, added] = rows.try_emplace(value);
  Row& out = place->second;
  if (added) {
    out.*id = value;
    out.created = now;
  }
  out.changed = now;
  return out;
}

// Who decides when a playbook does.
inline std::string playbook_name(const std::string& playbook) {
  return "playbook:" + playbook;
}

// A rule acted on a device's word without asking.
struct Acted {
  Timestamp at;
  std::string whose;  // whose_of(row)
};
BOOST_DESCRIBE_STRUCT(Acted, (), (at, whose))
// A device under a rule: "<playbook>/<rule>/<device>"; ids hold no slash.
inline std::string whose_of(const Actuation& row) {
  return row.playbook + "/" + row.rule + "/" + row.device;
}

// The id of a step's response: the same alert, playbook and step are always the same response.
std::string response_id(const FleetId& fleet, const std::string& alert, const std::string& playbook,
                        std::uint64_t step);
std::string actuation_id(const FleetId& fleet, const std::string& playbook, const std::string& rule,
                         const std::string& device, std::uint64_t entry);

}  // namespace outrider::respond
