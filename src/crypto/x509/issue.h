#pragma once
// Making certificates from a description. What may be issued to whom is decided elsewhere (room identity).
#include <optional>
#include <string>

#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

// What shall stand in the certificate.
struct CertificateTemplate {
  std::string common_name;                  // 1 to 64 bytes
  std::optional<std::string> organization;  // up to 64 bytes
  PublicKey key;
  Timestamp not_before;
  Timestamp not_after;
  AltNames names;  // dns, uri and ip
  bool client_auth = false;
  bool server_auth = false;
  bool authority = false;  // cA with keyCertSign and cRLSign; otherwise keyUsage is digitalSignature
  std::optional<unsigned> path_length;
  bool ocsp_signing = false;  // extended key usage; without `authority` also id-pkix-ocsp-nocheck (RFC 6960, 4.2.2.2.1)
  std::string crl_url;        // where to ask about it; empty: not said
  std::string ocsp_url;
  std::string issuer_url;  // its issuer's certificate, DER
};

// Signed by the issuer. Serial: 16 random bytes, positive. SHA-256, or what the issuer's key type uses. Adds subject
// and authority key identifiers. malformed when the template has a name that does not fit;
// unavailable ("cannot-sign") when the key is in a device that does not answer.
Result<Certificate> issue_certificate(const CertificateTemplate& what, const Certificate& issuer,
                                      const KeyPair& issuer_key);
// The same, signed by its own key: a root.
Result<Certificate> issue_self_signed(const CertificateTemplate& what, const KeyPair& key);

}  // namespace outrider::crypto
