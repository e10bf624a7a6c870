#include "server/revocation_source.h"

#include "api/house.h"

namespace outrider::server {

std::vector<FleetId> RegistryRevocations::fleets() const {
  std::vector<FleetId> out;
  for (const auto& fleet : registry_.fleets())
    if (fleet.id != api::server_log()) out.push_back(fleet.id);
  return out;
}

Result<std::vector<identity::Revoked>> RegistryRevocations::revoked(const FleetId& fleet, std::size_t from) const {
  TRY(auto all, registry_.revocations(fleet, from));
  std::vector<identity::Revoked> out;
  out.reserve(all.size());
  for (auto& each : all)
    out.push_back({.serial = std::move(each.serial),
                   .issuer = std::move(each.issuer),
                   .when = each.when,
                   .why = std::move(each.why),
                   .not_after = each.not_after});
  return out;
}

std::optional<identity::CertificateState> RegistryRevocations::state(const FleetId& fleet,
                                                                     const std::string& serial) const {
  auto found = registry_.identity(fleet, serial);
  if (!found) return std::nullopt;
  return identity::CertificateState{
      .issuer = std::move(found->issuer), .revoked = found->revoked, .why = found->revoked_why.value_or("unspecified")};
}

}  // namespace outrider::server
