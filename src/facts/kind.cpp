#include "facts/kind.h"

#include <array>
#include <utility>

namespace outrider {
namespace {
constexpr std::array names{
    std::pair{Kind::fleet_created, std::string_view("fleet.created")},
    std::pair{Kind::profile_added, std::string_view("profile.added")},
    std::pair{Kind::device_added, std::string_view("device.added")},
    std::pair{Kind::device_retired, std::string_view("device.retired")},
    std::pair{Kind::device_state_changed, std::string_view("device.state-changed")},
    std::pair{Kind::application_added, std::string_view("application.added")},
    std::pair{Kind::application_granted, std::string_view("application.granted")},
    std::pair{Kind::application_grant_withdrawn, std::string_view("application.grant-withdrawn")},
    std::pair{Kind::application_removed, std::string_view("application.removed")},
    std::pair{Kind::application_message, std::string_view("application.message")},
    std::pair{Kind::code_created, std::string_view("code.created")},
    std::pair{Kind::identity_issued, std::string_view("identity.issued")},
    std::pair{Kind::identity_revoked, std::string_view("identity.revoked")},
    std::pair{Kind::enrolment_refused, std::string_view("enrolment.refused")},
    std::pair{Kind::authority_created, std::string_view("authority.created")},
    std::pair{Kind::anchor_added, std::string_view("anchor.added")},
    std::pair{Kind::anchor_removed, std::string_view("anchor.removed")},
    std::pair{Kind::anchor_revoked, std::string_view("anchor.revoked")},
    std::pair{Kind::anchor_list, std::string_view("anchor.list")},
    std::pair{Kind::enrolment_requested, std::string_view("enrolment.requested")},
    std::pair{Kind::enrolment_decided, std::string_view("enrolment.decided")},
    std::pair{Kind::identity_suspected, std::string_view("identity.suspected")},
    std::pair{Kind::session_opened, std::string_view("session.opened")},
    std::pair{Kind::session_closed, std::string_view("session.closed")},
    std::pair{Kind::access_refused, std::string_view("access.refused")},
    std::pair{Kind::admission_refused, std::string_view("admission.refused")},
    std::pair{Kind::telemetry, std::string_view("telemetry")},
    std::pair{Kind::event, std::string_view("event")},
    std::pair{Kind::log, std::string_view("log")},
    std::pair{Kind::message, std::string_view("message")},
    std::pair{Kind::report_refused, std::string_view("report.refused")},
    std::pair{Kind::token_created, std::string_view("token.created")},
    std::pair{Kind::token_revoked, std::string_view("token.revoked")},
    std::pair{Kind::key_shredded, std::string_view("key.shredded")},
    std::pair{Kind::authority_changed, std::string_view("authority.changed")},
    std::pair{Kind::rollback_accepted, std::string_view("rollback.accepted")},
    std::pair{Kind::certificate_ending, std::string_view("certificate.ending")},
    std::pair{Kind::alert_raised, std::string_view("alert.raised")},
    std::pair{Kind::alert_grown, std::string_view("alert.grown")},
    std::pair{Kind::alert_acknowledged, std::string_view("alert.acknowledged")},
    std::pair{Kind::alert_resolved, std::string_view("alert.resolved")},
    std::pair{Kind::alert_noted, std::string_view("alert.noted")},
    std::pair{Kind::suppression_added, std::string_view("suppression.added")},
    std::pair{Kind::suppression_lifted, std::string_view("suppression.lifted")},
    std::pair{Kind::maintenance_planned, std::string_view("maintenance.planned")},
    std::pair{Kind::maintenance_ended, std::string_view("maintenance.ended")},
    std::pair{Kind::clock_ticked, std::string_view("clock.ticked")},
    std::pair{Kind::detection_tuned, std::string_view("detection.tuned")},
    std::pair{Kind::route_assigned, std::string_view("route.assigned")},
    std::pair{Kind::fence_set, std::string_view("fence.set")},
    std::pair{Kind::cells_imported, std::string_view("cells.imported")},
    std::pair{Kind::playbook_added, std::string_view("playbook.added")},
    std::pair{Kind::playbook_removed, std::string_view("playbook.removed")},
    std::pair{Kind::response_proposed, std::string_view("response.proposed")},
    std::pair{Kind::response_decided, std::string_view("response.decided")},
    std::pair{Kind::response_started, std::string_view("response.started")},
    std::pair{Kind::response_done, std::string_view("response.done")},
    std::pair{Kind::response_released, std::string_view("response.released")},
    std::pair{Kind::actuation_held, std::string_view("actuation.held")},
    std::pair{Kind::actuation_decided, std::string_view("actuation.decided")},
    std::pair{Kind::actuation_sent, std::string_view("actuation.sent")},
};
}  // namespace

std::string_view name_of(Kind kind) {
  for (const auto& [value, name] : names)
    if (value == kind) return name;
  return "unknown";
}

std::optional<Kind> kind_from_name(std::string_view name) {
  for (const auto& [value, text] : names)
    if (text == name) return value;
  return std::nullopt;
}

}  // namespace outrider
