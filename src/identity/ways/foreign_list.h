#pragma once
// Revocation lists of other CAs, as the fleet takes them: what stands on one, and what we call the certificates it
// names.
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/x509/certificate.h"
#include "facts/anchor_list.h"

namespace outrider::identity {

// Numbers of two CAs may be the same: ours for a foreign certificate is made of its issuer's name (DER) and its own
// number, as long as a serial number may be (RFC 5280, 4.1.2.2).
std::string foreign_serial(ByteView issuer, std::string_view serial);

struct ForeignListed {
  std::string serial;  // the CA's
  std::string ours;
};
struct ReadList {
  facts::AnchorList fact;  // without the anchor, who takes it, and what becomes of it
  std::vector<ForeignListed> revoked;
};
// The list in DER, signed by the authority. Reason: bad-crl.
Result<ReadList> read_list(ByteView der, const crypto::Certificate& authority);

}  // namespace outrider::identity
