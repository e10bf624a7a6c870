#pragma once
// What people decide about alerts, and what they say beforehand: checked against the book, appended, applied. One
// decision at a time; each answers when it is durable. Any thread that may block.
#include <mutex>
#include <optional>
#include <string>

#include "base/time.h"
#include "detect/alerts/alert_book.h"
#include "ledger/ledger.h"

namespace outrider::detect {

inline constexpr std::size_t comment_bytes_max = 2000;
inline constexpr std::size_t assignee_bytes_max = 128;
// Nothing is overlooked for longer without somebody saying so again.
inline constexpr auto suppression_life_max = std::chrono::hours{24 * 366};

// Whether a decision is taken, or only looked at.
enum class Decide : std::uint8_t { really, try_only };

class AlertDesk {
 public:
  // All must outlive it.
  AlertDesk(AlertBook& book, ledger::Ledger& ledger, const Clock& clock)
      : book_(book), ledger_(ledger), clock_(clock) {}

  const AlertBook& book() const { return book_; }

  // Each returns what is so then. Reasons: unknown-alert, already-acknowledged, already-resolved, text-too-long,
  // empty-note.
  Result<Alert> acknowledge(const FleetId& fleet, facts::AlertAcknowledged wanted, Decide decide);
  Result<Alert> resolve(const FleetId& fleet, facts::AlertResolved wanted, Decide decide);
  Result<Alert> note(const FleetId& fleet, facts::AlertNoted wanted, Decide decide);

  // The id is given here. Reasons: matches-everything, unknown-threat, unknown-check, expiry-in-the-past,
  // expiry-too-late, reason-missing, text-too-long, too-many-suppressions.
  Result<Suppression> suppress(const FleetId& fleet, facts::SuppressionAdded wanted, Decide decide);
  // unknown-suppression, suppression-over.
  Result<Suppression> lift(const FleetId& fleet, facts::SuppressionLifted wanted, Decide decide);

  // As suppress; bad-window.
  Result<Maintenance> plan(const FleetId& fleet, facts::MaintenancePlanned wanted, Decide decide);
  // unknown-maintenance, maintenance-over.
  Result<Maintenance> end(const FleetId& fleet, facts::MaintenanceEnded wanted, Decide decide);

 private:
  template <class Fact>
  Result<ledger::Entry> append(const FleetId& fleet, ledger::Subject subject, const Fact& fact);

  AlertBook& book_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  std::mutex mutex_;
};

}  // namespace outrider::detect
