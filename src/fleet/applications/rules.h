#pragma once
// What follows from the entries about applications, in memory; applications/tables.h has the same in the tables.
// Private to the room; the registry locks.
#include "facts/facts.h"
#include "fleet/state/state.h"
#include "ledger/entry.h"

namespace outrider::fleet {

void add_application(FleetState& state, const facts::ApplicationAdded& fact, const ledger::Entry& entry);
void grant(FleetState& state, const facts::ApplicationGranted& fact, const ledger::Entry& entry);
void withdraw(FleetState& state, const facts::ApplicationGrantWithdrawn& fact, const ledger::Entry& entry);
void remove_application(FleetState& state, const facts::ApplicationRemoved& fact, const ledger::Entry& entry);
// The entry got its number after the decision was applied.
void confirm_grants(FleetState& state, const facts::ApplicationGranted& fact, const ledger::Entry& entry);

}  // namespace outrider::fleet
