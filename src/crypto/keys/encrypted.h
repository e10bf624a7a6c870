#pragma once
// Private keys under a passphrase, for keeping them elsewhere: PKCS#8 with PBES2 (RFC 8018), AES-256 and PBKDF2 over
// SHA-256. `openssl pkey` reads them.
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/keys/key.h"

namespace outrider::crypto {

inline constexpr std::size_t passphrase_bytes_min = 12;
inline constexpr std::size_t passphrase_bytes_max = 1024;

// PEM "ENCRYPTED PRIVATE KEY". malformed ("weak-passphrase") when it is shorter than 12 bytes; conflict
// ("key-in-device") when the key cannot leave its device.
Result<std::string> to_encrypted_pem(const KeyPair& key, ByteView passphrase);
// malformed ("bad-key"), or forbidden ("wrong-passphrase").
Result<KeyPair> from_encrypted_pem(std::string_view text, ByteView passphrase);

}  // namespace outrider::crypto
