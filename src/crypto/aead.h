#pragma once
// AES-256-GCM (NIST SP 800-38D). A nonce must never be used twice with one key: use random nonces for at most 2^32
// messages a key, or a counter. Sealed text is the ciphertext followed by the 16-byte tag. Any thread.
#include <array>
#include <cstdint>

#include "base/bytes.h"

struct evp_cipher_ctx_st;  // EVP_CIPHER_CTX of OpenSSL

namespace outrider::crypto {

inline constexpr std::size_t aead_key_bytes = 32;
inline constexpr std::size_t aead_nonce_bytes = 12;
inline constexpr std::size_t aead_tag_bytes = 16;
// One EVP call takes an int; the algorithm's own limit is 64 GiB.
inline constexpr std::size_t aead_text_bytes_max = 1U << 30U;
using AeadNonce = std::array<std::uint8_t, aead_nonce_bytes>;

// `key` has aead_key_bytes bytes. `associated` is authenticated and not encrypted.
Bytes aead_seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain);
// Errc::corrupt ("not-authentic") when key, nonce, associated data or a bit of the text is not what was sealed.
Result<Bytes> aead_open(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView sealed);

// Overwrites a secret that is no longer needed, in a way that no optimizer leaves out.
void wipe(std::span<std::uint8_t> secret);

// Seals many short texts under many keys without an allocation each. Holds the schedule of the key used last until the
// next use or its end. One thread at a time.
class AeadSealer {
 public:
  AeadSealer();
  ~AeadSealer();
  AeadSealer(const AeadSealer&) = delete;
  AeadSealer& operator=(const AeadSealer&) = delete;
  // As aead_seal(); `out` has the size of `plain` and aead_tag_bytes more.
  void seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain, std::span<std::uint8_t> out);

 private:
  evp_cipher_ctx_st* context_;
};

}  // namespace outrider::crypto
