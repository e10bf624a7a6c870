#include "net/tls/record/aead.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

#include "net/tls/record/record.h"

namespace outrider::net::tls {

using crypto::must;

namespace {

// 5.3: the sequence number, padded to the left, exclusive-or the iv.
std::array<std::uint8_t, iv_bytes> nonce_of(const TrafficKey& key) {
  auto nonce = key.iv;
  for (unsigned i = 0; i < 8; ++i) nonce[iv_bytes - 1 - i] ^= static_cast<std::uint8_t>(key.sequence >> (8U * i));
  return nonce;
}

}  // namespace

TrafficKey::~TrafficKey() {
  OPENSSL_cleanse(secret.data(), secret.size());
  OPENSSL_cleanse(key.data(), key.size());
  OPENSSL_cleanse(iv.data(), iv.size());
}

Aead::Keyed::~Keyed() {
  OPENSSL_cleanse(key.data(), key.size());
}
void Aead::Free::operator()(EVP_CIPHER* cipher) const {
  EVP_CIPHER_free(cipher);
}
void Aead::Free::operator()(EVP_MD* digest) const {
  EVP_MD_free(digest);
}

Aead::Aead(OSSL_LIB_CTX* crypto) : digest_context_(EVP_MD_CTX_new()) {
  must(digest_context_ != nullptr, "EVP_MD_CTX_new");
  for (std::size_t i = 0; i < suites.size(); ++i) {
    ciphers_[i].reset(EVP_CIPHER_fetch(crypto, suites[i].cipher, nullptr));
    digests_[i].reset(EVP_MD_fetch(crypto, suites[i].digest, nullptr));
    must(ciphers_[i] != nullptr && digests_[i] != nullptr, "fetching the algorithms of TLS");
  }
}
Aead::~Aead() = default;

void Aead::hmac(Suite suite, ByteView key, ByteView message, std::uint8_t* out) {
  const EVP_MD* digest = digests_[index_of(suite)].get();
  const auto block = static_cast<std::size_t>(EVP_MD_get_block_size(digest));
  std::array<std::uint8_t, 128> pad{};
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> inner{};
  EVP_MD_CTX* context = digest_context_.get();
  const auto pass = [&](std::uint8_t mask, ByteView text, std::uint8_t* result) {
    pad.fill(mask);
    for (std::size_t i = 0; i < key.size(); ++i) pad[i] ^= key[i];  // a key here is shorter than a block
    must(EVP_DigestInit_ex2(context, digest, nullptr) == 1 && EVP_DigestUpdate(context, pad.data(), block) == 1 &&
             EVP_DigestUpdate(context, text.data(), text.size()) == 1 &&
             EVP_DigestFinal_ex(context, result, nullptr) == 1,
         "HMAC");
  };
  pass(0x36, message, inner.data());
  pass(0x5c, ByteView(inner).first(static_cast<std::size_t>(EVP_MD_get_size(digest))), out);
  OPENSSL_cleanse(pad.data(), pad.size());
  OPENSSL_cleanse(inner.data(), inner.size());
}

// HKDF-Expand-Label with an empty context (7.1). All we make fits into one block of HKDF-Expand (RFC 5869, 2.3).
void Aead::expand_label(Suite suite, ByteView secret, std::string_view label, std::span<std::uint8_t> out) {
  constexpr std::string_view prefix = "tls13 ";
  ByteWriter info;
  info.u16(static_cast<std::uint16_t>(out.size())).u8(static_cast<std::uint8_t>(prefix.size() + label.size()));
  info.raw(prefix).raw(label).u8(0).u8(1);  // no context; the number of the block
  std::array<std::uint8_t, EVP_MAX_MD_SIZE> block{};
  hmac(suite, secret, info.bytes(), block.data());
  std::copy_n(block.begin(), out.size(), out.begin());
  OPENSSL_cleanse(block.data(), block.size());
}

void Aead::expand(Suite suite, TrafficKey& key) {
  const SuiteTraits& traits = traits_of(suite);
  const ByteView secret = ByteView(key.secret).first(traits.secret_bytes);
  expand_label(suite, secret, "key", std::span(key.key).first(traits.key_bytes));
  expand_label(suite, secret, "iv", key.iv);
  key.sequence = 0;
}

void Aead::update(Suite suite, TrafficKey& key) {
  const std::size_t size = traits_of(suite).secret_bytes;
  std::array<std::uint8_t, secret_bytes_max> next{};
  expand_label(suite, ByteView(key.secret).first(size), "traffic upd", std::span(next).first(size));
  key.secret = next;
  OPENSSL_cleanse(next.data(), next.size());
  expand(suite, key);
}

EVP_CIPHER_CTX* Aead::ready(Keyed& keyed, Suite suite, const TrafficKey& key, bool encrypt) {
  const std::size_t size = traits_of(suite).key_bytes;
  const int direction = encrypt ? 1 : 0;
  if (!keyed.context) {
    keyed.context.reset(EVP_CIPHER_CTX_new());
    must(keyed.context != nullptr && EVP_CipherInit_ex2(keyed.context.get(), ciphers_[index_of(suite)].get(), nullptr,
                                                        nullptr, direction, nullptr) == 1,
         "EVP_CipherInit_ex2");
  }
  const auto nonce = nonce_of(key);
  const bool same = keyed.has_key && CRYPTO_memcmp(keyed.key.data(), key.key.data(), size) == 0;
  must(EVP_CipherInit_ex2(keyed.context.get(), nullptr, same ? nullptr : key.key.data(), nonce.data(), direction,
                          nullptr) == 1,
       "keying the AEAD");
  if (!same) keyed.key = key.key;
  keyed.has_key = true;
  return keyed.context.get();
}

void Aead::seal(Suite suite, TrafficKey& key, ByteView additional, std::span<std::uint8_t> text, std::uint8_t* tag) {
  EVP_CIPHER_CTX* context = ready(sealing_[index_of(suite)], suite, key, true);
  int count = 0;
  must(EVP_EncryptUpdate(context, nullptr, &count, additional.data(), static_cast<int>(additional.size())) == 1 &&
           EVP_EncryptUpdate(context, text.data(), &count, text.data(), static_cast<int>(text.size())) == 1 &&
           EVP_EncryptFinal_ex(context, text.data() + text.size(), &count) == 1 &&
           EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, tag) == 1,
       "sealing a record");
  ++key.sequence;
}

bool Aead::open(Suite suite, TrafficKey& key, ByteView additional, std::span<std::uint8_t> text, ByteView tag) {
  EVP_CIPHER_CTX* context = ready(opening_[index_of(suite)], suite, key, false);
  std::array<std::uint8_t, tag_bytes> expected{};
  std::ranges::copy(tag, expected.begin());
  int count = 0;
  const bool good =
      EVP_DecryptUpdate(context, nullptr, &count, additional.data(), static_cast<int>(additional.size())) == 1 &&
      EVP_DecryptUpdate(context, text.data(), &count, text.data(), static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, tag_bytes, expected.data()) == 1 &&
      EVP_DecryptFinal_ex(context, text.data() + text.size(), &count) == 1;
  if (!good) crypto::forget_openssl_errors();
  ++key.sequence;
  return good;
}

}  // namespace outrider::net::tls
