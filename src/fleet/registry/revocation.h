#pragma once
// Taking identities back: which ones a description means, and what has been taken back so far.
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/facts.h"
#include "fleet/state/inventory.h"

namespace outrider::fleet {

inline constexpr std::size_t revoke_batch_max = 500;  // in one decision: admission waits for a millisecond or two
inline constexpr std::size_t revocations_max = 2000;  // read in one look-up

// Every condition that is set must hold. One without any would mean the whole fleet, and is refused.
struct RevocationFilter {
  std::optional<DeviceId> device;
  std::optional<std::string> serial;
  std::optional<std::string> issuer;       // hex of the issuing CA's key identifier
  std::optional<std::string> spki_sha256;  // the key's name
  std::optional<ProfileId> profile;
  std::optional<facts::Lifecycle> lifecycle;
  std::string prefix;                      // of the device id
  std::optional<Timestamp> issued_since;   // inclusive
  std::optional<Timestamp> issued_before;  // exclusive
  bool empty() const {
    return !device && !serial && !issuer && !spki_sha256 && !profile && !lifecycle && prefix.empty() && !issued_since &&
           !issued_before;
  }
};

// The identities that a filter means: issued, not revoked, not yet expired.
struct Selection {
  std::vector<std::string> serials;  // ascending
  std::vector<Identity> sample;      // the first few of them
  // A name for exactly these: what is confirmed can be compared with what was shown.
  std::string fingerprint() const;
};

// One identity that was taken back.
struct Revocation {
  std::string serial;
  std::string issuer;  // as in Identity
  Timestamp when;
  std::string why;  // the reason's name in RFC 5280, 5.3.1
  Timestamp not_after;
};

// malformed ("bad-reason") unless it is a name of RFC 5280, 5.3.1 that fits the certificate of a device.
Result<void> check_revocation_reason(std::string_view why);
// What it followed from: said by the entry, or, in those from before there was a `cause`, by who wrote it.
std::optional<facts::RevocationCause> cause_of(const facts::IdentityRevoked& fact);
// Hex of the key identifier of whoever issued the certificate (DER); empty when it names none.
std::string issuer_of(ByteView certificate);
// Its SubjectPublicKeyInfo (DER); empty when it cannot be read.
Bytes spki_of(ByteView certificate);

}  // namespace outrider::fleet
