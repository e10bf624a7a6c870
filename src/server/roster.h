#pragma once
// The registry as enrolment sees it. Rooms on one floor do not include each other, so the two meet here.
#include "fleet/registry/registry.h"
#include "identity/roster.h"
#include "server/upkeep/factor_watch.h"

namespace outrider::server {

// `registry` must outlive it. Any thread.
class RegistryRoster final : public identity::Roster {
 public:
  // `watch` hears of every certificate that was issued.
  RegistryRoster(fleet::Registry& registry, FactorWatch& watch) : registry_(registry), watch_(watch) {}

  Result<identity::Standing> standing(const FleetId& fleet, const DeviceId& device) const override;
  Result<void> check_network(const FleetId& fleet, const DeviceId& device,
                             const identity::Network& network) const override;
  Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                          Timestamp now) const override;
  std::optional<identity::KnownIdentity> holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                                       const std::string& spki_sha256) const override;
  std::optional<identity::KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const override;
  void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) override;
  void record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) override;
  void record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) override;
  std::vector<identity::Anchor> anchors(const FleetId& fleet) const override;
  std::vector<std::pair<FleetId, identity::Anchor>> device_authorities() const override;
  Result<DeviceId> by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                    const std::optional<ProfileId>& profile) const override;
  Result<void> check_list(const FleetId& fleet, const std::string& anchor, const std::string& serial) const override;
  void ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) override;

 private:
  fleet::Registry& registry_;
  FactorWatch& watch_;
};

}  // namespace outrider::server
