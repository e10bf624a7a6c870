// What the machine knows from outside its data directory (server/anchor/anchor.h).
#include <fmt/format.h>

#include <set>

#include "base/log.h"
#include "server/machine.h"

namespace outrider::server {

// Before anything is decided on a ledger that may be older than it was.
Result<void> Machine::check_anchor() {
  const auto file = anchor_file(config_.anchor_file, data_.paths().root);
  TRY(auto anchor, Anchor::open(file));
  if (anchor.empty() && !ledger_->fleets().empty())
    log::warn("nothing outside says how far the ledger had come; it is believed this once",
              {{"anchor", file.string()}});
  TRY(const auto found, anchor.contradictions(data_.paths().ledger()));
  // Without anchor_ nothing is noted at the end of a start that was refused: what is noted stays as it is.
  if (!found.empty() && !loaded_.accept_ledger_rollback) return std::unexpected(rolled_back(found, file));
  for (const auto& rollback : found) {
    log::error("an older ledger was accepted: what was revoked since is good again until it is revoked again",
               {{"fleet", rollback.fleet.value}, {"had", rollback.seen_size}, {"has", rollback.size}});
    for (const auto& log_of : std::set{rollback.fleet, api::server_log()}) {
      if (!ledger_->durable(log_of)) continue;  // gone altogether
      const ledger::Subject subject{ledger::SubjectKind::server, "ledger"};
      CHECK(ledger_->append_and_wait(ledger::draft_of(log_of, subject, rollback)));
    }
    anchor.forget(rollback.fleet);
  }
  anchor_ = std::make_unique<Anchor>(std::move(anchor));
  return {};
}

// Only what is published and durable is noted, so a crash leaves the anchor behind the ledger and never ahead of it.
void Machine::note_anchor() {
  if (!anchor_) return;
  const auto number = [this](const FleetId& fleet) { return pki_ ? pki_->lists().number(fleet) : 0; };
  const auto noted = anchor_->note(*ledger_, number, system_clock().now());
  if (noted) return;
  static log::Throttle throttle;
  if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
    log::error("cannot note how far the ledger has come; an older copy of it would not be noticed",
               {{"why", noted.error().text()}, {"suppressed", suppressed}});
}

}  // namespace outrider::server
