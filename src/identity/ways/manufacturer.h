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
  std::vector<const Anchor*> anchors;  // never empty
  // What the certificate calls its device: the subject's serialNumber, else the hwSerialNum of its hardwareModuleName,
  // as text if it is text and as lower-case hex if not. One name, or a device could pass for another by its second.
  std::string serial_number;
  std::string certificate_serial;
};

// Reasons: not-an-idevid, unknown-manufacturer, anchor-expired, idevid-expired.
Result<Vouched> judge_idevid(std::span<const crypto::Certificate> chain, std::span<const Anchor> anchors,
                             Timestamp now);

// The anchors of this role that the chain leads to: several may be of one CA. Reasons: `unknown`, anchor-expired,
// `expired`.
struct AnchorReasons {
  std::string_view unknown;
  std::string_view expired;
};
Result<std::vector<const Anchor*>> find_anchors(std::span<const crypto::Certificate> chain,
                                                std::span<const Anchor> anchors, facts::AnchorRole role, Timestamp now,
                                                const AnchorReasons& reasons);

}  // namespace outrider::identity
