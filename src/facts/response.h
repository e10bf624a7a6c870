#pragma once
// The facts of responses to alerts: playbooks, what they propose and do, and what acts on the world by a device's word.
#include <boost/describe.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "facts/kind.h"

namespace outrider::facts {

struct PlaybookAdded {  // replaces an earlier one of the same id, a built-in one too
  static constexpr Kind kind = Kind::playbook_added;
  std::string playbook;
  std::string toml;  // the whole file
  std::string by;
};
BOOST_DESCRIBE_STRUCT(PlaybookAdded, (), (playbook, toml, by))

struct PlaybookRemoved {  // a built-in one is off from then on
  static constexpr Kind kind = Kind::playbook_removed;
  std::string playbook;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(PlaybookRemoved, (), (playbook, why, by))

// What a step of a playbook does.
enum class ResponseAction : std::uint8_t {
  quarantine,
  lost,
  stolen,
  revoke,
  retire,
  disconnect,
  lock,
  attest,
  hold_actuation,
  notify,
};
BOOST_DESCRIBE_ENUM(ResponseAction, quarantine, lost, stolen, revoke, retire, disconnect, lock, attest, hold_actuation,
                    notify)

struct ResponseProposed {  // it waits for people
  static constexpr Kind kind = Kind::response_proposed;
  std::string response;  // id: 16 hex digits, made of fleet, alert, playbook and step
  std::string playbook;
  std::uint64_t step = 0;  // from 0
  ResponseAction action = ResponseAction::notify;
  std::string alert;
  std::string device;       // empty: of the fleet
  std::string because;      // slug: mode, limit, share, stale
  std::uint64_t needs = 1;  // different people who must approve
  std::uint64_t cause = 0;  // the alert's entry
};
BOOST_DESCRIBE_STRUCT(ResponseProposed, (), (response, playbook, step, action, alert, device, because, needs, cause))

struct ResponseDecided {  // by one person
  static constexpr Kind kind = Kind::response_decided;
  std::string response;
  bool approved = false;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ResponseDecided, (), (response, approved, why, by))

struct ResponseStarted {  // the intent: what is done after this entry is done in its name
  static constexpr Kind kind = Kind::response_started;
  std::string response;
  std::string playbook;
  std::uint64_t step = 0;
  ResponseAction action = ResponseAction::notify;
  std::string alert;
  std::string device;
  bool automatic = true;               // nobody was asked
  std::uint64_t attempt = 1;           // counts its intents: each try of a notification has one
  std::optional<std::string> message;  // what a device or a receiver is told; of the first intent
  std::uint64_t cause = 0;             // the alert's entry
};
BOOST_DESCRIBE_STRUCT(ResponseStarted, (),
                      (response, playbook, step, action, alert, device, automatic, attempt, message, cause))

enum class ResponseOutcome : std::uint8_t {
  done,
  failed,
  observed,   // nothing was done: it would have been
  withdrawn,  // a proposal whose alert was resolved as false or expected
  unknown,    // the server stopped in between, and doing it again could do it twice
  released,   // it was done, and has been undone
  postponed,  // a notification that has not arrived, and is tried again
};
BOOST_DESCRIBE_ENUM(ResponseOutcome, done, failed, observed, withdrawn, unknown, released, postponed)

struct ResponseDone {
  static constexpr Kind kind = Kind::response_done;
  std::string response;
  ResponseOutcome outcome = ResponseOutcome::done;
  std::string detail;  // for people
  std::uint64_t tries = 1;
  // Of what was only observed, for it has no other entry:
  std::optional<std::string> playbook;
  std::optional<std::uint64_t> step;
  std::optional<ResponseAction> action;
  std::optional<std::string> alert;
  std::optional<std::string> device;
};
BOOST_DESCRIBE_STRUCT(ResponseDone, (), (response, outcome, detail, tries, playbook, step, action, alert, device))

struct ResponseReleased {  // the intent to undo it
  static constexpr Kind kind = Kind::response_released;
  std::string response;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ResponseReleased, (), (response, why, by))

// A device's word called for an act on the world, and is not good enough for it: a person decides.
struct ActuationHeld {
  static constexpr Kind kind = Kind::actuation_held;
  std::string actuation;  // id: 16 hex digits, made of fleet, playbook, rule, device and the report
  std::string playbook;
  std::string rule;
  std::string device;
  std::string topic;
  std::string message;      // what would be published
  std::string because;      // slug: trust, standing-alert, held, stale, mode, limit, crowded
  std::string detail;       // for people
  std::uint64_t cause = 0;  // the report's entry
};
BOOST_DESCRIBE_STRUCT(ActuationHeld, (), (actuation, playbook, rule, device, topic, message, because, detail, cause))

struct ActuationDecided {
  static constexpr Kind kind = Kind::actuation_decided;
  std::string actuation;
  bool approved = false;
  std::string why;
  std::string by;
};
BOOST_DESCRIBE_STRUCT(ActuationDecided, (), (actuation, approved, why, by))

// Twice: before it is published without an outcome, and after it with one.
struct ActuationSent {
  static constexpr Kind kind = Kind::actuation_sent;
  std::string actuation;
  std::string playbook;
  std::string rule;
  std::string device;
  std::string topic;
  std::string message;
  std::uint64_t cause = 0;
  std::optional<std::string> outcome;  // published, nobody-listens, unknown
};
BOOST_DESCRIBE_STRUCT(ActuationSent, (), (actuation, playbook, rule, device, topic, message, cause, outcome))

}  // namespace outrider::facts
