#pragma once
// The same detection over history: what would have been said of a stretch of the ledger, with these dials, against what
// was said, or against the dials as they are. It appends nothing.
#include <boost/describe.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "detect/engine/detector.h"
#include "facts/alerts.h"
#include "ledger/ledger.h"

namespace outrider::detect {

struct ReplayQuestion {
  FleetId fleet;
  Timestamp since, until;
  std::vector<CheckId> checks;                  // none: all; else the others are switched off
  std::optional<facts::DetectionTuned> change;  // as if it had been turned at `since`; compared with not doing it
};

struct ReplayedAlert {
  std::string alert;
  facts::AlertLevel level = facts::AlertLevel::ticket;
  std::string threat;
  std::string device;  // empty: an incident of many
  double risk = 0;
  bool proof = false;
  std::string title;
  std::string explanation;
  Timestamp at;
  std::uint64_t cause = 0;
  bool both = false;  // on both sides of the comparison
};
BOOST_DESCRIBE_STRUCT(ReplayedAlert, (),
                      (alert, level, threat, device, risk, proof, title, explanation, at, cause, both))

struct ReplayReport {
  Timestamp since, until;
  std::string begun_at;                  // "the fleet's beginning", "the snapshot at entry N": where it warmed up from
  std::string compared_with;             // "what was said", "the dials as they are"
  std::uint64_t entries_warm_up = 0;     // read before `since`
  std::uint64_t entries = 0;             // and after it
  std::uint64_t pages = 0, tickets = 0;  // that it would have said
  std::uint64_t other_pages = 0, other_tickets = 0;  // that were said, or would be without the change
  std::vector<ReplayedAlert> alerts;                 // that it would have said; the first of them
  std::vector<ReplayedAlert> missing;                // that only the other side says
};
BOOST_DESCRIBE_STRUCT(ReplayReport, (),
                      (since, until, begun_at, compared_with, entries_warm_up, entries, pages, tickets, other_pages,
                       other_tickets, alerts, missing))

struct ReplayRooms {
  const ledger::Ledger& ledger;
  ContractReader contracts;
  std::filesystem::path snapshots;  // of Live
};

// Alerts that a report lists; the rest are only counted.
inline constexpr std::size_t replayed_alerts_max = 1000;

// `progress(done, total)` in entries; false ends it ("cancelled").
using ReplayProgress = std::function<bool(std::uint64_t done, std::uint64_t total)>;
Result<ReplayReport> replay(const ReplayRooms& rooms, const ReplayQuestion& question, const ReplayProgress& progress);

}  // namespace outrider::detect
