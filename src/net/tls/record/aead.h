#pragma once
// Traffic keys (RFC 8446, 7.2 and 7.3) and the protection of records with them (5.2, 5.3).
//
// OpenSSL's context for one key takes more memory than all the rest of an idle session. So a session holds bare keys,
// and an Aead has one context for each suite and direction, which is given another key when another session comes.
#include <array>
#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "crypto/openssl.h"
#include "net/tls/record/suite.h"

namespace outrider::net::tls {

// One direction of one connection. Wipes itself.
struct TrafficKey {
  TrafficKey() = default;
  TrafficKey(const TrafficKey&) = delete;
  TrafficKey& operator=(const TrafficKey&) = delete;
  ~TrafficKey();

  std::array<std::uint8_t, secret_bytes_max> secret{};
  std::array<std::uint8_t, key_bytes_max> key{};
  std::array<std::uint8_t, iv_bytes> iv{};
  std::uint64_t sequence = 0;  // of the next record
};

// Belongs to one loop; holds no secret but the keys used last.
class Aead {
 public:
  explicit Aead(OSSL_LIB_CTX* crypto);
  ~Aead();
  Aead(const Aead&) = delete;
  Aead& operator=(const Aead&) = delete;

  // Makes key and iv of `key.secret`; the sequence begins anew.
  void expand(Suite suite, TrafficKey& key);
  // The next generation (7.2).
  void update(Suite suite, TrafficKey& key);

  // Encrypts in place and puts the tag behind; the sequence advances.
  void seal(Suite suite, TrafficKey& key, ByteView additional, std::span<std::uint8_t> text, std::uint8_t* tag);
  // Decrypts in place. False when it is not authentic; `text` is then of no meaning.
  bool open(Suite suite, TrafficKey& key, ByteView additional, std::span<std::uint8_t> text, ByteView tag);

 private:
  struct Keyed {
    crypto::Owned<EVP_CIPHER_CTX> context;
    std::array<std::uint8_t, key_bytes_max> key{};
    bool has_key = false;
    ~Keyed();
  };
  struct Free {
    void operator()(EVP_CIPHER* cipher) const;
    void operator()(EVP_MD* digest) const;
  };

  EVP_CIPHER_CTX* ready(Keyed& keyed, Suite suite, const TrafficKey& key, bool encrypt);
  void expand_label(Suite suite, ByteView secret, std::string_view label, std::span<std::uint8_t> out);
  // HMAC (RFC 2104) with the suite's digest.
  void hmac(Suite suite, ByteView key, ByteView message, std::uint8_t* out);

  std::array<std::unique_ptr<EVP_CIPHER, Free>, suites.size()> ciphers_;
  std::array<std::unique_ptr<EVP_MD, Free>, suites.size()> digests_;
  std::array<Keyed, suites.size()> sealing_;
  std::array<Keyed, suites.size()> opening_;
  crypto::Owned<EVP_MD_CTX> digest_context_;
};

}  // namespace outrider::net::tls
