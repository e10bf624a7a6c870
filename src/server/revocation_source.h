#pragma once
// The registry as revocation lists and OCSP see it. Rooms on one floor do not include each other, so the two meet here.
#include "fleet/registry/registry.h"
#include "identity/revocation/source.h"

namespace outrider::server {

// `registry` must outlive it. Any thread.
class RegistryRevocations final : public identity::RevocationSource {
 public:
  explicit RegistryRevocations(const fleet::Registry& registry) : registry_(registry) {}

  std::vector<FleetId> fleets() const override;  // without the server's own log, which has no certificates
  Result<std::vector<identity::Revoked>> revoked(const FleetId& fleet, std::size_t from) const override;
  std::uint64_t rebuilds() const override { return registry_.rebuilds(); }
  std::optional<identity::CertificateState> state(const FleetId& fleet, const std::string& serial) const override;

 private:
  const fleet::Registry& registry_;
};

}  // namespace outrider::server
