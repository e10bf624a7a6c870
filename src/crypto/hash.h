#pragma once
// SHA-256 (FIPS 180-4), HMAC (RFC 2104) and HKDF (RFC 5869) with it. None of them can fail on any input.
// The functions may be called from any thread; a Sha256 belongs to one thread at a time.
#include <array>
#include <cstdint>
#include <initializer_list>

#include "base/bytes.h"
#include "crypto/openssl.h"

namespace outrider::crypto {

inline constexpr std::size_t sha256_bytes = 32;
using Digest = std::array<std::uint8_t, sha256_bytes>;

// One-shot: no allocation, the context is kept per thread.
Digest sha256(ByteView bytes);
// Of the parts one after the other, without joining them first.
Digest sha256(std::initializer_list<ByteView> parts);

// Multi-part: for input that arrives in pieces.
class Sha256 {
 public:
  Sha256();
  Sha256& update(ByteView bytes);
  // The digest of everything given so far; the object then starts anew.
  Digest finish();

 private:
  Owned<EVP_MD_CTX> context_;
};

// SHA-1, which protects nothing any more: for protocols that ask for it as a checksum (RFC 6455, 1.3).
std::array<std::uint8_t, 20> sha1(ByteView bytes);

Digest hmac_sha256(ByteView key, ByteView message);

inline constexpr std::size_t hkdf_bytes_max = 255 * sha256_bytes;  // RFC 5869, 2.3
// Extract and expand. `bytes` is at most hkdf_bytes_max.
Secret hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::size_t bytes);

}  // namespace outrider::crypto
