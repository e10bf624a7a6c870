#pragma once
// Certificates in a box: SignedData without content and signers (RFC 5652; the "certs-only" message of RFC 8551, 3.8),
// the answer of EST.
#include <span>
#include <vector>

#include "base/bytes.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

inline constexpr std::size_t certs_only_bytes_max = 256 * 1024;
inline constexpr std::size_t certs_only_count_max = 16;

// DER.
Bytes to_certs_only(std::span<const Certificate> certificates);
// DER; order as in the message. malformed ("bad-cms") or too_large.
Result<std::vector<Certificate>> from_certs_only(ByteView der);

}  // namespace outrider::crypto
