#include "fleet/applications/rules.h"

#include <algorithm>

namespace outrider::fleet {

void add_application(FleetState& state, const facts::ApplicationAdded& fact, const ledger::Entry& entry) {
  const auto [place, added] = state.applications.try_emplace(fact.application);
  if (!added) return;
  place->second.label = fact.label;
  place->second.added = entry.received;
}

void grant(FleetState& state, const facts::ApplicationGranted& fact, const ledger::Entry& entry) {
  const auto row = state.applications.find(fact.application);
  if (row == state.applications.end()) return;
  Grants grants = *row->second.grants->now();
  const auto add = [&](std::vector<Grant>& to, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
      const auto place = std::ranges::lower_bound(to, filter, {}, &Grant::filter);
      if (place != to.end() && place->filter == filter) continue;
      to.insert(place, {.filter = filter, .since = entry.received, .entry = entry.number});
    }
  };
  add(grants.publish, fact.publish);
  add(grants.subscribe, fact.subscribe);
  row->second.grants->set(std::move(grants));
}

void withdraw(FleetState& state, const facts::ApplicationGrantWithdrawn& fact, const ledger::Entry&) {
  const auto row = state.applications.find(fact.application);
  if (row == state.applications.end()) return;
  Grants grants = *row->second.grants->now();
  const auto take = [](std::vector<Grant>& from, const std::vector<std::string>& filters) {
    std::erase_if(from, [&](const Grant& each) { return std::ranges::find(filters, each.filter) != filters.end(); });
  };
  take(grants.publish, fact.publish);
  take(grants.subscribe, fact.subscribe);
  row->second.grants->set(std::move(grants));
}

void remove_application(FleetState& state, const facts::ApplicationRemoved& fact, const ledger::Entry& entry) {
  const auto row = state.applications.find(fact.application);
  if (row == state.applications.end() || row->second.removed) return;
  row->second.removed = entry.received;
  row->second.grants->set({});
}

void confirm_grants(FleetState& state, const facts::ApplicationGranted& fact, const ledger::Entry& entry) {
  const auto row = state.applications.find(fact.application);
  if (row == state.applications.end()) return;
  Grants grants = *row->second.grants->now();
  const auto number = [&](std::vector<Grant>& in, const std::vector<std::string>& filters) {
    for (const auto& filter : filters) {
      const auto place = std::ranges::lower_bound(in, filter, {}, &Grant::filter);
      if (place == in.end() || place->filter != filter || place->entry != 0) continue;
      place->entry = entry.number;
      place->since = entry.received;
    }
  };
  number(grants.publish, fact.publish);
  number(grants.subscribe, fact.subscribe);
  row->second.grants->set(std::move(grants));
}

}  // namespace outrider::fleet
