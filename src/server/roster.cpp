#include "server/roster.h"

#include <utility>

namespace outrider::server {
namespace {

std::optional<identity::KnownIdentity> known(const std::optional<fleet::KnownIdentity>& from) {
  if (!from) return std::nullopt;
  return identity::KnownIdentity{.device = from->device,
                                 .serial = from->serial,
                                 .spki_sha256 = from->spki_sha256,
                                 .not_after = from->not_after,
                                 .revoked = from->revoked};
}

}  // namespace

Result<identity::Standing> RegistryRoster::standing(const FleetId& fleet, const DeviceId& device) const {
  TRY(const auto from, registry_.standing(fleet, device));
  return identity::Standing{.lifecycle = from.lifecycle,
                            .keys = {.p256 = from.keys.p256,
                                     .p384 = from.keys.p384,
                                     .ed25519 = from.keys.ed25519,
                                     .rsa_bits_min = from.keys.rsa_bits_min,
                                     .certificate_life = from.keys.certificate_life}};
}

Result<void> RegistryRoster::check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                        Timestamp now) const {
  return registry_.check_code(fleet, device, code_hash, now);
}

std::optional<identity::KnownIdentity> RegistryRoster::holder_of_key(const FleetId& fleet,
                                                                     const std::string& spki_sha256) const {
  return known(registry_.holder_of_key(fleet, spki_sha256));
}

std::optional<identity::KnownIdentity> RegistryRoster::by_serial(const FleetId& fleet,
                                                                 const std::string& serial) const {
  return known(registry_.by_serial(fleet, serial));
}

void RegistryRoster::record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) {
  registry_.record_issue(fleet, std::move(fact), std::move(done));
}

void RegistryRoster::record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) {
  registry_.record_refusal(fleet, std::move(fact));
}

}  // namespace outrider::server
