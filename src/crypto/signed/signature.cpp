#include "crypto/signed/signature.h"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "crypto/signed/der.h"

namespace outrider::crypto {
namespace {

int algorithm_of(KeyType key) {
  switch (key) {
    case KeyType::p256:
      return NID_ecdsa_with_SHA256;
    case KeyType::p384:
      return NID_ecdsa_with_SHA384;
    case KeyType::ed25519:
      return NID_ED25519;
    case KeyType::rsa:
    case KeyType::other:
      break;
  }
  return NID_sha256WithRSAEncryption;
}

}  // namespace

const EVP_MD* digest_for(KeyType key) {
  if (key == KeyType::ed25519) return nullptr;
  return key == KeyType::p384 ? EVP_sha384() : EVP_sha256();
}

Bytes signature_algorithm(const KeyPair& key) {
  const KeyType type = key.public_key().type;
  X509_ALGOR* const algorithm = X509_ALGOR_new();
  // RFC 8017, A.2: with RSA the parameters are NULL; with the others they are absent (RFC 5758, 3.2; RFC 8410, 3).
  must(algorithm != nullptr && X509_ALGOR_set0(algorithm, OBJ_nid2obj(algorithm_of(type)),
                                               type == KeyType::rsa ? V_ASN1_NULL : V_ASN1_UNDEF, nullptr) == 1,
       "name a signature algorithm");
  Bytes out = der::encode(i2d_X509_ALGOR, algorithm);
  X509_ALGOR_free(algorithm);
  return out;
}

Result<Bytes> sign(const KeyPair& key, ByteView bytes) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  must(context != nullptr, "make a signing context");
  std::size_t size = 0;
  const bool begun =
      EVP_DigestSignInit(context.get(), nullptr, digest_for(key.public_key().type), nullptr, key.native()) == 1 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes.data(), bytes.size()) == 1;
  Bytes out(size);
  if (!begun || EVP_DigestSign(context.get(), out.data(), &size, bytes.data(), bytes.size()) != 1)
    return openssl_failure(Errc::unavailable, "cannot-sign", "the key cannot sign");
  out.resize(size);
  return out;
}

}  // namespace outrider::crypto
