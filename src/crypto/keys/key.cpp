#include "crypto/keys/key.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>

#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/keys/pem.h"

namespace outrider::crypto {
namespace {

constexpr std::size_t key_file_bytes_max = 16 * 1024;  // RSA-8192 in PEM is 6.5 KiB
constexpr std::size_t spki_bytes_max = 8 * 1024;

std::unexpected<Error> bad_key(std::string_view what) {
  return openssl_failure(Errc::malformed, "bad-key", what);
}

// A SubjectPublicKeyInfo with everything before the key itself fixed: a named curve with an uncompressed point
// (RFC 5480), or an Edwards point (RFC 8410). Comparing these few bytes is a hundred times cheaper than letting the
// library encode the key again.
struct FixedForm {
  KeyType type;
  std::size_t key_bytes;
  std::array<std::uint8_t, 27> head;
  std::size_t head_bytes;
};
constexpr std::array fixed_forms{
    FixedForm{KeyType::p256,
              64,
              {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
               0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04},
              27},
    FixedForm{KeyType::p384,
              96,
              {0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
               0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00, 0x04},
              24},
    FixedForm{KeyType::ed25519, 32, {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00}, 12},
};

KeyType fixed_type(ByteView spki) {
  for (const auto& form : fixed_forms) {
    const ByteView head(form.head.data(), form.head_bytes);
    if (spki.size() == head.size() + form.key_bytes && std::ranges::equal(spki.first(head.size()), head))
      return form.type;
  }
  return KeyType::other;
}

// Empty when the library cannot encode what it decoded.
Bytes encode_spki(EVP_PKEY* key) {
  std::uint8_t* out = nullptr;
  const int size = i2d_PUBKEY(key, &out);
  if (size <= 0) return {};
  Bytes bytes(out, out + size);
  OPENSSL_free(out);
  return bytes;
}

KeyType type_of(EVP_PKEY* key, ByteView spki) {
  // The library has decoded a key from these bytes, so a form we know holds a valid point of its curve.
  if (const auto type = fixed_type(spki); type != KeyType::other) return type;
  if (!EVP_PKEY_is_a(key, "RSA")) return KeyType::other;
  // A second encoding of the same key would be a second name for it.
  return std::ranges::equal(encode_spki(key), spki) ? KeyType::rsa : KeyType::other;
}

Owned<EVP_PKEY> decode_spki(ByteView spki) {
  const std::uint8_t* at = spki.data();
  Owned<EVP_PKEY> key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (key && at != spki.data() + spki.size()) key.reset();
  return key;
}

}  // namespace

std::string_view name_of(KeyType type) {
  switch (type) {
    case KeyType::p256:
      return "EC P-256";
    case KeyType::p384:
      return "EC P-384";
    case KeyType::ed25519:
      return "Ed25519";
    case KeyType::rsa:
      return "RSA";
    case KeyType::other:
      return "other";
  }
  return "other";
}

std::string PublicKey::spki_sha256() const {
  return hex(sha256(spki));
}

PublicKey describe_public_key(EVP_PKEY* key, ByteView spki) {
  PublicKey out;
  out.spki = to_bytes(spki);
  if (key == nullptr) {
    forget_openssl_errors();
    return out;
  }
  out.type = type_of(key, spki);
  if (out.type != KeyType::other) out.bits = static_cast<unsigned>(EVP_PKEY_get_bits(key));
  forget_openssl_errors();
  return out;
}

Result<PublicKey> parse_public_key(ByteView spki) {
  if (spki.size() > spki_bytes_max) return fail(Errc::too_large, "too-large", "the public key is longer than 8 KiB");
  const std::uint8_t* at = spki.data();
  X509_PUBKEY* raw = d2i_X509_PUBKEY(nullptr, &at, static_cast<long>(spki.size()));
  if (raw == nullptr) return bad_key("not a SubjectPublicKeyInfo");
  const bool whole = at == spki.data() + spki.size();
  PublicKey out = describe_public_key(X509_PUBKEY_get0(raw), spki);
  X509_PUBKEY_free(raw);
  if (!whole) return fail(Errc::malformed, "bad-key", "there are bytes behind the SubjectPublicKeyInfo");
  return out;
}

Owned<EVP_PKEY> native(const PublicKey& key) {
  if (key.type == KeyType::other) return nullptr;
  auto decoded = decode_spki(key.spki);
  if (!decoded) forget_openssl_errors();
  return decoded;
}

KeyPair::KeyPair(Owned<EVP_PKEY> key) : key_(std::move(key)) {
  const Bytes spki = encode_spki(key_.get());
  public_ = describe_public_key(key_.get(), spki);
}

KeyPair KeyPair::generate(KeyType type) {
  Owned<EVP_PKEY> key;
  if (type == KeyType::p256) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", SN_X9_62_prime256v1));
  if (type == KeyType::p384) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", SN_secp384r1));
  if (type == KeyType::ed25519) key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  must(key != nullptr, "generate a key");
  return KeyPair(std::move(key));
}

KeyPair KeyPair::generate_rsa(unsigned bits) {
  Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(bits)));
  must(key != nullptr, "generate an RSA key");
  return KeyPair(std::move(key));
}

Result<KeyPair> KeyPair::from_pem(std::string_view text) {
  TRY(const auto pem, secret_from_pem(text));
  if (pem.label != "PRIVATE KEY")
    return fail(Errc::malformed, "bad-key",
                "the PEM block is '" + pem.label + "', not an unencrypted PKCS#8 'PRIVATE KEY'");
  const std::uint8_t* at = pem.content.view().data();
  PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(pem.content.size()));
  if (info == nullptr) return bad_key("not a PKCS#8 private key");
  Owned<EVP_PKEY> key(EVP_PKCS82PKEY_ex(info, nullptr, nullptr));
  PKCS8_PRIV_KEY_INFO_free(info);
  if (!key) return bad_key("not a usable private key");
  KeyPair pair(std::move(key));
  if (pair.public_key().type == KeyType::other)
    return fail(Errc::malformed, "bad-key", "the key is none of EC P-256, EC P-384, Ed25519 and RSA");
  return pair;
}

Result<KeyPair> KeyPair::load(const std::filesystem::path& path) {
  TRY(const auto text, read_secret_file(path, key_file_bytes_max));
  auto key = from_pem(as_text(text.view()));
  if (!key) return std::unexpected(std::move(key).error().during("while reading " + path.string()));
  return key;
}

Secret KeyPair::to_pem() const {
  PKCS8_PRIV_KEY_INFO* info = EVP_PKEY2PKCS8(key_.get());
  must(info != nullptr, "encode a private key");
  std::uint8_t* der = nullptr;
  const int size = i2d_PKCS8_PRIV_KEY_INFO(info, &der);
  PKCS8_PRIV_KEY_INFO_free(info);
  must(size > 0, "encode a private key");
  std::string text = crypto::to_pem("PRIVATE KEY", {der, static_cast<std::size_t>(size)});
  OPENSSL_clear_free(der, static_cast<std::size_t>(size));
  Secret out{std::string_view(text)};
  OPENSSL_cleanse(text.data(), text.size());
  return out;
}

Result<void> KeyPair::save(const std::filesystem::path& path) const {
  return write_file_atomic(path, to_pem().view(), 0600);
}

}  // namespace outrider::crypto
