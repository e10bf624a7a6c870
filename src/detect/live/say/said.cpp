#include "detect/live/say/said.h"

#include <fmt/format.h>

#include "detect/input/entry_fact.h"

namespace outrider::detect {
namespace {

constexpr std::size_t batch_entries = 4096;

}  // namespace

// An alert is raised once. It may grow often, and by one entry only to one risk (JSON keeps a number's every bit).
std::string Said::key(const facts::AlertRaised& alert) {
  return alert.alert;
}

std::string Said::key(const facts::AlertGrown& alert) {
  return fmt::format("{}+{}+{}", alert.alert, alert.cause, alert.risk);
}

void Said::take(const ledger::Entry& entry) {
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::alert_raised) {
    if (const auto alert = fact_of<facts::AlertRaised>(entry)) keys_.insert(key(*alert));
  } else if (kind == Kind::alert_grown) {
    if (const auto alert = fact_of<facts::AlertGrown>(entry)) keys_.insert(key(*alert));
  }
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
