#pragma once
// Revocation lists of other CAs (RFC 5280, section 5): bytes that strangers made, and what of them we can act on.
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

// The most certificates on a list that are read: some 4 MB.
inline constexpr std::size_t foreign_crl_entries_max = 100'000;

struct ForeignCrl {
  std::string number;  // 5.2.3: up to 20 octets, in lower-case hex without leading zeros
  Timestamp this_update;
  Timestamp next_update;
  std::vector<std::string> serials;  // as Certificate::serial
};

// Refused (malformed, "bad-crl") is what is not signed by this issuer, which must be allowed to (6.3.3, f), or with MD5
// or SHA-1; and what cannot be parsed.
Result<ForeignCrl> read_foreign_crl(ByteView der, const Certificate& issuer);

// The same without a look at the signature. Refused is what has no number or no nextUpdate, and what would mean
// something else than "of this issuer's certificates, these are revoked": a delta (5.2.4), a list for other issuers,
// for attribute certificates, CAs or some reasons only (5.2.5), and any critical extension that we do not know (5.2),
// of the list or of an entry.
Result<ForeignCrl> parse_foreign_crl(ByteView der);

}  // namespace outrider::crypto
