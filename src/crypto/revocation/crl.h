#pragma once
// Certificate revocation lists (RFC 5280, section 5), version 2, full and delta.
//
// A list of a hundred thousand is four megabytes, and every revocation makes a new one. So each revoked certificate is
// encoded once, and making a list is joining what is encoded and signing it: the time goes into one hash.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"

namespace outrider::crypto {

// RFC 5280, 5.3.1. nullopt for a name that is not there.
std::optional<int> reason_code(std::string_view name);

// One element of revokedCertificates, in DER. `reason`: a name of RFC 5280, 5.3.1; unspecified and unknown ones are
// left out, as 5.3.1 asks. malformed ("bad-serial") when the serial number is not hex.
Result<Bytes> revoked_element(const std::string& serial, Timestamp when, std::string_view reason);

// Which certificates of the issuer the list speaks of: issuingDistributionPoint, 5.2.5.
enum class CrlScope : std::uint8_t { users, authorities };

struct CrlTemplate {
  std::uint64_t number = 0;                  // 5.2.3
  std::optional<std::uint64_t> base_number;  // 5.2.4; set: a delta to that list
  Timestamp this_update;
  Timestamp next_update;
  CrlScope scope = CrlScope::users;
  std::string delta_url;  // 5.2.6: where the delta is; empty: none, and always so in a delta
};

// DER, signed by the issuer. `elements`: any number of revoked_element, one behind the other.
Result<Bytes> issue_crl(const CrlTemplate& what, ByteView elements, const Certificate& issuer, const KeyPair& key);

// What a list says, for whoever looks at one: tests, and the doctor.
struct CrlView {
  std::uint64_t number = 0;
  std::optional<std::uint64_t> base_number;
  Timestamp this_update;
  Timestamp next_update;
  Bytes authority_key_id;
  std::size_t revoked = 0;
};
// malformed ("bad-crl"). Checks the signature against the issuer.
Result<CrlView> read_crl(ByteView der, const Certificate& issuer);

}  // namespace outrider::crypto
