// Taking identities back, one or a hundred thousand.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "crypto/hash.h"
#include "crypto/x509/certificate.h"
#include "fleet/registry/live_registry.h"
#include "fleet/registry/revocation.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

// RFC 5280 section 5.3.1: those that fit the certificate of a device. (certificateHold and removeFromCRL would let one
// come back: that is what quarantine is for.)
constexpr std::array<std::string_view, 6> revocation_reasons{
    "unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"};
constexpr std::size_t sample_max = 10;
constexpr std::size_t scanned_max = 2000;  // identities looked at under one lock: a fraction of a millisecond

bool fits(const FleetState& state, const Identity& identity, const RevocationFilter& filter, Timestamp now) {
  if (identity.revoked || identity.not_after <= now) return false;
  if (filter.device && identity.device != *filter.device) return false;
  if (filter.serial && identity.serial != *filter.serial) return false;
  if (filter.issuer && identity.issuer != *filter.issuer) return false;
  if (filter.spki_sha256 && identity.spki_sha256 != *filter.spki_sha256) return false;
  if (!identity.device.value.starts_with(filter.prefix)) return false;
  if (filter.issued_since && identity.issued < *filter.issued_since) return false;
  if (filter.issued_before && identity.issued >= *filter.issued_before) return false;
  if (!filter.profile && !filter.lifecycle) return true;
  const DeviceState* const row = state.find_device(identity.device);
  return row != nullptr && (!filter.profile || row->device.profile == *filter.profile) &&
         (!filter.lifecycle || row->device.lifecycle == *filter.lifecycle);
}

// What is named must be there: a mistyped name would otherwise be a quiet "none".
Result<void> check_named(const FleetState& state, const RevocationFilter& filter) {
  if (filter.device) CHECK(require_holder(state, *filter.device));
  if (filter.serial && state.find_identity(*filter.serial) == nullptr)
    return fail(Errc::not_found, "unknown-identity", "there is no identity with serial " + *filter.serial);
  if (filter.profile && !state.profiles.contains(*filter.profile))
    return fail(Errc::not_found, "unknown-profile", "there is no profile '" + filter.profile->value + "'");
  return {};
}

}  // namespace

std::string Selection::fingerprint() const {
  std::string all;
  for (const auto& serial : serials) all.append(serial).append("\n");
  return hex(crypto::sha256(as_bytes(all)));
}

std::string issuer_of(ByteView certificate) {
  const auto read = crypto::parse_verified_certificate(certificate);
  return read ? hex(read->authority_key_id) : std::string();
}

Bytes spki_of(ByteView certificate) {
  auto read = crypto::parse_verified_certificate(certificate);
  return read ? std::move(read->spki) : Bytes{};
}

std::optional<facts::RevocationCause> cause_of(const facts::IdentityRevoked& fact) {
  const bool retired = fact.why == "superseded" && fact.by == "server";  // operators have other names
  return retired && !fact.cause ? facts::RevocationCause::successor : fact.cause;
}

Result<void> check_revocation_reason(std::string_view why) {
  if (std::ranges::find(revocation_reasons, why) != revocation_reasons.end()) return {};
  return fail(Errc::malformed, "bad-reason",
              fmt::format("'{}' is not a reason to revoke (RFC 5280, 5.3.1){}", why.substr(0, 64),
                          did_you_mean(why, revocation_reasons)));
}

Result<Selection> LiveRegistry::select(const FleetId& fleet, const RevocationFilter& filter) const {
  if (filter.empty())
    return fail(Errc::malformed, "empty-filter",
                "say which identities: by device, serial, key, profile, lifecycle, prefix, time or issuing CA");
  CHECK(look(fleet, [&](const FleetState& state) { return check_named(state, filter); }));
  const Timestamp now = clock_.now();
  Selection out;
  const auto take = [&](const FleetState& state, const Identity& identity) {
    if (!fits(state, identity, filter, now)) return;
    out.serials.push_back(identity.serial);
    if (out.sample.size() < sample_max) out.sample.push_back(identity);
  };
  std::string after = filter.serial.value_or("");
  for (bool more = true; more;) {
    more = false;
    CHECK(look(fleet, [&](const FleetState& state) -> Result<void> {
      std::size_t scanned = 0;
      auto row = filter.serial ? state.identities.find(after) : state.identities.upper_bound(after);
      for (; row != state.identities.end(); ++row) {
        take(state, row->second);
        after = row->first;
        if (filter.serial) break;
        if (++scanned < scanned_max) continue;
        more = true;
        break;
      }
      return {};
    }));
  }
  return out;
}

void LiveRegistry::revoke_batch(const FleetId& fleet, const std::vector<std::string>& serials, const std::string& why,
                                const std::string& by, Added done) {
  if (serials.size() > revoke_batch_max)
    return done(fail(Errc::too_large, "too-many", fmt::format("more than {} identities at once", revoke_batch_max)));
  auto good = check_revocation_reason(why);
  if (good) good = check_text("by", by, label_bytes_max);
  if (!good) return done(std::unexpected(std::move(good).error()));
  std::vector<Plan::Expulsion> expulsions;
  std::shared_ptr<Commit> commit;
  {
    std::unique_lock lock(mutex_);
    auto ready = check_ready();
    const FleetState* const state = state_.find(fleet);
    if (ready && state == nullptr)
      ready = fail(Errc::not_found, "unknown-fleet", fmt::format("there is no fleet '{}'", fleet.value));
    if (!ready) {
      lock.unlock();
      return done(std::unexpected(std::move(ready).error()));
    }
    commit = std::make_shared<Commit>(
        health_, std::vector<Result<void>>(serials.size()),
        [done = std::move(done)](std::vector<Result<void>> outcomes) mutable { done(std::move(outcomes)); });
    for (std::size_t i = 0; i < serials.size(); ++i) {
      const Identity* const identity = state->find_identity(serials[i]);
      if (identity == nullptr) {
        commit->refuse(i, Error(Errc::not_found, "unknown-identity", "there is no identity with serial " + serials[i]));
        continue;
      }
      if (identity->revoked) {
        commit->refuse(i, Error(Errc::conflict, "identity-revoked", "identity " + serials[i] + " was revoked already"));
        continue;
      }
      const DeviceId device = identity->device;
      const facts::IdentityRevoked fact{.device = device, .serial = serials[i], .why = why, .by = by};
      if (carry_out(*commit, ledger::draft_of(fleet, ledger::subject_of(device), fact), i))
        expulsions.push_back({fleet, device, serials[i], "identity-revoked"});
    }
  }
  expel(expulsions);
  commit->close();
}

Result<std::vector<Revocation>> LiveRegistry::revocations(const FleetId& fleet, std::size_t from) const {
  return look(fleet, [&](const FleetState& state) -> Result<std::vector<Revocation>> {
    std::vector<Revocation> out;
    for (std::size_t i = from; i < state.revoked.size() && out.size() < revocations_max; ++i) {
      const Identity& identity = state.identities.at(state.revoked[i]);
      out.push_back({.serial = identity.serial,
                     .issuer = identity.issuer,
                     .when = identity.revoked.value_or(Timestamp{}),
                     .why = identity.revoked_why.value_or("unspecified"),
                     .not_after = identity.not_after});
    }
    return out;
  });
}

}  // namespace outrider::fleet
