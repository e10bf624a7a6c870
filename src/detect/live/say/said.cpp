#include "detect/live/say/said.h"

#include <fmt/format.h>

#include <algorithm>

#include "detect/input/entry_fact.h"

namespace outrider::detect {
namespace {

constexpr std::size_t batch_entries = 4096;

}  // namespace

// An alert grows by one entry only to one risk (JSON keeps a number's every bit).
std::string Said::key(const facts::AlertGrown& alert) {
  return fmt::format("{}+{}+{}", alert.alert, alert.cause, alert.risk);
}

template <class Alert>
void Said::tell(Told& told, const Alert& alert) {
  told.risk = std::max(told.risk, alert.risk);
  told.level = std::max(told.level, alert.level);
  told.proof = told.proof || alert.proof;
  told.devices = std::max(told.devices, alert.device_count);
}

void Said::take(const ledger::Entry& entry) {
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::alert_raised) {
    if (const auto alert = fact_of<facts::AlertRaised>(entry)) tell(raised_[alert->alert], *alert);
  } else if (kind == Kind::alert_grown) {
    const auto alert = fact_of<facts::AlertGrown>(entry);
    if (!alert) return;
    grown_.insert(key(*alert));
    if (const auto raised = raised_.find(alert->alert); raised != raised_.end()) tell(raised->second, *alert);
  }
}

bool Said::has(const facts::AlertGrown& alert) const {
  if (grown_.contains(key(alert))) return true;
  const auto raised = raised_.find(alert.alert);
  if (raised == raised_.end()) return false;
  const Told& told = raised->second;
  return told.risk >= alert.risk && told.level >= alert.level && (told.proof || !alert.proof) &&
         told.devices >= alert.device_count;
}

Result<void> Said::read(const ledger::Ledger& ledger, const FleetId& fleet, std::uint64_t from) {
  for (;;) {
    TRY(const auto entries, ledger.read(fleet, from, batch_entries));
    if (entries.empty()) return {};
    for (const auto& entry : entries) take(entry);
    from = entries.back().number + 1;
  }
}

}  // namespace outrider::detect
