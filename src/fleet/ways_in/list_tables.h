#pragma once
// Revocation lists of other CAs in the tables. Private to the room.
#include "fleet/state/state.h"
#include "ledger/entry.h"

namespace soci {
class session;
}

namespace outrider::fleet {

void write_revoked(soci::session& sql, const ledger::Entry& entry, const facts::AnchorRevoked& fact);
void write_list(soci::session& sql, const ledger::Entry& entry, const facts::AnchorList& fact);
void load_lists(soci::session& sql, State& state);

}  // namespace outrider::fleet
