#pragma once
// X.509 certificates (RFC 5280) as values.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/names.h"

namespace outrider::crypto {

inline constexpr std::size_t certificate_bytes_max = 16 * 1024;  // a manufacturer's with long policies is below 4 KiB

struct Certificate {
  Bytes der;
  SubjectName subject;
  SubjectName issuer;
  std::string serial;  // lower-case hex of the number's bytes, no leading zero byte: "4f00a1"
  Timestamp not_before;
  Timestamp not_after;  // the last second it is valid
  AltNames names;
  bool client_auth = false;  // extended key usage
  bool server_auth = false;
  bool authority = false;  // basicConstraints cA
  std::optional<unsigned> path_length;
  PublicKey key;
  Bytes subject_key_id;
  Bytes authority_key_id;

  std::string spki_sha256() const { return key.spki_sha256(); }
  std::string pem() const;
  bool operator==(const Certificate&) const = default;
};

// One certificate in DER, nothing behind it. malformed ("bad-certificate") or too_large.
Result<Certificate> parse_certificate(ByteView der);
// Every CERTIFICATE block of the text, in order; other blocks are an error.
Result<std::vector<Certificate>> certificates_from_pem(std::string_view text);
// The only CERTIFICATE block of the text.
Result<Certificate> certificate_from_pem(std::string_view text);
// What there is to know of a peer whose certificate TLS has just decoded and verified, ten times cheaper than
// parse_certificate: the public key is not decoded again, so nothing here says that it is a valid one.
struct VerifiedCertificate {
  std::string serial;  // as in Certificate
  SubjectName subject;
  Timestamp not_before;
  Timestamp not_after;
  AltNames names;
  bool client_auth = false;
  bool authority = false;
  Bytes spki;
  Bytes authority_key_id;
};
// DER of a verified certificate; for any other bytes malformed ("bad-certificate") or too_large.
Result<VerifiedCertificate> parse_verified_certificate(ByteView der);
// For the library's calls.
Owned<X509> native(const Certificate& certificate);

}  // namespace outrider::crypto
