#pragma once
// PKCS#10 certification requests (RFC 2986).
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "crypto/keys/key.h"
#include "crypto/x509/names.h"

namespace outrider::crypto {

inline constexpr std::size_t csr_der_bytes_max = 8 * 1024;    // RSA-8192 with generous attributes is below 4 KiB
inline constexpr std::size_t csr_body_bytes_max = 16 * 1024;  // the same in base64 with line breaks and PEM marks
inline constexpr unsigned csr_rsa_bits_max = 8192;            // bounds the time of a signature check

inline constexpr std::size_t csr_extensions_max = 32;  // more than any client asks for

// An extension that the request asks for.
struct RequestedExtension {
  std::string oid;  // "2.5.29.17"
  Bytes value;      // what its OCTET STRING holds
  bool operator==(const RequestedExtension&) const = default;
};

// A request taken apart. Attributes other than the requested extensions (a challenge password, say) are not looked at.
struct Csr {
  Bytes der;
  SubjectName subject;
  AltNames names;                              // of the extensionRequest attribute
  std::vector<RequestedExtension> extensions;  // the same attribute, whole
  PublicKey key;
  bool signature_valid = false;  // made with the private half of `key`: proof of possession
};

// The body of an EST request or a file: DER, PEM, or base64 with or without line breaks.
// malformed ("malformed-csr") or too_large; a bad signature is reported in the value.
Result<Csr> parse_csr(ByteView body);

// A request for `subject` (its CN) with the SANs and other extensions, signed by the key. DER.
Result<Bytes> make_csr(const KeyPair& key, std::string_view common_name, const AltNames& names = {},
                       const std::vector<RequestedExtension>& extensions = {});

}  // namespace outrider::crypto
