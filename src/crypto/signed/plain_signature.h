#pragma once
// Signatures in the plain form that COSE and JOSE use: of ECDSA the two numbers r and s one after the other, each as
// long as the curve's order (RFC 9053, 2.1), of Ed25519 as it is (RFC 8032).
#include "base/bytes.h"
#include "base/result.h"
#include "crypto/keys/key.h"

namespace outrider::crypto {

// 64 for P-256 and Ed25519, 96 for P-384; 0: no plain signatures are made with such a key.
std::size_t plain_signature_bytes(KeyType key);

// A public key ready to verify with. P-256 with SHA-256, P-384 with SHA-384, Ed25519. One thread at a time.
class VerifyingKey {
 public:
  // DER SubjectPublicKeyInfo. malformed ("bad-key") for anything else than those three.
  static Result<VerifyingKey> create(ByteView spki);

  KeyType type() const { return type_; }
  // False for any mismatch and any signature that is not one.
  bool verify(ByteView message, ByteView signature) const;

 private:
  VerifyingKey(KeyType type, Owned<EVP_PKEY> key) : type_(type), key_(std::move(key)) {}
  KeyType type_;
  Owned<EVP_PKEY> key_;
};

// Fails (malformed, "bad-key") for other keys, and (unavailable, "cannot-sign") when a device that holds it is silent.
Result<Bytes> sign_plain(const KeyPair& key, ByteView message);

}  // namespace outrider::crypto
