#include "detect/alerts/alert_desk.h"

#include <fmt/format.h>

#include "detect/alerts/texts.h"

namespace outrider::detect {

AlertDesk::AlertDesk(AlertBook& book, ledger::Ledger& ledger, const Clock& clock)
    : book_(book), ledger_(ledger), clock_(clock) {
  for (const FleetId& fleet : ledger.fleets()) past_[fleet] = ledger.durable(fleet).value_or(0);
}

Result<void> AlertDesk::check_current(const FleetId& fleet) const {
  const auto past = past_.find(fleet);
  const std::uint64_t read = book_.next(fleet);
  if (past == past_.end() || read >= past->second) return {};
  return fail(Errc::unavailable, "alerts-behind",
              fmt::format("the server is still reading what was decided before it started: {} of {} entries; try again "
                          "when 'outrider detect status' says that it has caught up",
                          read, past->second));
}

template <class Fact, class Check>
Result<Alert> AlertDesk::decide_about(const FleetId& fleet, Fact wanted, Decide decide, Check check) {
  const std::lock_guard lock(mutex_);
  CHECK(check_current(fleet));
  TRY(const auto alert, book_.find(fleet, wanted.alert));
  wanted.alert = alert.said.alert;
  CHECK(check_length("comment", wanted.comment, comment_bytes_max));
  CHECK(check(alert));
  if (decide == Decide::try_only) return alert;
  CHECK(append(fleet, alert.said.device, wanted));
  return book_.find(fleet, wanted.alert);
}

Result<Alert> AlertDesk::acknowledge(const FleetId& fleet, facts::AlertAcknowledged wanted, Decide decide) {
  return decide_about(fleet, std::move(wanted), decide, [](const Alert& alert) -> Result<void> {
    if (after(alert.state, AlertStep::acknowledge)) return {};
    if (alert.state == AlertState::resolved)
      return fail(Errc::conflict, "already-resolved", "the alert was resolved already");
    return fail(Errc::conflict, "already-acknowledged",
                "somebody has acknowledged it already; 'alert assign' and 'alert comment' work as before");
  });
}

Result<Alert> AlertDesk::resolve(const FleetId& fleet, facts::AlertResolved wanted, Decide decide) {
  return decide_about(fleet, std::move(wanted), decide, [](const Alert& alert) -> Result<void> {
    if (after(alert.state, AlertStep::resolve)) return {};
    return fail(Errc::conflict, "already-resolved", "the alert was resolved already");
  });
}

Result<Alert> AlertDesk::note(const FleetId& fleet, facts::AlertNoted wanted, Decide decide) {
  const std::string assignee = wanted.assignee.value_or("");
  const bool empty = wanted.comment.empty() && !wanted.assignee;
  return decide_about(fleet, std::move(wanted), decide, [&](const Alert&) -> Result<void> {
    if (empty) return fail(Errc::malformed, "empty-note", "say a comment, an assignee, or both");
    return check_length("assignee", assignee, assignee_bytes_max);
  });
}

}  // namespace outrider::detect
