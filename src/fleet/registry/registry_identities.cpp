// Enrolment, identities and admission.
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"
#include "fleet/registry/admission.h"
#include "fleet/registry/live_registry.h"
#include "fleet/ways_in/rules.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

using ledger::subject_of;

// Applications have no profile; their keys are what every profile we ship allows.
constexpr KeyPolicy application_keys{.p256 = true, .p384 = true, .ed25519 = true};

Error unknown_identity(const std::string& serial) {
  return {Errc::not_found, "unknown-identity",
          fmt::format("there is no identity with serial {}", serial.substr(0, 64))};
}

// May the holder have a new certificate? A device in quarantine may renew, and stays in quarantine.
Result<void> check_enrolling(const FleetState& state, const DeviceId& holder) {
  CHECK(require_holder(state, holder));
  if (const auto application = facts::application_of(holder)) {
    if (state.find_application(*application)->removed) return std::unexpected(removed_application(*application));
    return {};
  }
  const Device& device = state.find_device(holder)->device;
  switch (device.lifecycle) {
    case facts::Lifecycle::retired:
    case facts::Lifecycle::lost:
    case facts::Lifecycle::stolen:
      return std::unexpected(refused_lifecycle(device.id, device.lifecycle));
    default:
      return {};
  }
}

// A device in quarantine keeps the identity it has; a new one might be an intruder's.
Result<void> check_quarantine(const FleetState& state, const facts::IdentityIssued& fact) {
  const DeviceState* const row = state.find_device(fact.device);
  if (row == nullptr || row->device.lifecycle != facts::Lifecycle::quarantined) return {};
  switch (fact.right) {
    case facts::EnrolmentRight::renewal:
    case facts::EnrolmentRight::migration:
    case facts::EnrolmentRight::foreign:
      return {};
    case facts::EnrolmentRight::code:
    case facts::EnrolmentRight::expired_renewal:
    case facts::EnrolmentRight::manufacturer:
    case facts::EnrolmentRight::approval:
      break;
  }
  return std::unexpected(refused_lifecycle(fact.device, facts::Lifecycle::quarantined));
}

Result<void> check_code_of(const FleetState& state, const DeviceId& device, const std::string& hash, Timestamp now) {
  const auto code = state.codes.find(hash);
  if (code == state.codes.end() || code->second.device != device) {
    return fail(Errc::unauthenticated, "code-unknown", fmt::format("not a code of device '{}'", device.value));
  }
  if (code->second.used) return fail(Errc::unauthenticated, "code-used", "the code was used already");
  if (now >= code->second.expires) {
    return fail(Errc::expired, "code-expired", "the code expired at " + to_rfc3339(code->second.expires));
  }
  return {};
}

bool has_open_code(const FleetState& state, const HolderState& row, Timestamp now) {
  const auto code = state.codes.find(row.open_code);
  return code != state.codes.end() && !code->second.used && now < code->second.expires;
}

Result<void> check_right(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  if (fact.right == facts::EnrolmentRight::code) {
    return check_code_of(state, fact.device, fact.code_hash.value_or(""), now);
  }
  return check_right_without_code(state, fact, now);
}

// Revoked by a decision about the identity itself: nobody may have this key again.
bool key_was_revoked(const FleetState& state, const DeviceId& holder, const std::string& spki_sha256) {
  const HolderState* const row = state.find_holder(holder);
  return row != nullptr && std::ranges::any_of(row->serials, [&](const auto& serial) {
           const Identity& identity = state.identities.at(serial);
           return identity.spki_sha256 == spki_sha256 && identity.revoked && !identity.revoked_cause;
         });
}

// The identity of any fleet that has the key; one of another holder than `asking` (of `own`) if there is one.
std::pair<const FleetState*, const Identity*> find_key(const State& state, const FleetId& own, const DeviceId& asking,
                                                       const std::string& spki_sha256) {
  std::pair<const FleetState*, const Identity*> found{};
  for (const auto& [id, fleet] : state.fleets) {
    const auto serial = fleet.by_key.find(spki_sha256);
    if (serial == fleet.by_key.end()) continue;
    const Identity& identity = fleet.identities.at(serial->second);
    found = {&fleet, &identity};
    if (id != own || identity.device != asking) break;
  }
  return found;
}

Result<void> check_key(const State& all, const FleetState& state, const facts::IdentityIssued& fact) {
  if (state.find_identity(fact.serial) != nullptr) {
    return fail(Errc::conflict, "serial-in-use", fmt::format("serial {} was issued already", fact.serial));
  }
  const auto [fleet, identity] = find_key(all, state.fleet.id, fact.device, fact.spki_sha256);
  if (identity == nullptr) return {};
  if (fleet != &state || identity->device != fact.device) {
    return fail(Errc::conflict, "key-in-use", "the public key belongs to another device");
  }
  if (key_was_revoked(state, fact.device, fact.spki_sha256)) {
    return fail(Errc::forbidden, "key-revoked", "an identity with this public key was revoked");
  }
  return {};
}

}  // namespace

Result<void> check_issue(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now) {
  CHECK(check_enrolling(state, fact.device));
  CHECK(check_quarantine(state, fact));
  return check_right(state, fact, now);
}

void LiveRegistry::create_code(const FleetId& fleet, facts::CodeCreated code, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    CHECK(check_enrolling(*found, code.device));
    CHECK(check_text("by", code.by, label_bytes_max));
    if (!is_sha256_hex(code.code_hash)) {
      return fail(Errc::malformed, "bad-code-hash", "a code's hash is 64 lower-case hexadecimal digits");
    }
    if (found->codes.contains(code.code_hash)) {
      return fail(Errc::conflict, "code-exists", "a code with this hash was made already");
    }
    if (code.expires <= clock_.now()) {
      return fail(Errc::expired, "code-expired",
                  "the code would expire at " + to_rfc3339(code.expires) + ", which is past");
    }
    plan.append(fleet, subject_of(code.device), code);
    return {};
  });
}

Result<Standing> LiveRegistry::standing(const FleetId& fleet, const DeviceId& device) const {
  return look(fleet, [&](const FleetState& state) -> Result<Standing> {
    if (const auto application = facts::application_of(device)) {
      CHECK(check_enrolling(state, device));
      return Standing{.lifecycle = facts::Lifecycle::active, .keys = application_keys};
    }
    const DeviceState* const row = state.find_device(device);
    if (row == nullptr) return std::unexpected(unknown_device(device));
    const auto profile = state.profiles.find(row->device.profile);
    if (profile == state.profiles.end()) {
      return fail(Errc::not_found, "unknown-profile",
                  fmt::format("there is no profile '{}'", row->device.profile.value));
    }
    return Standing{.lifecycle = row->device.lifecycle,
                    .keys = profile->second->keys,
                    .renew_after_expiry = profile->second->renew_after_expiry,
                    .profile = row->device.profile,
                    // Not while it has a code: EST clients ask without it first, and send it when they are told to
                    // (RFC 7030, 3.2.3).
                    .by_approval = profile->second->by_approval && !has_open_code(state, *row, clock_.now())};
  });
}

Result<void> LiveRegistry::check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                      Timestamp now) const {
  return look(fleet, [&](const FleetState& state) { return check_code_of(state, device, code_hash, now); });
}

KnownIdentity known_identity(const FleetState& state, const Identity& identity) {
  return {.fleet = state.fleet.id,
          .device = identity.device,
          .serial = identity.serial,
          .spki_sha256 = identity.spki_sha256,
          .not_after = identity.not_after,
          .revoked = identity.revoked.has_value(),
          .superseded = identity.revoked_cause == facts::RevocationCause::successor,
          .dismissed = identity.revoked_cause == facts::RevocationCause::anchor};
}

std::optional<KnownIdentity> LiveRegistry::holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                                         const std::string& spki_sha256) const {
  const std::shared_lock lock(mutex_);
  const auto [state, identity] = find_key(state_, fleet, asking, spki_sha256);
  if (identity == nullptr) return std::nullopt;
  KnownIdentity out = known_identity(*state, *identity);
  out.revoked = key_was_revoked(*state, identity->device, spki_sha256);
  return out;
}

std::optional<KnownIdentity> LiveRegistry::by_serial(const FleetId& fleet, const std::string& serial) const {
  const std::shared_lock lock(mutex_);
  const FleetState* const state = state_.find(fleet);
  const Identity* const identity = state == nullptr ? nullptr : state->find_identity(serial);
  if (identity == nullptr) return std::nullopt;
  return known_identity(*state, *identity);
}

void LiveRegistry::record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(FleetState* const found, require_fleet(state, fleet));
    const Timestamp now = clock_.now();
    CHECK(check_issue(*found, fact, now));
    CHECK(check_key(state, *found, fact));
    plan_room_for_one(fleet, *found, *found->find_holder(fact.device), now, plan);
    plan.append(fleet, subject_of(fact.device), fact);
    return {};
  });
}

void LiveRegistry::record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) {
  // Changes nothing that decisions are made against, so it needs no turn; a strange fleet has no ledger to hold it.
  auto subject = subject_of(DeviceId(fact.device));
  subject.id.resize(std::min(subject.id.size(), id_bytes_max));
  ledger_.append(ledger::draft_of(fleet, std::move(subject), fact), [](const Result<std::uint64_t>& number) {
    if (!number) log::warn("a refusal could not be recorded", {{"problem", number.error().text()}});
  });
}

Result<std::vector<Identity>> LiveRegistry::identities(const FleetId& fleet, const DeviceId& device) const {
  return look(fleet, [&](const FleetState& state) -> Result<std::vector<Identity>> {
    TRY(const HolderState* const row, require_holder(state, device));
    std::vector<Identity> out;
    for (auto serial = row->serials.rbegin(); serial != row->serials.rend(); ++serial) {
      out.push_back(state.identities.at(*serial));
    }
    return out;
  });
}

Result<Identity> LiveRegistry::identity(const FleetId& fleet, const std::string& serial) const {
  return look(fleet, [&](const FleetState& state) -> Result<Identity> {
    const Identity* const found = state.find_identity(serial);
    if (found == nullptr) return std::unexpected(unknown_identity(serial));
    return *found;
  });
}

Result<Identity> LiveRegistry::recorded_identity(const FleetId& fleet, const std::string& serial,
                                                 std::chrono::milliseconds deadline) const {
  auto found = identity(fleet, serial);
  std::shared_lock lock(mutex_);
  const auto recorded = [&] {
    const FleetState* const state = state_.find(fleet);
    const Identity* const row = state == nullptr ? nullptr : state->find_identity(serial);
    if (row == nullptr) return true;  // the refusal stands
    found = *row;
    return row->entry != 0;
  };
  if (read_back_.wait_for(lock, deadline, recorded)) return found;
  return fail(Errc::unavailable, "projection-behind", "the ledger's entry of this identity is not read back yet");
}

Result<IdentityPage> LiveRegistry::identities(const FleetId& fleet, const IdentityQuery& query) const {
  return look(fleet, [&](const FleetState& state) -> Result<IdentityPage> {
    const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, page_limit_max);
    IdentityPage page;
    for (auto row = state.identities.upper_bound(query.after); row != state.identities.end(); ++row) {
      if (query.revoked && row->second.revoked.has_value() != *query.revoked) continue;
      if (page.identities.size() == limit) {
        page.next = page.identities.back().serial;
        break;
      }
      page.identities.push_back(row->second);
    }
    return page;
  });
}

void LiveRegistry::revoke(const FleetId& fleet, const std::string& serial, const std::string& why,
                          const std::string& by, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("by", by, label_bytes_max));
    CHECK(check_revocation_reason(why));
    const Identity* const identity = found->find_identity(serial);
    if (identity == nullptr) return std::unexpected(unknown_identity(serial));
    if (identity->revoked) {
      return fail(Errc::conflict, "identity-revoked", fmt::format("identity {} was revoked already", serial));
    }
    plan.append(fleet, subject_of(identity->device),
                facts::IdentityRevoked{.device = identity->device, .serial = serial, .why = why, .by = by});
    plan.expulsions.push_back({fleet, identity->device, serial, "identity-revoked"});
    return {};
  });
}

Result<Admission> LiveRegistry::admit(const FleetId& fleet, const DeviceId& device,
                                      const std::string& certificate_serial, const std::string& spki_sha256) const {
  const Timestamp now = clock_.now();
  return look(fleet, [&](const FleetState& state) {
    return judge_admission(state, {device, certificate_serial, spki_sha256}, now);
  });
}

}  // namespace outrider::fleet
