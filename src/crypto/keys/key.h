#pragma once
// Public keys as values, key pairs as owners.
#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "crypto/openssl.h"

namespace outrider::crypto {

// `other`: anything this house does not use, or a key that is not valid or not in its one canonical encoding.
enum class KeyType : std::uint8_t { p256, p384, ed25519, rsa, other };
std::string_view name_of(KeyType type);  // "EC P-256", "RSA" …

struct PublicKey {
  KeyType type = KeyType::other;
  unsigned bits = 0;  // of the modulus for RSA, of the field for the others
  Bytes spki;         // DER SubjectPublicKeyInfo
  // Lower-case hex of SHA-256 over `spki`: the key's name in the registry and the ledger. One key has one name, because
  // every type but `other` has been checked to be in its canonical encoding (a compressed point would have another).
  std::string spki_sha256() const;
  bool operator==(const PublicKey&) const = default;
};

// DER SubjectPublicKeyInfo. malformed only when it is not one at all; an unusable key has type `other`.
Result<PublicKey> parse_public_key(ByteView spki);
// What the library decoded, or `other` when it decoded nothing (nullptr). `spki` is the encoding as received.
PublicKey describe_public_key(EVP_PKEY* key, ByteView spki);
// For the library's calls; nullptr when the type is `other`.
Owned<EVP_PKEY> native(const PublicKey& key);

// A private key in this process's memory. Movable; signing may be done on any number of threads.
class KeyPair {
 public:
  // p256, p384 or ed25519.
  static KeyPair generate(KeyType type);
  // RSA, 2048 to 4096 bits: for peers that can do nothing else, and for tests. Takes seconds at 4096.
  static KeyPair generate_rsa(unsigned bits);
  // PKCS#8 ("PRIVATE KEY") without password. malformed ("bad-key") otherwise. RSA, P-256, P-384 and Ed25519.
  static Result<KeyPair> from_pem(std::string_view text);
  // Refuses a file that group or others may read (base/file.h read_secret_file).
  static Result<KeyPair> load(const std::filesystem::path& path);

  // A key that stays in a device: "pkcs11:token=…;object=…?pin-source=file:…" (RFC 7512), with "module-path=…" in the
  // query when the device's library is not p11-kit's default. The first module is used for all. Reasons: bad-key-uri,
  // key-unavailable. It can neither be saved nor become PEM.
  static Result<KeyPair> from_device(std::string_view uri);

  Secret to_pem() const;
  // Durable, mode 0600.
  Result<void> save(const std::filesystem::path& path) const;

  const PublicKey& public_key() const { return public_; }
  // Owned by this object; the library's own calls that keep it take a reference.
  EVP_PKEY* native() const { return key_.get(); }

 private:
  explicit KeyPair(Owned<EVP_PKEY> key);
  Owned<EVP_PKEY> key_;
  PublicKey public_;
};

}  // namespace outrider::crypto
