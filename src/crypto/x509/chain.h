#pragma once
// Is this certificate good, from here up to a root we trust?
#include <span>

#include "base/time.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

enum class Purpose : std::uint8_t {
  client,
  server,
  any,
  foreign,  // any, and what RFC 5280 asks of extensions is not asked: certificates of other people's CAs as they are
};

// Path validation of RFC 5280 by the library: signatures, validity at `at`, CA flags, path lengths, key usage, purpose.
// A root need not have signed itself: whatever stands there is trusted.
// forbidden ("bad-chain") or expired ("certificate-expired") with the library's sentence.
Result<void> verify_chain(const Certificate& leaf, std::span<const Certificate> intermediates,
                          std::span<const Certificate> roots, Timestamp at, Purpose purpose);

// Was the certificate signed by this issuer's key? Looks at nothing else.
bool signed_by(const Certificate& certificate, const Certificate& issuer);

}  // namespace outrider::crypto
