#pragma once
// The handlers of the routes, by file. Each answers one route of the table in routes.cpp.
#include "api/routing/route.h"

namespace outrider::api {

// status.cpp
Result<net::HttpResponse> get_status(const House& house, const Call& call);
Result<net::HttpResponse> get_config(const House& house, const Call& call);
Result<net::HttpResponse> post_backup(const House& house, const Call& call, Workers& workers);

// fleets.cpp
Result<net::HttpResponse> get_fleets(const House& house, const Call& call);
Result<net::HttpResponse> post_fleet(const House& house, const Call& call);
Result<net::HttpResponse> get_profiles(const House& house, const Call& call);
Result<net::HttpResponse> get_profile(const House& house, const Call& call);
Result<net::HttpResponse> post_profile(const House& house, const Call& call);

// devices.cpp
Result<net::HttpResponse> get_devices(const House& house, const Call& call);
Result<net::HttpResponse> post_devices(const House& house, const Call& call);
Result<net::HttpResponse> get_device(const House& house, const Call& call);
Result<net::HttpResponse> post_code(const House& house, const Call& call);

// device_state.cpp
Result<net::HttpResponse> post_state(const House& house, const Call& call);

// applications.cpp
Result<net::HttpResponse> get_applications(const House& house, const Call& call);
Result<net::HttpResponse> post_application(const House& house, const Call& call);
Result<net::HttpResponse> get_application(const House& house, const Call& call);
Result<net::HttpResponse> post_grants(const House& house, const Call& call);
Result<net::HttpResponse> post_withdraw(const House& house, const Call& call);
Result<net::HttpResponse> post_remove_application(const House& house, const Call& call);
Result<net::HttpResponse> post_application_code(const House& house, const Call& call);
Result<net::HttpResponse> post_application_certificate(const House& house, const Call& call);

// history.cpp
Result<net::HttpResponse> get_latest(const House& house, const Call& call);
Result<net::HttpResponse> get_history(const House& house, const Call& call);

// identities.cpp
Result<net::HttpResponse> get_identities(const House& house, const Call& call);
Result<net::HttpResponse> get_identity(const House& house, const Call& call);
Result<net::HttpResponse> post_revoke(const House& house, const Call& call);

// revocations.cpp
Result<net::HttpResponse> post_revoke_many(const House& house, const Call& call, Workers& workers);

// ways_in.cpp
Result<net::HttpResponse> get_anchors(const House& house, const Call& call);
Result<net::HttpResponse> get_anchor(const House& house, const Call& call);
Result<net::HttpResponse> post_anchor(const House& house, const Call& call);
Result<net::HttpResponse> post_anchor_remove(const House& house, const Call& call);
Result<net::HttpResponse> post_anchor_list(const House& house, const Call& call);
Result<net::HttpResponse> get_requests(const House& house, const Call& call);
Result<net::HttpResponse> get_request(const House& house, const Call& call);
Result<net::HttpResponse> post_request_decision(const House& house, const Call& call);

// authorities.cpp
Result<net::HttpResponse> get_authorities(const House& house, const Call& call);
Result<net::HttpResponse> post_replace_authority(const House& house, const Call& call);
Result<net::HttpResponse> post_install_authority(const House& house, const Call& call);
Result<net::HttpResponse> post_forget_authority(const House& house, const Call& call);
Result<net::HttpResponse> post_export_root_key(const House& house, const Call& call);
Result<net::HttpResponse> post_remove_root_key(const House& house, const Call& call);
Result<net::HttpResponse> post_import_root_key(const House& house, const Call& call);

// entries.cpp
Result<net::HttpResponse> get_entries(const House& house, const Call& call);
Result<net::HttpResponse> get_entry(const House& house, const Call& call);
Result<net::HttpResponse> stream_entries(const House& house, const Call& call, Workers& workers);

// reading_proofs.cpp
Result<net::HttpResponse> get_reading_proof(const House& house, const Call& call);

// proofs.cpp
Result<net::HttpResponse> get_ledger_status(const House& house, const Call& call);
Result<net::HttpResponse> get_checkpoint(const House& house, const Call& call);
Result<net::HttpResponse> post_checkpoint(const House& house, const Call& call);
Result<net::HttpResponse> get_proof(const House& house, const Call& call);
Result<net::HttpResponse> post_verify(const House& house, const Call& call, Workers& workers);
Result<net::HttpResponse> post_shred(const House& house, const Call& call);

// alerts/alerts.cpp
Result<net::HttpResponse> get_alerts(const House& house, const Call& call);
Result<net::HttpResponse> get_alert(const House& house, const Call& call);
Result<net::HttpResponse> post_alert_acknowledge(const House& house, const Call& call);
Result<net::HttpResponse> post_alert_resolve(const House& house, const Call& call);
Result<net::HttpResponse> post_alert_note(const House& house, const Call& call);

// alerts/excuses.cpp
Result<net::HttpResponse> get_suppressions(const House& house, const Call& call);
Result<net::HttpResponse> post_suppression(const House& house, const Call& call);
Result<net::HttpResponse> post_suppression_lift(const House& house, const Call& call);
Result<net::HttpResponse> get_maintenance(const House& house, const Call& call);
Result<net::HttpResponse> post_maintenance(const House& house, const Call& call);
Result<net::HttpResponse> post_maintenance_end(const House& house, const Call& call);

// detection.cpp
Result<net::HttpResponse> get_detection(const House& house, const Call& call);
Result<net::HttpResponse> get_detection_checks(const House& house, const Call& call);
Result<net::HttpResponse> post_detection_tune(const House& house, const Call& call);
Result<net::HttpResponse> post_detection_replay(const House& house, const Call& call, Workers& workers);

// places.cpp
Result<net::HttpResponse> get_route(const House& house, const Call& call);
Result<net::HttpResponse> post_route(const House& house, const Call& call);
Result<net::HttpResponse> get_fences(const House& house, const Call& call);
Result<net::HttpResponse> post_fence(const House& house, const Call& call);
Result<net::HttpResponse> post_fence_remove(const House& house, const Call& call);

// cells.cpp
Result<net::HttpResponse> get_cells(const House& house, const Call& call);
Result<net::HttpResponse> get_cell(const House& house, const Call& call);
Result<net::HttpResponse> post_cells(const House& house, const Call& call);

// why.cpp
Result<net::HttpResponse> get_why(const House& house, const Call& call);

// respond/playbooks.cpp
Result<net::HttpResponse> get_playbooks(const House& house, const Call& call);
Result<net::HttpResponse> get_playbook(const House& house, const Call& call);
Result<net::HttpResponse> post_playbook(const House& house, const Call& call);
Result<net::HttpResponse> post_playbook_remove(const House& house, const Call& call);
Result<net::HttpResponse> post_playbook_test(const House& house, const Call& call);

// respond/responses.cpp
Result<net::HttpResponse> get_responses(const House& house, const Call& call);
Result<net::HttpResponse> get_response(const House& house, const Call& call);
Result<net::HttpResponse> post_response_decision(const House& house, const Call& call);
Result<net::HttpResponse> post_response_release(const House& house, const Call& call);
Result<net::HttpResponse> get_actuations(const House& house, const Call& call);
Result<net::HttpResponse> post_actuation_decision(const House& house, const Call& call);

// tokens.cpp
Result<net::HttpResponse> get_tokens(const House& house, const Call& call);
Result<net::HttpResponse> post_token(const House& house, const Call& call);
Result<net::HttpResponse> delete_token(const House& house, const Call& call);

}  // namespace outrider::api
