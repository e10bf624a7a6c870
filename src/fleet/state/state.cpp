#include "fleet/state/state.h"

#include <algorithm>
#include <utility>

#include "base/json.h"
#include "base/log.h"
#include "facts/holder.h"
#include "facts/kind.h"
#include "fleet/applications/rules.h"
#include "fleet/registry/revocation.h"
#include "fleet/ways_in/rules.h"

namespace outrider::fleet {
namespace {

template <class Fact>
std::optional<Fact> fact_of(const ledger::Entry& entry) {
  auto fact = json::read<Fact>(as_text(entry.payload));
  if (!fact) return std::nullopt;
  return *std::move(fact);
}

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

void add_profile(FleetState& state, const facts::ProfileAdded& fact) {
  auto profile = Profile::parse(fact.toml, fact.profile.value);
  if (!profile) {  // accepted by another version of this program; its devices are refused until it is replaced
    log::error("a profile in the ledger is not understood",
               {{"fleet", state.fleet.id.value}, {"profile", fact.profile.value}, {"problem", profile.error().text()}});
    return;
  }
  state.profiles[fact.profile] = std::make_shared<const Profile>(*std::move(profile));
  state.counts.profiles = state.profiles.size();
}

void add_device(FleetState& state, const facts::DeviceAdded& fact, Timestamp when) {
  const auto [place, added] = state.devices.try_emplace(fact.device);
  if (!added) return;
  place->second.device = {.id = fact.device,
                          .profile = fact.profile,
                          .lifecycle = facts::Lifecycle::expected,
                          .lifecycle_since = when,
                          .serial_number = fact.serial_number,
                          .label = fact.label,
                          .added = when};
  if (fact.serial_number) state.ways.serial_numbers[*fact.serial_number].push_back(fact.device);
  ++state.counts.devices;
  ++state.counts.expected;
}

void add_code(FleetState& state, const facts::CodeCreated& fact) {
  HolderState* const row = state.find_holder(fact.device);
  if (row == nullptr || state.codes.contains(fact.code_hash)) return;
  if (!row->open_code.empty()) state.codes.erase(row->open_code);
  state.codes[fact.code_hash] = {.device = fact.device, .expires = fact.expires};
  row->open_code = fact.code_hash;
}

void add_identity(FleetState& state, const facts::IdentityIssued& fact, const ledger::Entry& entry) {
  HolderState* const row = state.find_holder(fact.device);
  if (row == nullptr || state.identities.contains(fact.serial)) return;
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
                                   .issuer = issuer_of(fact.certificate)};
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

void revoke_identity(FleetState& state, const facts::IdentityRevoked& fact, Timestamp when) {
  const auto identity = state.identities.find(fact.serial);
  if (identity == state.identities.end() || identity->second.revoked) return;
  identity->second.revoked = when;
  identity->second.revoked_why = fact.why;
  state.revoked.push_back(fact.serial);
  --state.counts.identities;
  ++state.counts.revoked;
}

void add_token(FleetState& state, const facts::TokenCreated& fact, Timestamp when) {
  if (std::ranges::find(state.tokens, fact.token_hash, &TokenState::hash) != state.tokens.end()) return;
  state.tokens.push_back(
      {.token = {.fleet = state.fleet.id, .name = fact.name, .created = when, .expires = fact.expires, .by = fact.by},
       .hash = fact.token_hash});
}

void revoke_token(FleetState& state, const facts::TokenRevoked& fact, Timestamp when) {
  for (TokenState& row : state.tokens) {
    if (row.token.name == fact.name && !row.token.revoked) row.token.revoked = when;
  }
}

void open_session(FleetState& state, const facts::SessionOpened& fact, Timestamp when) {
  if (const auto identity = state.identities.find(fact.certificate_serial);
      identity != state.identities.end() && !identity->second.connected)
    identity->second.connected = when;
  if (facts::is_application(fact.device)) {
    if (HolderState* const holder = state.find_holder(fact.device)) holder->session = fact.session;
    return;
  }
  DeviceState* const row = state.find_device(fact.device);
  if (row == nullptr) return;
  set_session(state, *row, fact.session);
  if (row->device.lifecycle == facts::Lifecycle::enrolled) set_lifecycle(state, *row, facts::Lifecycle::active, when);
}

void close_session(FleetState& state, const facts::SessionClosed& fact) {
  if (facts::is_application(fact.device)) {
    HolderState* const holder = state.find_holder(fact.device);
    if (holder != nullptr && holder->session == fact.session) holder->session.clear();
    return;
  }
  DeviceState* const row = state.find_device(fact.device);
  if (row != nullptr && row->session == fact.session) set_session(state, *row, {});
}

}  // namespace

std::uint64_t& counter_of(Counts& counts, facts::Lifecycle lifecycle) {
  switch (lifecycle) {
    case facts::Lifecycle::expected:
      return counts.expected;
    case facts::Lifecycle::enrolled:
      return counts.enrolled;
    case facts::Lifecycle::active:
      return counts.active;
    case facts::Lifecycle::quarantined:
      return counts.quarantined;
    case facts::Lifecycle::retired:
      return counts.retired;
    case facts::Lifecycle::lost:
      return counts.lost;
    case facts::Lifecycle::stolen:
      break;
  }
  return counts.stolen;
}

DeviceState* FleetState::find_device(const DeviceId& id) {
  const auto found = devices.find(id);
  return found == devices.end() ? nullptr : &found->second;
}

const DeviceState* FleetState::find_device(const DeviceId& id) const {
  const auto found = devices.find(id);
  return found == devices.end() ? nullptr : &found->second;
}

const ApplicationState* FleetState::find_application(const ApplicationId& id) const {
  const auto found = applications.find(id);
  return found == applications.end() ? nullptr : &found->second;
}

HolderState* FleetState::find_holder(const DeviceId& holder) {
  return const_cast<HolderState*>(std::as_const(*this).find_holder(holder));
}

const HolderState* FleetState::find_holder(const DeviceId& holder) const {
  if (const auto application = facts::application_of(holder)) return find_application(*application);
  return find_device(holder);
}

const Identity* FleetState::find_identity(const std::string& serial) const {
  const auto found = identities.find(serial);
  return found == identities.end() ? nullptr : &found->second;
}

FleetState* State::find(const FleetId& fleet) {
  const auto found = fleets.find(fleet);
  return found == fleets.end() ? nullptr : &found->second;
}

const FleetState* State::find(const FleetId& fleet) const {
  const auto found = fleets.find(fleet);
  return found == fleets.end() ? nullptr : &found->second;
}

void State::adopt_grants(State& earlier) {
  for (auto& [fleet, row] : fleets) {
    FleetState* const before = earlier.find(fleet);
    if (before == nullptr) continue;
    for (auto& [id, application] : row.applications) {
      const auto held = before->applications.find(id);
      if (held == before->applications.end()) continue;
      held->second.grants->set(*application.grants->now());
      application.grants = held->second.grants;
    }
  }
}

void State::apply(const ledger::Entry& entry) {
  if (entry.shredded) return;
  const auto kind = static_cast<Kind>(entry.kind);
  if (kind == Kind::fleet_created && !fleets.contains(entry.fleet)) {
    const auto fact = fact_of<facts::FleetCreated>(entry);
    if (!fact) return;
    FleetState& made = fleets[entry.fleet];
    made.fleet = {.id = entry.fleet, .title = fact->title, .created = entry.received};
    made.counts.fleets = 1;
    return;
  }
  FleetState* const state = find(entry.fleet);
  if (state == nullptr) return;
  // Runs the rule when the payload is the fact it is for.
  const auto with = [&]<class Fact>(auto rule) {
    if (const auto fact = fact_of<Fact>(entry)) rule(*fact);
  };
  const Timestamp when = entry.received;
  switch (kind) {
    case Kind::profile_added:
      return with.operator()<facts::ProfileAdded>([&](const auto& fact) { add_profile(*state, fact); });
    case Kind::device_added:
      return with.operator()<facts::DeviceAdded>([&](const auto& fact) { add_device(*state, fact, when); });
    case Kind::device_retired:
      return with.operator()<facts::DeviceRetired>([&](const auto& fact) {
        if (auto* const row = state->find_device(fact.device)) {
          set_lifecycle(*state, *row, facts::Lifecycle::retired, when);
        }
      });
    case Kind::device_state_changed:
      return with.operator()<facts::DeviceStateChanged>([&](const auto& fact) {
        if (auto* const row = state->find_device(fact.device)) set_lifecycle(*state, *row, fact.to, when);
      });
    case Kind::application_added:
      return with.operator()<facts::ApplicationAdded>([&](const auto& fact) { add_application(*state, fact, when); });
    case Kind::application_granted:
      return with.operator()<facts::ApplicationGranted>([&](const auto& fact) { grant(*state, fact, entry); });
    case Kind::application_grant_withdrawn:
      return with.operator()<facts::ApplicationGrantWithdrawn>([&](const auto& fact) { withdraw(*state, fact); });
    case Kind::application_removed:
      return with.operator()<facts::ApplicationRemoved>(
          [&](const auto& fact) { remove_application(*state, fact, when); });
    case Kind::code_created:
      return with.operator()<facts::CodeCreated>([&](const auto& fact) { add_code(*state, fact); });
    case Kind::identity_issued:
      return with.operator()<facts::IdentityIssued>([&](const auto& fact) { add_identity(*state, fact, entry); });
    case Kind::identity_revoked:
      return with.operator()<facts::IdentityRevoked>([&](const auto& fact) { revoke_identity(*state, fact, when); });
    case Kind::anchor_added:
      return with.operator()<facts::AnchorAdded>([&](const auto& fact) { add_anchor(state->ways, fact, when); });
    case Kind::anchor_removed:
      return with.operator()<facts::AnchorRemoved>([&](const auto& fact) { state->ways.anchors.erase(fact.anchor); });
    case Kind::enrolment_requested:
      return with.operator()<facts::EnrolmentRequested>(
          [&](const auto& fact) { add_request(state->ways, fact, when); });
    case Kind::enrolment_decided:
      return with.operator()<facts::EnrolmentDecided>(
          [&](const auto& fact) { fleet::decide_request(state->ways, fact, when); });
    case Kind::token_created:
      return with.operator()<facts::TokenCreated>([&](const auto& fact) { add_token(*state, fact, when); });
    case Kind::token_revoked:
      return with.operator()<facts::TokenRevoked>([&](const auto& fact) { revoke_token(*state, fact, when); });
    case Kind::session_opened:
      return with.operator()<facts::SessionOpened>([&](const auto& fact) { open_session(*state, fact, when); });
    case Kind::session_closed:
      return with.operator()<facts::SessionClosed>([&](const auto& fact) { close_session(*state, fact); });
    default:
      return;
  }
}

void State::confirm(const ledger::Entry& entry) {
  FleetState* const state = find(entry.fleet);
  if (state == nullptr) return apply(entry);
  const auto device_of = [&](const DeviceId& id) { return state->find_device(id); };
  switch (static_cast<Kind>(entry.kind)) {
    case Kind::session_opened:
    case Kind::session_closed:
      return apply(entry);
    case Kind::fleet_created:
      state->fleet.created = entry.received;
      return;
    case Kind::device_added:
      if (const auto fact = fact_of<facts::DeviceAdded>(entry)) {
        auto* const row = device_of(fact->device);
        if (row == nullptr) return;
        row->device.added = entry.received;
        if (row->device.lifecycle == facts::Lifecycle::expected) row->device.lifecycle_since = entry.received;
      }
      return;
    case Kind::device_retired:
      if (const auto fact = fact_of<facts::DeviceRetired>(entry)) {
        if (auto* const row = device_of(fact->device)) row->device.lifecycle_since = entry.received;
      }
      return;
    case Kind::device_state_changed:
      if (const auto fact = fact_of<facts::DeviceStateChanged>(entry)) {
        auto* const row = device_of(fact->device);
        if (row != nullptr && row->device.lifecycle == fact->to) row->device.lifecycle_since = entry.received;
      }
      return;
    case Kind::application_added:
      if (const auto fact = fact_of<facts::ApplicationAdded>(entry)) {
        const auto row = state->applications.find(fact->application);
        if (row != state->applications.end()) row->second.added = entry.received;
      }
      return;
    case Kind::application_granted:
      if (const auto fact = fact_of<facts::ApplicationGranted>(entry)) confirm_grants(*state, *fact, entry);
      return;
    case Kind::application_removed:
      if (const auto fact = fact_of<facts::ApplicationRemoved>(entry)) {
        const auto row = state->applications.find(fact->application);
        if (row != state->applications.end()) row->second.removed = entry.received;
      }
      return;
    case Kind::identity_issued:
      if (const auto fact = fact_of<facts::IdentityIssued>(entry)) {
        const auto identity = state->identities.find(fact->serial);
        if (identity == state->identities.end()) return;
        identity->second.issued = entry.received;
        identity->second.entry = entry.number;
        auto* const row = device_of(fact->device);
        if (row != nullptr && row->device.lifecycle == facts::Lifecycle::enrolled &&
            row->serials.front() == fact->serial) {
          row->device.lifecycle_since = entry.received;
        }
      }
      return;
    case Kind::identity_revoked:
      if (const auto fact = fact_of<facts::IdentityRevoked>(entry)) {
        const auto identity = state->identities.find(fact->serial);
        if (identity != state->identities.end()) identity->second.revoked = entry.received;
      }
      return;
    case Kind::anchor_added:
      if (const auto fact = fact_of<facts::AnchorAdded>(entry)) {
        const auto row = state->ways.anchors.find(fact->anchor);
        if (row != state->ways.anchors.end()) row->second.added = entry.received;
      }
      return;
    case Kind::enrolment_requested:
      if (const auto fact = fact_of<facts::EnrolmentRequested>(entry)) {
        const auto row = state->ways.requests.find(fact->request);
        if (row != state->ways.requests.end()) row->second.requested = entry.received;
      }
      return;
    case Kind::enrolment_decided:
      if (const auto fact = fact_of<facts::EnrolmentDecided>(entry)) {
        const auto row = state->ways.requests.find(fact->request);
        if (row != state->ways.requests.end()) row->second.decided = entry.received;
      }
      return;
    case Kind::token_created:
      if (const auto fact = fact_of<facts::TokenCreated>(entry)) {
        const auto row = std::ranges::find(state->tokens, fact->token_hash, &TokenState::hash);
        if (row != state->tokens.end()) row->token.created = entry.received;
      }
      return;
    case Kind::token_revoked:
      if (const auto fact = fact_of<facts::TokenRevoked>(entry)) {
        // The newest of that name: earlier ones were revoked before it was made.
        const auto row = std::find_if(state->tokens.rbegin(), state->tokens.rend(), [&](const TokenState& token) {
          return token.token.name == fact->name && token.token.revoked && token.token.created <= entry.received;
        });
        if (row != state->tokens.rend()) row->token.revoked = entry.received;
      }
      return;
    default:
      return;
  }
}

}  // namespace outrider::fleet
