#pragma once
// How a client certificate names its device: SAN URI "urn:outrider:<fleet>:<device>", CN = device. An application's has
// "urn:outrider:<fleet>:app:<application>", CN = application; `device` is then its name among holders (facts/holder.h).
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/x509/certificate.h"

namespace outrider::identity {

struct DeviceName {
  FleetId fleet;
  DeviceId device;
  bool operator==(const DeviceName&) const = default;
};

std::string to_urn(const FleetId& fleet, const DeviceId& device);
// nullopt when it is not such a URN, or one whose ids are not ids.
std::optional<DeviceName> from_urn(std::string_view urn);

// Who the holder of a client certificate is.
struct ClientIdentity {
  FleetId fleet;
  DeviceId device;
  std::string serial;       // as in facts::IdentityIssued
  std::string spki_sha256;  // the same
  Timestamp not_before;
  Timestamp not_after;
  bool operator==(const ClientIdentity&) const = default;
};

// For the gateways: the chain and the possession of the key have been verified by TLS; this reads who it is. The
// certificate must have exactly one SAN URI of ours, its CN must be that device, and it must be for clients.
// Lifecycle and revocation are asked of the registry. Errors: forbidden "not-a-device", malformed "bad-certificate".
// The first is for certificates that TLS has verified, and costs a tenth of the second.
Result<ClientIdentity> identify(ByteView certificate_der);
Result<ClientIdentity> identify(const crypto::Certificate& certificate);

}  // namespace outrider::identity
