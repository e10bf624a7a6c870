#pragma once
// What people decide about alerts, and what they say beforehand: checked against the book, appended, applied. One
// decision at a time; each answers when it is durable. Any thread that may block.
#include <map>
#include <mutex>
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
  // All must outlive it. Nothing is decided about a fleet before the book has read what its ledger holds now: whoever
  // does not know what was decided before would decide it again (alerts-behind).
  AlertDesk(AlertBook& book, ledger::Ledger& ledger, const Clock& clock);

  const AlertBook& book() const { return book_; }

  // Each returns what is so then. Reasons, of all: alerts-behind. Of these: unknown-alert, already-acknowledged,
  // already-resolved, text-too-long, empty-note.
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
  Result<void> check_current(const FleetId& fleet) const;
  template <class Fact>
  Result<ledger::Entry> append(const FleetId& fleet, const std::string& device, const Fact& fact);
  // About an alert: when `check` has nothing against it.
  template <class Fact, class Check>
  Result<Alert> decide_about(const FleetId& fleet, Fact wanted, Decide decide, Check check);
  // Suppressions and maintenance (alert_desk_excuses.cpp).
  template <class Kept, class Fact>
  Result<Kept> add(const FleetId& fleet, Fact wanted, Decide decide);
  template <class Kept, class Fact>
  Result<Kept> take_back(const FleetId& fleet, const Fact& wanted, Decide decide);

  AlertBook& book_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  std::map<FleetId, std::uint64_t> past_;  // entries that stood in the ledgers before it
  std::mutex mutex_;
};

// Appends it as said by people now, and settles it in the book.
template <class Fact>
Result<ledger::Entry> AlertDesk::append(const FleetId& fleet, const std::string& device, const Fact& fact) {
  const auto subject = device.empty() ? ledger::Subject{ledger::SubjectKind::fleet, fleet.value}
                                      : ledger::Subject{ledger::SubjectKind::device, device};
  auto draft = ledger::draft_of(fleet, subject, fact);
  draft.received = clock_.now();
  ledger::Entry entry{.kind = draft.kind,
                      .fleet = fleet,
                      .subject = subject,
                      .received = *draft.received,
                      .content_type = draft.content_type,
                      .payload = draft.payload};
  TRY(entry.number, ledger_.append_and_wait(std::move(draft)));
  book_.settle(entry);
  return entry;
}

}  // namespace outrider::detect
