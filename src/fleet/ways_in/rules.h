#pragma once
// What follows from the entries about anchors and requests, and what decisions about identities have to respect.
// Private to the room; the registry locks.
#include <span>

#include "fleet/registry/live_registry.h"
#include "fleet/state/state.h"

namespace outrider::fleet {

// The entry's effect in memory; ways_in/tables.cpp has the same in the tables.
void add_anchor(FleetState& state, const facts::AnchorAdded& fact, const ledger::Entry& entry);
void remove_anchor(FleetState& state, const facts::AnchorRemoved& fact, const ledger::Entry& entry);
void add_request(FleetState& state, const facts::EnrolmentRequested& fact, const ledger::Entry& entry);
void decide_request(FleetState& state, const facts::EnrolmentDecided& fact, const ledger::Entry& entry);

// The device's identities that are neither revoked nor expired, oldest first.
std::vector<const Identity*> living_identities(const FleetState& state, const HolderState& row, Timestamp now);

// Is the right that the certificate is issued by still good? For rights that need no code.
// Reasons: unknown-identity, identity-revoked, identity-superseded, unknown-anchor, anchor-expired, revoked-by-its-ca,
// list-stale, serial-enrolled, identity-not-newest, unknown-request, not-approved.
Result<void> check_right_without_code(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now);

// The identities that end because `serial` has connected: every living one of the device that was issued before it.
// Those of an application stay.
void plan_retirement(const FleetId& fleet, const FleetState& state, const HolderState& row, const std::string& serial,
                     Timestamp now, Plan& plan);
// The newest identity of the holder that has connected, if it is good; nullptr when there is none.
const Identity* newest_connected(const FleetState& state, const HolderState& row);
// Before one more is issued: identities that never connected make room, the oldest first.
void plan_room_for_one(const FleetId& fleet, const FleetState& state, const HolderState& row, Timestamp now,
                       Plan& plan);

// The certificates of other CAs for which no anchor stands any longer, or none once `gone` has gone.
std::vector<std::string> unvouched(const FleetState& state, Timestamp now, const Anchor* gone = nullptr);
// They end. As many as admission can wait for: revoke_batch_max at a time.
void plan_dismissal(const FleetId& fleet, const FleetState& state, std::span<const std::string> serials,
                    const std::string& by, Plan& plan);

}  // namespace outrider::fleet
