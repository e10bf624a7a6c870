#include "crypto/ed25519.h"

#include <openssl/evp.h>

#include "crypto/random.h"

namespace outrider::crypto {

Ed25519Key::Ed25519Key(Owned<EVP_PKEY> key) : key_(std::move(key)) {
  std::size_t size = public_.size();
  must(EVP_PKEY_get_raw_public_key(key_.get(), public_.data(), &size) == 1 && size == public_.size(),
       "Ed25519 public key");
}

Ed25519Key Ed25519Key::generate() {
  const Secret seed = random_secret(ed25519_seed_bytes);
  return *from_seed(seed.view());
}

Result<Ed25519Key> Ed25519Key::from_seed(ByteView seed) {
  if (seed.size() != ed25519_seed_bytes) return fail(Errc::malformed, "bad-key", "an Ed25519 private key has 32 bytes");
  Owned<EVP_PKEY> key(EVP_PKEY_new_raw_private_key_ex(nullptr, "ED25519", nullptr, seed.data(), seed.size()));
  must(key != nullptr, "Ed25519 key");
  return Ed25519Key(std::move(key));
}

Secret Ed25519Key::seed() const {
  Bytes out(ed25519_seed_bytes);
  std::size_t size = out.size();
  must(EVP_PKEY_get_raw_private_key(key_.get(), out.data(), &size) == 1 && size == out.size(), "Ed25519 private key");
  return Secret(std::move(out));
}

Ed25519Signature Ed25519Key::sign(ByteView message) const {
  Ed25519Signature out;
  std::size_t size = out.size();
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  must(context != nullptr &&
           EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr) == 1 &&
           EVP_DigestSign(context.get(), out.data(), &size, message.data(), message.size()) == 1 && size == out.size(),
       "Ed25519 signature");
  return out;
}

bool ed25519_verify(ByteView public_key, ByteView message, ByteView signature) {
  if (public_key.size() != ed25519_public_bytes || signature.size() != ed25519_signature_bytes) return false;
  const Owned<EVP_PKEY> key(
      EVP_PKEY_new_raw_public_key_ex(nullptr, "ED25519", nullptr, public_key.data(), public_key.size()));
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  must(context != nullptr, "allocate a digest context");
  const bool good =
      key != nullptr &&
      EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  if (!good) forget_openssl_errors();
  return good;
}

}  // namespace outrider::crypto
