#include "crypto/keys/encrypted.h"

#include <openssl/asn1.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "crypto/keys/pem.h"
#include "crypto/random.h"
#include "crypto/signed/der.h"

namespace outrider::crypto {
namespace {

constexpr std::string_view label = "ENCRYPTED PRIVATE KEY";
constexpr int iterations = 600'000;  // OWASP's figure for PBKDF2 with SHA-256 (2023): a third of a second
constexpr std::size_t salt_bytes = 16;
constexpr std::size_t text_bytes_max = 32 * 1024;

struct Free {
  void operator()(PKCS8_PRIV_KEY_INFO* p) const { PKCS8_PRIV_KEY_INFO_free(p); }
  void operator()(X509_SIG* p) const { X509_SIG_free(p); }
  void operator()(X509_ALGOR* p) const { X509_ALGOR_free(p); }
};
template <class T>
using Own = std::unique_ptr<T, Free>;

const char* chars(ByteView bytes) {
  return reinterpret_cast<const char*>(bytes.data());
}

Result<KeyPair> read_plain(PKCS8_PRIV_KEY_INFO* plain) {
  unsigned char* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(plain, &der);
  must(size > 0, "read a key");
  std::string pem = to_pem("PRIVATE KEY", {der, static_cast<std::size_t>(size)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  auto out = KeyPair::from_pem(pem);
  OPENSSL_cleanse(pem.data(), pem.size());
  return out;
}

}  // namespace

Result<std::string> to_encrypted_pem(const KeyPair& key, ByteView passphrase) {
  if (passphrase.size() < passphrase_bytes_min || passphrase.size() > passphrase_bytes_max)
    return fail(Errc::malformed, "weak-passphrase", "the passphrase must have 12 to 1024 bytes");
  const Own<PKCS8_PRIV_KEY_INFO> plain(EVP_PKEY2PKCS8(key.native()));
  // Of a key in a device the library may encode what it has: a key without its secret.
  const auto whole = plain ? read_plain(plain.get()) : Result<KeyPair>(fail(Errc::conflict, "key-in-device", ""));
  if (!whole || whole->public_key() != key.public_key())
    return openssl_failure(Errc::conflict, "key-in-device", "the key cannot leave its device");
  auto salt = random_array<salt_bytes>();
  Own<X509_ALGOR> scheme(PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), iterations, salt.data(), static_cast<int>(salt.size()),
                                           nullptr, NID_hmacWithSHA256));
  must(scheme != nullptr, "choose an encryption");
  const Own<X509_SIG> sealed(
      PKCS8_set0_pbe(chars(passphrase), static_cast<int>(passphrase.size()), plain.get(), scheme.get()));
  must(sealed != nullptr, "encrypt a key");
  (void)scheme.release();  // belongs to what was sealed
  return to_pem(label, der::encode(i2d_X509_SIG, sealed.get()));
}

Result<KeyPair> from_encrypted_pem(std::string_view text, ByteView passphrase) {
  if (text.size() > text_bytes_max) return fail(Errc::too_large, "bad-key", "the key file is too long");
  TRY(const auto blocks, from_pem(text));
  if (blocks.size() != 1 || blocks.front().label != label)
    return fail(Errc::malformed, "bad-key", "expected one block 'ENCRYPTED PRIVATE KEY'");
  const std::uint8_t* at = blocks.front().content.data();
  const Own<X509_SIG> sealed(d2i_X509_SIG(nullptr, &at, static_cast<long>(blocks.front().content.size())));
  if (!sealed) return openssl_failure(Errc::malformed, "bad-key", "not an encrypted PKCS#8 key");
  const Own<PKCS8_PRIV_KEY_INFO> plain(
      PKCS8_decrypt(sealed.get(), chars(passphrase), static_cast<int>(passphrase.size())));
  if (!plain) return openssl_failure(Errc::forbidden, "wrong-passphrase", "the passphrase does not open the key");
  return read_plain(plain.get());
}

}  // namespace outrider::crypto
