#include "detect/replay/side.h"

#include <algorithm>

#include "detect/input/entry_fact.h"

namespace outrider::detect {

void Side::hear(const facts::AlertRaised& alert, Timestamp at) {
  if (!index_.emplace(alert.alert, alerts_.size()).second) return;
  seen_.emplace(alert.device, alert.threat);
  alerts_.push_back({.alert = alert.alert,
                     .level = alert.level,
                     .threat = alert.threat,
                     .device = alert.device,
                     .risk = alert.risk,
                     .proof = alert.proof,
                     .title = alert.title,
                     .explanation = alert.explanation,
                     .at = at,
                     .cause = alert.cause});
}

// Of one that was raised before the stretch nothing is told: it stood already.
void Side::hear(const facts::AlertGrown& alert, Timestamp) {
  const auto found = index_.find(alert.alert);
  if (found == index_.end()) return;
  ReplayedAlert& standing = alerts_[found->second];
  standing.level = std::max(standing.level, alert.level);
  standing.risk = std::max(standing.risk, alert.risk);
  standing.proof = standing.proof || alert.proof;
}

void Side::hear(const Conclusions& conclusions, Timestamp at) {
  for (const auto& alert : conclusions.raised) hear(alert, at);
  for (const auto& alert : conclusions.grown) hear(alert, at);
}

void Side::hear(const ledger::Entry& entry) {
  if (static_cast<Kind>(entry.kind) == Kind::alert_raised) {
    if (const auto alert = fact_of<facts::AlertRaised>(entry)) hear(*alert, entry.received);
  } else if (static_cast<Kind>(entry.kind) == Kind::alert_grown) {
    if (const auto alert = fact_of<facts::AlertGrown>(entry)) hear(*alert, entry.received);
  }
}

std::uint64_t Side::pages() const {
  return static_cast<std::uint64_t>(std::ranges::count(alerts_, facts::AlertLevel::page, &ReplayedAlert::level));
}

std::vector<ReplayedAlert> Side::list(const Side& other, bool only_missing) const {
  std::vector<ReplayedAlert> out;
  for (ReplayedAlert alert : alerts_) {
    alert.both = other.has(alert);
    if (only_missing && alert.both) continue;
    if (out.size() == replayed_alerts_max) break;
    out.push_back(std::move(alert));
  }
  return out;
}

}  // namespace outrider::detect
