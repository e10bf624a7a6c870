#pragma once
// The Online Certificate Status Protocol (RFC 6960): requests from anybody as values, answers signed by us.
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

inline constexpr std::size_t ocsp_request_bytes_max = 4096;  // one certificate needs 80 bytes, with a nonce 130
inline constexpr std::size_t ocsp_certificates_max = 16;     // asked for in one request
inline constexpr std::size_t ocsp_nonce_bytes_max = 128;     // RFC 9654, 2.1

// Which certificate is asked for (CertID, 4.1.1).
struct OcspCertId {
  int hash = 0;  // the library's number of the algorithm; 0: one this house does not know
  Bytes issuer_name_hash;
  Bytes issuer_key_hash;
  std::string serial;  // as in Certificate; empty when it is no positive number
  Bytes der;
  bool operator==(const OcspCertId&) const = default;
};

struct OcspRequest {
  std::vector<OcspCertId> certificates;  // at least one
  Bytes nonce;                           // value of the nonce extension as it came; empty: none
};

// Signatures on requests are not looked at: the answer is the same for everybody (4.1.2). malformed ("bad-ocsp") for
// what is no request, for none or too many certificates, for a nonce of 0 or more than 128 bytes (RFC 9654, 2.1) and
// for critical extensions, of which we know none (4.4).
Result<OcspRequest> parse_ocsp_request(ByteView der);

// The hashes by which requests name an issuer: SHA-1, SHA-256 and SHA-384 of its name and of its key.
struct OcspIssuerNames {
  explicit OcspIssuerNames(const Certificate& issuer);
  bool match(const OcspCertId& id) const;

 private:
  struct Hashes {
    int hash;
    Bytes name;
    Bytes key;
  };
  std::vector<Hashes> all_;
};

struct OcspStatus {
  enum class Kind : std::uint8_t { good, revoked, unknown } kind = Kind::unknown;
  Timestamp when;      // revoked
  std::string reason;  // revoked; a name of RFC 5280, 5.3.1
};

struct OcspValidity {
  Timestamp this_update;
  Timestamp next_update;
};

// A successful response (4.2.1): one answer a certificate of the request, in order; the nonce of the request; signed by
// `signer`, whose certificate goes along, and named by its key.
Result<Bytes> ocsp_response(const OcspRequest& request, const std::vector<OcspStatus>& answers,
                            const OcspValidity& validity, const Certificate& signer, const KeyPair& key);

// OCSPResponseStatus, 4.2.1. These are not signed.
enum class OcspProblem : std::uint8_t { malformed_request = 1, internal_error = 2, try_later = 3, unauthorized = 6 };
Bytes ocsp_problem(OcspProblem problem);

}  // namespace outrider::crypto
