#include "server/roster.h"

#include <utility>

#include "facts/holder.h"

namespace outrider::server {
namespace {

identity::KnownIdentity known(const fleet::KnownIdentity& from) {
  return {.fleet = from.fleet,
          .device = from.device,
          .serial = from.serial,
          .spki_sha256 = from.spki_sha256,
          .not_after = from.not_after,
          .revoked = from.revoked,
          .superseded = from.superseded,
          .dismissed = from.dismissed};
}

std::optional<identity::KnownIdentity> known(const std::optional<fleet::KnownIdentity>& from) {
  return from ? std::optional(known(*from)) : std::nullopt;
}

identity::Anchor anchor_of(const fleet::Anchor& from) {
  return {.name = from.anchor,
          .role = from.role,
          .certificate = from.certificate,
          .profile = from.profile,
          .device_id_from = from.device_id_from,
          .until = from.until};
}

identity::Approval approval_of(fleet::RequestState state) {
  switch (state) {
    case fleet::RequestState::approved:
      return identity::Approval::approved;
    case fleet::RequestState::rejected:
      return identity::Approval::rejected;
    case fleet::RequestState::pending:
    case fleet::RequestState::used:
      break;
  }
  return identity::Approval::pending;
}

}  // namespace

Result<identity::Standing> RegistryRoster::standing(const FleetId& fleet, const DeviceId& device) const {
  TRY(const auto from, registry_.standing(fleet, device));
  return identity::Standing{.lifecycle = from.lifecycle,
                            .keys = {.p256 = from.keys.p256,
                                     .p384 = from.keys.p384,
                                     .ed25519 = from.keys.ed25519,
                                     .rsa_bits_min = from.keys.rsa_bits_min,
                                     .certificate_life = from.keys.certificate_life,
                                     .home_min = from.keys.home_min,
                                     .home_attested = from.keys.home_attested},
                            .renew_after_expiry = from.renew_after_expiry,
                            .profile = from.profile,
                            .by_approval = from.by_approval};
}

Result<void> RegistryRoster::check_network(const FleetId& fleet, const DeviceId& device,
                                           const identity::Network& network) const {
  if (facts::application_of(device)) return {};
  TRY(const auto row, registry_.device(fleet, device));
  TRY(const auto profile, registry_.profile(fleet, row.profile));
  return profile->check_network(network.kind, network.name);
}

Result<void> RegistryRoster::check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                        Timestamp now) const {
  return registry_.check_code(fleet, device, code_hash, now);
}

std::optional<identity::KnownIdentity> RegistryRoster::holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                                                     const std::string& spki_sha256) const {
  return known(registry_.holder_of_key(fleet, asking, spki_sha256));
}

std::vector<identity::Anchor> RegistryRoster::anchors(const FleetId& fleet) const {
  std::vector<identity::Anchor> out;
  const auto all = registry_.anchors(fleet);
  if (!all) return out;
  for (const auto& each : *all) out.push_back(anchor_of(each));
  return out;
}

std::vector<std::pair<FleetId, identity::Anchor>> RegistryRoster::device_authorities() const {
  std::vector<std::pair<FleetId, identity::Anchor>> out;
  for (auto& [fleet, anchor] : registry_.device_authorities()) out.emplace_back(fleet, anchor_of(anchor));
  return out;
}

Result<DeviceId> RegistryRoster::by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                                  const std::optional<ProfileId>& profile) const {
  return registry_.by_serial_number(fleet, serial_number, profile);
}

Result<void> RegistryRoster::check_list(const FleetId& fleet, const std::string& anchor,
                                        const std::string& serial) const {
  return registry_.check_list(fleet, anchor, serial);
}

void RegistryRoster::ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) {
  registry_.ask_approval(fleet, std::move(fact),
                         [asked = std::move(asked)](Result<fleet::EnrolmentRequest> answer) mutable {
                           if (!answer) return asked(std::unexpected(std::move(answer).error()));
                           asked(identity::ApprovalStanding{approval_of(answer->state), answer->request});
                         });
}

std::optional<identity::KnownIdentity> RegistryRoster::by_serial(const FleetId& fleet,
                                                                 const std::string& serial) const {
  return known(registry_.by_serial(fleet, serial));
}

void RegistryRoster::record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) {
  auto watched = [this, fleet, device = fact.device, serial = fact.serial, certificate = fact.certificate,
                  done = std::move(done)](Result<void> recorded) mutable {
    if (recorded) watch_.issued(fleet, device, serial, std::move(certificate));
    done(std::move(recorded));
  };
  registry_.record_issue(fleet, std::move(fact), std::move(watched));
}

void RegistryRoster::record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) {
  registry_.record_refusal(fleet, std::move(fact));
}

void RegistryRoster::record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) {
  registry_.record_suspicion(fleet, std::move(fact));
}

}  // namespace outrider::server
