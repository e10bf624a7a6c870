#pragma once
// Makers' certificates (IDevID, IEEE 802.1AR): which device one vouches for. Pure: decides from values alone.
//
// TLS has proved that whoever presents the chain has the leaf's private key. Here the chain is checked up to an anchor
// of the fleet, and the serial number of the device is read. An IDevID that ends at 9999-12-31T23:59:59Z never ends
// (802.1AR, 8.7; RFC 5280, 4.1.2.5).
#include <span>
#include <string>
#include <vector>

#include "crypto/x509/certificate.h"
#include "identity/roster.h"

namespace outrider::identity {

struct Vouched {
  std::string anchor;
  std::optional<ProfileId> profile;
  // What the certificate calls its device, best first: the subject's serialNumber, the hwSerialNum of its
  // hardwareModuleName as text and as lower-case hex. Never empty.
  std::vector<std::string> serial_numbers;
  std::string certificate_serial;
};

// Reasons: not-an-idevid, unknown-manufacturer, anchor-expired, idevid-expired.
Result<Vouched> judge_idevid(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                             Timestamp now);

// The first anchor of this role that the chain leads to. Reasons: `unknown`, anchor-expired, `expired`.
struct AnchorReasons {
  std::string_view unknown;
  std::string_view expired;
};
Result<const Anchor*> find_anchor(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                                  facts::AnchorRole role, Timestamp now, const AnchorReasons& reasons);

}  // namespace outrider::identity
