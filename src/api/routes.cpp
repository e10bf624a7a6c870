// The table of routes. docs/api.md describes each.
#include "api/handlers.h"

namespace outrider::api {
namespace {

// clang-format off
const std::vector<Route>& table() {
  static const std::vector<Route> all{
      {"GET", "/status", Role::viewer, "What the server is doing", {}, get_status},
      {"GET", "/config", Role::admin, "The settings in force", {}, get_config},
      {"POST", "/backup", Role::admin, "A consistent copy of what cannot be rebuilt, as tar", {}, post_backup},

      {"GET", "/fleets", Role::viewer, "All fleets", {}, get_fleets},
      {"POST", "/fleets", Role::admin, "Make a fleet", {}, post_fleet},
      {"GET", "/fleets/{fleet}/profiles", Role::viewer, "The device types of a fleet", {}, get_profiles},
      {"POST", "/fleets/{fleet}/profiles", Role::admin, "Add or replace a device type", {"file", "dry_run"}, post_profile},
      {"GET", "/fleets/{fleet}/profiles/{profile}", Role::viewer, "One device type, as JSON or TOML", {}, get_profile},

      {"GET", "/fleets/{fleet}/devices", Role::viewer, "Devices, filtered", {"after", "limit", "profile", "lifecycle", "online", "prefix"}, get_devices},
      {"POST", "/fleets/{fleet}/devices", Role::operator_, "Add devices, with enrolment codes", {}, post_devices},
      {"GET", "/fleets/{fleet}/devices/{device}", Role::viewer, "A device, its posture and identities", {}, get_device},
      {"POST", "/fleets/{fleet}/devices/{device}/state", Role::operator_, "Quarantine, release, lost, stolen, found, retire", {}, post_state},
      {"POST", "/fleets/{fleet}/devices/{device}/code", Role::operator_, "A new enrolment code", {}, post_code},
      {"GET", "/fleets/{fleet}/devices/{device}/latest", Role::viewer, "The newest reading of each name", {}, get_latest},
      {"GET", "/fleets/{fleet}/devices/{device}/history", Role::viewer, "Readings in a range of time", {"name", "since", "until", "limit", "order"}, get_history},

      {"GET", "/fleets/{fleet}/applications", Role::viewer, "Applications and their grants", {}, get_applications},
      {"POST", "/fleets/{fleet}/applications", Role::admin, "Add an application", {}, post_application},
      {"GET", "/fleets/{fleet}/applications/{application}", Role::viewer, "An application, its grants and identities", {}, get_application},
      {"POST", "/fleets/{fleet}/applications/{application}/grant", Role::admin, "Let it publish or subscribe", {}, post_grants},
      {"POST", "/fleets/{fleet}/applications/{application}/withdraw", Role::admin, "Take grants back", {}, post_withdraw},
      {"POST", "/fleets/{fleet}/applications/{application}/remove", Role::admin, "Remove it for good", {}, post_remove_application},
      {"POST", "/fleets/{fleet}/applications/{application}/code", Role::admin, "A new enrolment code", {}, post_application_code},
      {"POST", "/fleets/{fleet}/applications/{application}/certificate", Role::admin, "A certificate for a request", {}, post_application_certificate},

      {"GET", "/fleets/{fleet}/alerts", Role::viewer, "Alerts, the newest first, filtered", {"after", "limit", "level", "threat", "device", "state", "since"}, get_alerts},
      {"GET", "/fleets/{fleet}/alerts/{alert}", Role::viewer, "One alert with its evidence and timeline", {}, get_alert},
      {"POST", "/fleets/{fleet}/alerts/{alert}/acknowledge", Role::operator_, "Somebody looks after it", {}, post_alert_acknowledge},
      {"POST", "/fleets/{fleet}/alerts/{alert}/resolve", Role::operator_, "It was true, false or expected", {}, post_alert_resolve},
      {"POST", "/fleets/{fleet}/alerts/{alert}/note", Role::operator_, "A comment, an assignee, or both", {}, post_alert_note},
      {"GET", "/fleets/{fleet}/suppressions", Role::viewer, "What is not alerted", {"all"}, get_suppressions},
      {"POST", "/fleets/{fleet}/suppressions", Role::operator_, "Alert something no longer, for a while", {}, post_suppression},
      {"POST", "/fleets/{fleet}/suppressions/{suppression}/lift", Role::operator_, "End a suppression", {}, post_suppression_lift},
      {"GET", "/fleets/{fleet}/maintenance", Role::viewer, "Work that excuses alerts", {"all"}, get_maintenance},
      {"POST", "/fleets/{fleet}/maintenance", Role::operator_, "Plan work that excuses alerts", {}, post_maintenance},
      {"POST", "/fleets/{fleet}/maintenance/{maintenance}/end", Role::operator_, "It is done", {}, post_maintenance_end},

      {"GET", "/fleets/{fleet}/playbooks", Role::viewer, "What is done about alerts", {}, get_playbooks},
      {"POST", "/fleets/{fleet}/playbooks", Role::admin, "Add or replace a playbook", {"file", "dry_run"}, post_playbook},
      {"POST", "/fleets/{fleet}/playbooks/test", Role::operator_, "What a playbook would do about an alert", {"file", "alert"}, post_playbook_test},
      {"GET", "/fleets/{fleet}/playbooks/{playbook}", Role::viewer, "One playbook, with its file", {}, get_playbook},
      {"POST", "/fleets/{fleet}/playbooks/{playbook}/remove", Role::admin, "Remove a playbook, or switch a built-in one off", {}, post_playbook_remove},
      {"GET", "/fleets/{fleet}/responses", Role::viewer, "What was done about alerts, and what is proposed", {"after", "limit", "state", "device", "alert"}, get_responses},
      {"GET", "/fleets/{fleet}/responses/{response}", Role::viewer, "One response", {}, get_response},
      {"POST", "/fleets/{fleet}/responses/{response}/decide", Role::operator_, "Approve or reject a proposal", {}, post_response_decision},
      {"POST", "/fleets/{fleet}/responses/{response}/release", Role::operator_, "Undo a response", {}, post_response_release},
      {"GET", "/fleets/{fleet}/actuations", Role::viewer, "What acted on devices' words, or waits for a person", {"after", "limit", "state", "device"}, get_actuations},
      {"POST", "/fleets/{fleet}/actuations/{actuation}/decide", Role::operator_, "Approve or reject held actuation", {}, post_actuation_decision},

      {"GET", "/fleets/{fleet}/devices/{device}/route", Role::viewer, "Where it was told to go", {}, get_route},
      {"POST", "/fleets/{fleet}/devices/{device}/route", Role::operator_, "Give it a route, or take it back", {}, post_route},
      {"GET", "/fleets/{fleet}/fences", Role::viewer, "Where devices must stay in, or out of", {}, get_fences},
      {"POST", "/fleets/{fleet}/fences", Role::operator_, "Set a fence", {}, post_fence},
      {"POST", "/fleets/{fleet}/fences/{fence}/remove", Role::operator_, "Remove a fence", {}, post_fence_remove},
      {"GET", "/fleets/{fleet}/detection", Role::viewer, "How far detection is, and what it found", {}, get_detection},
      {"GET", "/fleets/{fleet}/detection/checks", Role::viewer, "What it looks at, and its dials", {}, get_detection_checks},
      {"POST", "/fleets/{fleet}/detection/tune", Role::operator_, "Turn a dial", {}, post_detection_tune},
      {"POST", "/fleets/{fleet}/detection/replay", Role::operator_, "Run it over history", {}, post_detection_replay},

      {"GET", "/fleets/{fleet}/cells", Role::viewer, "Cells that the fleet has learnt", {"after", "limit", "state"}, get_cells},
      {"POST", "/fleets/{fleet}/cells", Role::operator_, "Import a piece of a public list of cells", {}, post_cells},
      {"GET", "/fleets/{fleet}/cells/{cell}", Role::viewer, "One cell, and the evidence against it", {}, get_cell},

      {"GET", "/fleets/{fleet}/why/{who}", Role::viewer, "Why somebody may do something, or may not", {"action", "topic", "serial", "address", "entry", "time"}, get_why},

      {"GET", "/fleets/{fleet}/identities", Role::viewer, "Identities issued", {"device", "after", "limit"}, get_identities},
      {"GET", "/fleets/{fleet}/identities/{serial}", Role::viewer, "One identity with its certificate", {}, get_identity},
      {"POST", "/fleets/{fleet}/identities/{serial}/revoke", Role::operator_, "Revoke an identity", {}, post_revoke},
      {"POST", "/fleets/{fleet}/identities/revoke", Role::operator_, "Revoke many identities, as previewed", {}, post_revoke_many},

      {"GET", "/fleets/{fleet}/anchors", Role::viewer, "Certificates of others that the fleet trusts", {}, get_anchors},
      {"POST", "/fleets/{fleet}/anchors", Role::admin, "Trust a manufacturer, or another CA's devices", {}, post_anchor},
      {"GET", "/fleets/{fleet}/anchors/{anchor}", Role::viewer, "One anchor, and who came in by it", {}, get_anchor},
      {"POST", "/fleets/{fleet}/anchors/{anchor}/list", Role::admin, "Take a revocation list of its CA", {}, post_anchor_list},
      {"POST", "/fleets/{fleet}/anchors/{anchor}/remove", Role::admin, "Trust it no longer", {}, post_anchor_remove},
      {"GET", "/fleets/{fleet}/enrolments", Role::viewer, "Requests that an operator has to decide", {"state"}, get_requests},
      {"GET", "/fleets/{fleet}/enrolments/{request}", Role::viewer, "One request", {}, get_request},
      {"POST", "/fleets/{fleet}/enrolments/{request}/decide", Role::operator_, "Approve or reject a request", {}, post_request_decision},

      {"GET", "/authorities", Role::viewer, "The certification authorities", {}, get_authorities},
      {"POST", "/authorities/replace", Role::admin, "A new root or issuing CA takes over, or a request for one", {}, post_replace_authority},
      {"POST", "/authorities/install", Role::admin, "The certificate that was requested takes over", {}, post_install_authority},
      {"POST", "/authorities/forget", Role::admin, "Former authorities are trusted no longer", {}, post_forget_authority},
      {"POST", "/authorities/root-key/export", Role::admin, "The root's key under a passphrase", {}, post_export_root_key},
      {"POST", "/authorities/root-key/remove", Role::admin, "Take the root's key offline", {}, post_remove_root_key},
      {"POST", "/authorities/root-key/import", Role::admin, "Bring the root's key back", {}, post_import_root_key},

      {"GET", "/fleets/{fleet}/entries", Role::viewer, "Entries of the ledger", {"from", "after", "limit", "kind", "subject"}, get_entries},
      {"GET", "/fleets/{fleet}/entries/stream", Role::viewer, "Entries as they come", {"from", "kind", "subject"}, stream_entries},
      {"GET", "/fleets/{fleet}/entries/{number}", Role::viewer, "One entry", {}, get_entry},

      {"GET", "/ledger/status", Role::viewer, "The state of the ledger", {}, get_ledger_status},
      {"POST", "/ledger/verify", Role::operator_, "Read and recompute everything", {}, post_verify},
      {"GET", "/fleets/{fleet}/ledger/checkpoint", Role::viewer, "The newest checkpoint", {}, get_checkpoint},
      {"POST", "/fleets/{fleet}/ledger/checkpoint", Role::operator_, "Publish a checkpoint now", {}, post_checkpoint},
      {"GET", "/fleets/{fleet}/ledger/proofs/{number}", Role::viewer, "A proof that the entry is in the ledger", {}, get_proof},
      {"GET", "/fleets/{fleet}/ledger/readings/{number}/proof", Role::viewer, "What proves a signed reading", {}, get_reading_proof},
      {"POST", "/fleets/{fleet}/ledger/shred", Role::admin, "Destroy the data key of a subject", {}, post_shred},

      {"GET", "/tokens", Role::admin, "The tokens of the API", {}, get_tokens},
      {"POST", "/tokens", Role::admin, "Make a token", {}, post_token},
      {"DELETE", "/tokens/{name}", Role::admin, "Revoke a token", {}, delete_token},
  };
  return all;
}
// clang-format on

}  // namespace

std::span<const Route> routes() {
  return table();
}

}  // namespace outrider::api
