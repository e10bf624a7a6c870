#pragma once
// The tables of schema/0023_ways_in.sql and 0090_foreign_lists.sql: written from entries by the same rules as memory
// (ways_in/rules.h), and read. Private to the room.
#include "fleet/state/decoded.h"
#include "fleet/state/state.h"
#include "store/database.h"

namespace outrider::fleet {

// Entries of kinds that are not about ways in change nothing.
Result<void> write_ways_in(store::Session& session, DecodedEntry& entry);
// The session's first use of an identity, and a request used up by an issue: parts of entries that others write too.
void write_connected(soci::session& sql, const ledger::Entry& entry, const facts::SessionOpened& fact);
void write_request_used(soci::session& sql, const ledger::Entry& entry, const facts::IdentityIssued& fact);

void load_ways_in(soci::session& sql, State& state);

}  // namespace outrider::fleet
