// State::confirm: a decision was applied before its entry had a number and a time; here it gets them.
#include <algorithm>

#include "fleet/applications/rules.h"
#include "fleet/state/effect.h"

namespace outrider::fleet {
namespace {

// The value of that key, or nullptr.
template <class Map>
auto* row_of(Map& rows, const typename Map::key_type& key) {
  const auto found = rows.find(key);
  return found == rows.end() ? nullptr : &found->second;
}

void confirm_fleet(FleetState& state, const ledger::Entry& entry) {
  state.fleet.created = entry.received;
}

void confirm_device(FleetState& state, const facts::DeviceAdded& fact, const ledger::Entry& entry) {
  auto* const row = state.find_device(fact.device);
  if (row == nullptr) return;
  row->device.added = entry.received;
  if (row->device.lifecycle == facts::Lifecycle::expected) row->device.lifecycle_since = entry.received;
}

void confirm_end(FleetState& state, const facts::DeviceRetired& fact, const ledger::Entry& entry) {
  if (auto* const row = state.find_device(fact.device)) row->device.lifecycle_since = entry.received;
}

void confirm_change(FleetState& state, const facts::DeviceStateChanged& fact, const ledger::Entry& entry) {
  auto* const row = state.find_device(fact.device);
  if (row != nullptr && row->device.lifecycle == fact.to) row->device.lifecycle_since = entry.received;
}

void confirm_application(FleetState& state, const facts::ApplicationAdded& fact, const ledger::Entry& entry) {
  if (auto* const row = row_of(state.applications, fact.application)) row->added = entry.received;
}

void confirm_removal(FleetState& state, const facts::ApplicationRemoved& fact, const ledger::Entry& entry) {
  if (auto* const row = row_of(state.applications, fact.application)) row->removed = entry.received;
}

void confirm_identity(FleetState& state, const facts::IdentityIssued& fact, const ledger::Entry& entry) {
  auto* const identity = row_of(state.identities, fact.serial);
  if (identity == nullptr) return;
  identity->issued = entry.received;
  identity->entry = entry.number;
  auto* const row = state.find_device(fact.device);
  if (row == nullptr || row->device.lifecycle != facts::Lifecycle::enrolled) return;
  if (row->serials.front() == fact.serial) row->device.lifecycle_since = entry.received;
}

void confirm_revocation(FleetState& state, const facts::IdentityRevoked& fact, const ledger::Entry& entry) {
  if (auto* const identity = row_of(state.identities, fact.serial)) identity->revoked = entry.received;
}

void confirm_anchor(FleetState& state, const facts::AnchorAdded& fact, const ledger::Entry& entry) {
  if (auto* const row = row_of(state.ways.anchors, fact.anchor)) row->added = entry.received;
}

void confirm_request(FleetState& state, const facts::EnrolmentRequested& fact, const ledger::Entry& entry) {
  if (auto* const row = row_of(state.ways.requests, fact.request)) row->requested = entry.received;
}

void confirm_verdict(FleetState& state, const facts::EnrolmentDecided& fact, const ledger::Entry& entry) {
  if (auto* const row = row_of(state.ways.requests, fact.request)) row->decided = entry.received;
}

void confirm_token(FleetState& state, const facts::TokenCreated& fact, const ledger::Entry& entry) {
  const auto row = std::ranges::find(state.tokens, fact.token_hash, &TokenState::hash);
  if (row != state.tokens.end()) row->token.created = entry.received;
}

void confirm_token_end(FleetState& state, const facts::TokenRevoked& fact, const ledger::Entry& entry) {
  // The newest of that name: earlier ones were revoked before it was made.
  const auto row = std::find_if(state.tokens.rbegin(), state.tokens.rend(), [&](const TokenState& token) {
    return token.token.name == fact.name && token.token.revoked && token.token.created <= entry.received;
  });
  if (row != state.tokens.rend()) row->token.revoked = entry.received;
}

constexpr Effect confirmations[] = {
    {Kind::fleet_created, confirm_fleet},
    {Kind::device_added, read_and<facts::DeviceAdded, confirm_device>},
    {Kind::device_retired, read_and<facts::DeviceRetired, confirm_end>},
    {Kind::device_state_changed, read_and<facts::DeviceStateChanged, confirm_change>},
    {Kind::application_added, read_and<facts::ApplicationAdded, confirm_application>},
    {Kind::application_granted, read_and<facts::ApplicationGranted, confirm_grants>},
    {Kind::application_removed, read_and<facts::ApplicationRemoved, confirm_removal>},
    {Kind::identity_issued, read_and<facts::IdentityIssued, confirm_identity>},
    {Kind::identity_revoked, read_and<facts::IdentityRevoked, confirm_revocation>},
    {Kind::anchor_added, read_and<facts::AnchorAdded, confirm_anchor>},
    {Kind::enrolment_requested, read_and<facts::EnrolmentRequested, confirm_request>},
    {Kind::enrolment_decided, read_and<facts::EnrolmentDecided, confirm_verdict>},
    {Kind::token_created, read_and<facts::TokenCreated, confirm_token>},
    {Kind::token_revoked, read_and<facts::TokenRevoked, confirm_token_end>},
};

}  // namespace

void State::confirm(const ledger::Entry& entry) {
  FleetState* const state = find(entry.fleet);
  const auto kind = static_cast<Kind>(entry.kind);
  if (state == nullptr || kind == Kind::session_opened || kind == Kind::session_closed) return apply(entry);
  run_effect(confirmations, *state, entry);
}

}  // namespace outrider::fleet
