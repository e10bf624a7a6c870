#pragma once
// Ed25519 (RFC 8032) over raw keys, as checkpoints of the ledger use it. Any thread.
#include <array>
#include <cstdint>

#include "base/bytes.h"
#include "crypto/openssl.h"

namespace outrider::crypto {

inline constexpr std::size_t ed25519_seed_bytes = 32;
inline constexpr std::size_t ed25519_public_bytes = 32;
inline constexpr std::size_t ed25519_signature_bytes = 64;
using Ed25519Public = std::array<std::uint8_t, ed25519_public_bytes>;
using Ed25519Signature = std::array<std::uint8_t, ed25519_signature_bytes>;

class Ed25519Key {
 public:
  static Ed25519Key generate();
  // The 32-byte private key of RFC 8032, 5.1.5. malformed for another length.
  static Result<Ed25519Key> from_seed(ByteView seed);

  Secret seed() const;
  const Ed25519Public& public_key() const { return public_; }
  Ed25519Signature sign(ByteView message) const;

 private:
  explicit Ed25519Key(Owned<EVP_PKEY> key);
  Owned<EVP_PKEY> key_;
  Ed25519Public public_{};
};

// False for any mismatch, a malformed key or a malformed signature.
bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature);

}  // namespace outrider::crypto
