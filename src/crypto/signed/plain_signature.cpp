#include "crypto/signed/plain_signature.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/signed/der.h"
#include "crypto/signed/signature.h"

namespace outrider::crypto {
namespace {

constexpr std::uint8_t der_integer = 0x02;
constexpr std::size_t spki_bytes_max = 256;  // a P-384 key takes 120

std::unexpected<Error> unfit() {
  return fail(Errc::malformed, "bad-key", "readings are signed with EC P-256, EC P-384 or Ed25519 keys");
}

// X.690, 8.3: the fewest bytes, and a leading zero where the number would look negative.
void put_integer(Bytes& out, ByteView number) {
  while (number.size() > 1 && number.front() == 0) number = number.subspan(1);
  const bool pad = (number.front() & 0x80U) != 0;
  der::begin(out, der_integer, number.size() + (pad ? 1 : 0));
  if (pad) out.push_back(0);
  der::add(out, number);
}

// ECDSA-Sig-Value (RFC 3279, 2.2.3), which the library wants.
Bytes to_der(ByteView plain) {
  Bytes numbers;
  put_integer(numbers, plain.first(plain.size() / 2));
  put_integer(numbers, plain.subspan(plain.size() / 2));
  return der::wrap(der::sequence, numbers);
}

Result<Bytes> from_der(ByteView signature, std::size_t size) {
  const std::uint8_t* at = signature.data();
  ECDSA_SIG* const both = d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(signature.size()));
  if (both == nullptr) return openssl_failure(Errc::unavailable, "cannot-sign", "the key's signature is not ECDSA");
  Bytes out(size);
  const int half = static_cast<int>(size / 2);
  const bool fits = BN_bn2binpad(ECDSA_SIG_get0_r(both), out.data(), half) == half &&
                    BN_bn2binpad(ECDSA_SIG_get0_s(both), out.data() + half, half) == half;
  ECDSA_SIG_free(both);
  must(fits, "write an ECDSA signature");
  return out;
}

}  // namespace

std::size_t plain_signature_bytes(KeyType key) {
  switch (key) {
    case KeyType::p256:
    case KeyType::ed25519:
      return 64;
    case KeyType::p384:
      return 96;
    case KeyType::rsa:
    case KeyType::other:
      break;
  }
  return 0;
}

Result<VerifyingKey> VerifyingKey::create(ByteView spki) {
  if (spki.size() > spki_bytes_max) return unfit();
  const std::uint8_t* at = spki.data();  // decoded once: that costs more than a verification
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (!key) return openssl_failure(Errc::malformed, "bad-key", "not a public key");
  const KeyType type = describe_public_key(key.get(), spki).type;
  if (at != spki.data() + spki.size() || plain_signature_bytes(type) == 0) return unfit();
  return VerifyingKey(type, std::move(key));
}

bool VerifyingKey::verify(ByteView message, ByteView signature) const {
  if (signature.size() != plain_signature_bytes(type_)) return false;
  const Bytes der = type_ == KeyType::ed25519 ? to_bytes(signature) : to_der(signature);
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  must(context != nullptr, "allocate a digest context");
  const bool good = EVP_DigestVerifyInit(context.get(), nullptr, digest_for(type_), nullptr, key_.get()) == 1 &&
                    EVP_DigestVerify(context.get(), der.data(), der.size(), message.data(), message.size()) == 1;
  if (!good) forget_openssl_errors();
  return good;
}

Result<Bytes> sign_plain(const KeyPair& key, ByteView message) {
  const KeyType type = key.public_key().type;
  const std::size_t size = plain_signature_bytes(type);
  if (size == 0) return unfit();
  TRY(auto signature, sign(key, message));
  if (type == KeyType::ed25519) return signature;
  return from_der(signature, size);
}

}  // namespace outrider::crypto
