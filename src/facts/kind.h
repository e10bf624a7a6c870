#pragma once
// The kinds of ledger entries. Numbers are stored for ever: add, never renumber. docs/format/entries.md describes each.
#include <cstdint>
#include <optional>
#include <string_view>

namespace outrider {

enum class Kind : std::uint16_t {
  // a fleet and what it is made of
  fleet_created = 1,
  profile_added = 2,
  device_added = 3,
  device_retired = 4,
  device_state_changed = 5,
  // applications: backend services with certificates of their own
  application_added = 6,
  application_granted = 7,
  application_grant_withdrawn = 8,
  application_removed = 9,
  // the right to enrol, and identities
  code_created = 16,
  identity_issued = 17,
  identity_revoked = 18,
  enrolment_refused = 19,
  authority_created = 20,
  anchor_added = 23,
  anchor_removed = 24,
  enrolment_requested = 25,
  enrolment_decided = 26,
  identity_suspected = 27,
  // what applications say: payload is the application's own bytes
  application_message = 21,
  // sessions
  session_opened = 32,
  session_closed = 33,
  access_refused = 34,     // counted: one entry stands for `count` refusals of the same rule
  admission_refused = 40,  // the same, of connections that are nobody's yet
  // what devices say: payload is the device's own bytes
  telemetry = 48,
  event = 49,
  log = 50,
  message = 51,  // any other granted topic
  report_refused = 52,
  // operators
  token_created = 64,
  token_revoked = 65,
  key_shredded = 66,
  // authorities, and the ledger itself
  authority_changed = 70,
  rollback_accepted = 71,
  // revocation lists of other CAs
  anchor_revoked = 76,
  anchor_list = 77,
  // the house itself
  certificate_ending = 80,
  // detection: alerts and their life, what excuses them, and what they are measured against
  alert_raised = 90,
  alert_grown = 91,
  alert_acknowledged = 92,
  alert_resolved = 93,
  alert_noted = 94,
  suppression_added = 95,
  suppression_lifted = 96,
  maintenance_planned = 97,
  maintenance_ended = 98,
  clock_ticked = 99,
  detection_tuned = 110,
  route_assigned = 111,
  fence_set = 112,
  cells_imported = 113,
  // responses to alerts
  playbook_added = 100,
  playbook_removed = 101,
  response_proposed = 102,
  response_decided = 103,
  response_started = 104,
  response_done = 105,
  response_released = 106,
  actuation_held = 107,
  actuation_decided = 108,
  actuation_sent = 109,
};

// "identity.issued"; the stable name for people, files and the API.
std::string_view name_of(Kind kind);
std::optional<Kind> kind_from_name(std::string_view name);

}  // namespace outrider
