#pragma once
// Revocation lists of other CAs: what they change, and what follows from them. Private to the room.
//
// Lists belong to a CA and not to the anchor that they were taken for: a fleet may trust one CA under several names,
// and an anchor that was removed and comes back must not bring back what its CA had revoked.
#include <span>

#include "fleet/state/state.h"
#include "ledger/entry.h"

namespace outrider::fleet {

// Fills in which CA the anchor is: the digest of its name and key, for what signs a list is a key and what a list is of
// is a name (RFC 5280, 5.1.2.3).
void identify_authority(Anchor& anchor);

// The entry's effect in memory; list_tables.h has the same for the tables.
void add_revoked(FleetState& state, const facts::AnchorRevoked& fact, const ledger::Entry& entry);
void add_list(FleetState& state, const facts::AnchorList& fact, const ledger::Entry& entry);

bool is_stale(const ForeignList& list, Timestamp now);

// May a certificate with this number that the anchor's CA has issued be believed? Reasons: revoked-by-its-ca,
// list-stale.
Result<void> check_list(const FleetState& state, const Anchor& anchor, const std::string& serial, Timestamp now);
// The same of an identity that is another CA's certificate and has been seen: its revocation is the identity's, so only
// the age of the list counts. Reason: list-stale.
Result<void> check_list_age(const FleetState& state, const Identity& identity, Timestamp now);

// May this list be taken? Reasons: list-expired, list-older, too-many.
Result<void> check_new_list(const FleetState& state, const facts::AnchorList& fact,
                            std::span<const ForeignRevoked> revoked, Timestamp now);

}  // namespace outrider::fleet
