// State::apply: what follows in memory from each kind of entry.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "facts/holder.h"
#include "fleet/applications/rules.h"
#include "fleet/registry/revocation.h"
#include "fleet/state/effect.h"
#include "fleet/ways_in/lists.h"
#include "fleet/ways_in/rules.h"

namespace outrider::fleet {
namespace {

void set_lifecycle(FleetState& state, DeviceState& row, facts::Lifecycle to, Timestamp when) {
  --counter_of(state.counts, row.device.lifecycle);
  ++counter_of(state.counts, to);
  row.device.lifecycle = to;
  row.device.lifecycle_since = when;
}

void set_session(FleetState& state, DeviceState& row, std::string session) {
  const bool online = !session.empty();
  if (online && !row.device.online) ++state.counts.online;
  if (!online && row.device.online) --state.counts.online;
  row.device.online = online;
  row.session = std::move(session);
}

void add_profile(FleetState& state, const facts::ProfileAdded& fact, const ledger::Entry&) {
  auto profile = Profile::parse(fact.toml, fact.profile.value);
  if (!profile) {  // accepted by another version of this program; its devices are refused until it is replaced
    log::error("a profile in the ledger is not understood",
               {{"fleet", state.fleet.id.value}, {"profile", fact.profile.value}, {"problem", profile.error().text()}});
    return;
  }
  state.profiles[fact.profile] = std::make_shared<const Profile>(*std::move(profile));
  state.counts.profiles = state.profiles.size();
}

void add_device(FleetState& state, const facts::DeviceAdded& fact, const ledger::Entry& entry) {
  const auto [place, added] = state.devices.try_emplace(fact.device);
  if (!added) return;
  place->second.device = {.id = fact.device,
                          .profile = fact.profile,
                          .lifecycle = facts::Lifecycle::expected,
                          .lifecycle_since = entry.received,
                          .serial_number = fact.serial_number,
                          .label = fact.label,
                          .added = entry.received};
  if (fact.serial_number) state.ways.serial_numbers[*fact.serial_number].push_back(fact.device);
  ++state.counts.devices;
  ++state.counts.expected;
}

void add_code(FleetState& state, const facts::CodeCreated& fact, const ledger::Entry&) {
  HolderState* const row = state.find_holder(fact.device);
  if (row == nullptr || state.codes.contains(fact.code_hash)) return;
  if (!row->open_code.empty()) state.codes.erase(row->open_code);
  state.codes[fact.code_hash] = {.device = fact.device, .expires = fact.expires};
  row->open_code = fact.code_hash;
}

void add_identity(FleetState& state, const facts::IdentityIssued& fact, const ledger::Entry& entry) {
  HolderState* const row = state.find_holder(fact.device);
  if (row == nullptr) return;
  if (const auto known = state.identities.find(fact.serial); known != state.identities.end()) {
    // One from a table that did not hold them yet; the ledger is read again for it.
    if (known->second.spki.empty()) known->second.spki = spki_of(fact.certificate);
    return;
  }
  state.identities[fact.serial] = {.device = fact.device,
                                   .serial = fact.serial,
                                   .spki_sha256 = fact.spki_sha256,
                                   .issued = entry.received,
                                   .not_before = fact.not_before,
                                   .not_after = fact.not_after,
                                   .right = fact.right,
                                   .key_home = fact.key_home,
                                   .key_home_attested = fact.key_home_attested,
                                   .entry = entry.number,
                                   .issuer = issuer_of(fact.certificate),
                                   .spki = spki_of(fact.certificate)};
  state.by_key[fact.spki_sha256] = fact.serial;
  row->serials.push_back(fact.serial);
  ++state.counts.identities;
  if (fact.code_hash) {
    if (const auto code = state.codes.find(*fact.code_hash); code != state.codes.end()) code->second.used = true;
    if (row->open_code == *fact.code_hash) row->open_code.clear();
  }
  if (fact.request) {
    if (const auto request = state.ways.requests.find(*fact.request); request != state.ways.requests.end())
      request->second.state = RequestState::used;
  }
  DeviceState* const device = state.find_device(fact.device);
  if (device != nullptr && device->device.lifecycle == facts::Lifecycle::expected) {
    set_lifecycle(state, *device, facts::Lifecycle::enrolled, entry.received);
  }
}

void revoke_identity(FleetState& state, const facts::IdentityRevoked& fact, const ledger::Entry& entry) {
  const auto identity = state.identities.find(fact.serial);
  if (identity == state.identities.end() || identity->second.revoked) return;
  identity->second.revoked = entry.received;
  identity->second.revoked_why = fact.why;
  identity->second.revoked_cause = cause_of(fact);
  state.revoked.push_back(fact.serial);
  --state.counts.identities;
  ++state.counts.revoked;
}

void add_token(FleetState& state, const facts::TokenCreated& fact, const ledger::Entry& entry) {
  if (std::ranges::find(state.tokens, fact.token_hash, &TokenState::hash) != state.tokens.end()) return;
  state.tokens.push_back({.token = {.fleet = state.fleet.id,
                                    .name = fact.name,
                                    .created = entry.received,
                                    .expires = fact.expires,
                                    .by = fact.by},
                          .hash = fact.token_hash});
}

void revoke_token(FleetState& state, const facts::TokenRevoked& fact, const ledger::Entry& entry) {
  for (TokenState& row : state.tokens) {
    if (row.token.name == fact.name && !row.token.revoked) row.token.revoked = entry.received;
  }
}

void open_session(FleetState& state, const facts::SessionOpened& fact, const ledger::Entry& entry) {
  if (const auto identity = state.identities.find(fact.certificate_serial);
      identity != state.identities.end() && !identity->second.connected)
    identity->second.connected = entry.received;
  if (facts::is_application(fact.device)) {
    if (HolderState* const holder = state.find_holder(fact.device)) holder->session = fact.session;
    return;
  }
  DeviceState* const row = state.find_device(fact.device);
  if (row == nullptr) return;
  set_session(state, *row, fact.session);
  if (row->device.lifecycle == facts::Lifecycle::enrolled)
    set_lifecycle(state, *row, facts::Lifecycle::active, entry.received);
}

void close_session(FleetState& state, const facts::SessionClosed& fact, const ledger::Entry&) {
  if (facts::is_application(fact.device)) {
    HolderState* const holder = state.find_holder(fact.device);
    if (holder != nullptr && holder->session == fact.session) holder->session.clear();
    return;
  }
  DeviceState* const row = state.find_device(fact.device);
  if (row != nullptr && row->session == fact.session) set_session(state, *row, {});
}

void retire_device(FleetState& state, const facts::DeviceRetired& fact, const ledger::Entry& entry) {
  if (auto* const row = state.find_device(fact.device))
    set_lifecycle(state, *row, facts::Lifecycle::retired, entry.received);
}

void change_device(FleetState& state, const facts::DeviceStateChanged& fact, const ledger::Entry& entry) {
  if (auto* const row = state.find_device(fact.device)) set_lifecycle(state, *row, fact.to, entry.received);
}

constexpr Effect effects[] = {
    {Kind::profile_added, read_and<facts::ProfileAdded, add_profile>},
    {Kind::device_added, read_and<facts::DeviceAdded, add_device>},
    {Kind::device_retired, read_and<facts::DeviceRetired, retire_device>},
    {Kind::device_state_changed, read_and<facts::DeviceStateChanged, change_device>},
    {Kind::application_added, read_and<facts::ApplicationAdded, add_application>},
    {Kind::application_granted, read_and<facts::ApplicationGranted, grant>},
    {Kind::application_grant_withdrawn, read_and<facts::ApplicationGrantWithdrawn, withdraw>},
    {Kind::application_removed, read_and<facts::ApplicationRemoved, remove_application>},
    {Kind::code_created, read_and<facts::CodeCreated, add_code>},
    {Kind::identity_issued, read_and<facts::IdentityIssued, add_identity>},
    {Kind::identity_revoked, read_and<facts::IdentityRevoked, revoke_identity>},
    {Kind::anchor_added, read_and<facts::AnchorAdded, add_anchor>},
    {Kind::anchor_removed, read_and<facts::AnchorRemoved, remove_anchor>},
    {Kind::anchor_revoked, read_and<facts::AnchorRevoked, add_revoked>},
    {Kind::anchor_list, read_and<facts::AnchorList, add_list>},
    {Kind::enrolment_requested, read_and<facts::EnrolmentRequested, add_request>},
    {Kind::enrolment_decided, read_and<facts::EnrolmentDecided, decide_request>},
    {Kind::token_created, read_and<facts::TokenCreated, add_token>},
    {Kind::token_revoked, read_and<facts::TokenRevoked, revoke_token>},
    {Kind::session_opened, read_and<facts::SessionOpened, open_session>},
    {Kind::session_closed, read_and<facts::SessionClosed, close_session>},
};

}  // namespace

void State::apply(const ledger::Entry& entry) {
  if (entry.shredded) return;
  if (static_cast<Kind>(entry.kind) == Kind::fleet_created && !fleets.contains(entry.fleet)) {
    const auto fact = json::read<facts::FleetCreated>(as_text(entry.payload));
    if (!fact) return;
    FleetState& made = fleets[entry.fleet];
    made.fleet = {.id = entry.fleet, .title = fact->title, .created = entry.received};
    made.counts.fleets = 1;
    return;
  }
  if (FleetState* const state = find(entry.fleet)) run_effect(effects, *state, entry);
}

}  // namespace outrider::fleet
