#pragma once
// Keys that prove nothing, because anybody can sign with them or find their private half.
#include <optional>
#include <string>

#include "crypto/keys/key.h"

namespace outrider::crypto {

// Why the key is weak, as a sentence, or nothing. Looked for:
//   RSA      public exponent below 65537 or even; a modulus with a prime factor below 2^14; the ROCA pattern
//            (CVE-2017-15361); two primes so close together that Fermat's method finds them (CVE-2022-26320)
//   EC       private key among the first 1024 numbers (stuck or counting generators)
//   Ed25519  public key of small order: every message has a signature anybody can make
// How long an RSA key must be is the profile's business, not judged here.
std::optional<std::string> weakness_of(const PublicKey& key);

}  // namespace outrider::crypto
