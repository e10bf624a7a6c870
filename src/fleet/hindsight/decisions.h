#pragma once
// The index of the entries that decided what a holder may do: a table, so that hindsight need not read a whole ledger.
// Private to the room.
#include <cstdint>
#include <vector>

#include "ledger/entry.h"
#include "store/database.h"

namespace outrider::fleet {

// Notes the entry when it is one that decides. Noting it again changes nothing.
Result<void> note_decision(store::Session& session, const ledger::Entry& entry);

// Is it one that decides, of this holder or of its fleet as a whole?
bool concerns(const ledger::Entry& entry, const DeviceId& holder);

// Numbers of the entries up to `last` that concern the holder or its fleet as a whole, in order.
Result<std::vector<std::uint64_t>> decisions_of(store::Session& session, const FleetId& fleet, const DeviceId& holder,
                                                std::uint64_t last);

}  // namespace outrider::fleet
