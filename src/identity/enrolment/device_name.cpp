#include "identity/enrolment/device_name.h"

#include "crypto/hash.h"
#include "facts/holder.h"

namespace outrider::identity {
namespace {

constexpr std::string_view prefix = "urn:outrider:";

std::unexpected<Error> no_device(std::string detail) {
  return fail(Errc::forbidden, "not-a-device", std::move(detail));
}

}  // namespace

std::string to_urn(const FleetId& fleet, const DeviceId& device) {
  return std::string(prefix) + fleet.value + ":" + device.value;
}

std::optional<DeviceName> from_urn(std::string_view urn) {
  if (!urn.starts_with(prefix)) return std::nullopt;
  urn.remove_prefix(prefix.size());
  const auto colon = urn.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto fleet = FleetId::parse(urn.substr(0, colon));
  const auto device = facts::parse_holder(urn.substr(colon + 1));  // refuses any other colon
  if (!fleet || !device) return std::nullopt;
  return DeviceName{*fleet, *device};
}

namespace {

// The rules are the same however the certificate was read.
template <class Certificate>
Result<ClientIdentity> identify_any(const Certificate& certificate, std::string spki_sha256) {
  if (!certificate.client_auth || certificate.authority) return no_device("the certificate is not one for clients");
  std::optional<DeviceName> name;
  for (const auto& uri : certificate.names.uri) {
    if (!uri.starts_with(prefix)) continue;
    if (name) return no_device("the certificate names more than one device");
    name = from_urn(uri);
    if (!name) return no_device("the certificate's URI is not urn:outrider:<fleet>:<device>");
  }
  if (!name) return no_device("the certificate has no URI urn:outrider:<fleet>:<device>");
  if (certificate.subject.common_name != facts::plain_name(name->device))
    return no_device("the certificate's common name is not its device or application");
  return ClientIdentity{
      name->fleet,          name->device, certificate.serial, std::move(spki_sha256), certificate.not_before,
      certificate.not_after};
}

}  // namespace

Result<ClientIdentity> identify(const crypto::Certificate& certificate) {
  return identify_any(certificate, certificate.spki_sha256());
}

Result<ClientIdentity> identify(ByteView certificate_der) {
  TRY(const auto certificate, crypto::parse_verified_certificate(certificate_der));
  return identify_any(certificate, hex(crypto::sha256(certificate.spki)));
}

}  // namespace outrider::identity
