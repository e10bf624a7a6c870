#include "crypto/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace outrider::crypto {
namespace {

// Fetched once: an implicit fetch per digest takes a lock shared by all threads and costs more than a short hash.
const EVP_MD* sha256_method() {
  static const EVP_MD* method = [] {
    EVP_MD* fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    must(fetched != nullptr, "fetch SHA256");
    return fetched;
  }();
  return method;
}

void start(EVP_MD_CTX* context) {
  must(EVP_DigestInit_ex2(context, sha256_method(), nullptr) == 1, "start SHA256");
}
void feed(EVP_MD_CTX* context, ByteView bytes) {
  must(EVP_DigestUpdate(context, bytes.data(), bytes.size()) == 1, "update SHA256");
}
Digest end(EVP_MD_CTX* context) {
  Digest out;
  unsigned size = 0;
  must(EVP_DigestFinal_ex(context, out.data(), &size) == 1 && size == out.size(), "finish SHA256");
  return out;
}

EVP_MD_CTX* thread_context() {
  thread_local const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  must(context != nullptr, "allocate a digest context");
  return context.get();
}

}  // namespace

Digest sha256(ByteView bytes) {
  return sha256({bytes});
}

Digest sha256(std::initializer_list<ByteView> parts) {
  EVP_MD_CTX* context = thread_context();
  start(context);
  for (const ByteView part : parts) feed(context, part);
  return end(context);
}

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  must(context_ != nullptr, "allocate a digest context");
  start(context_.get());
}

Sha256& Sha256::update(ByteView bytes) {
  feed(context_.get(), bytes);
  return *this;
}

Digest Sha256::finish() {
  const Digest out = end(context_.get());
  start(context_.get());
  return out;
}

std::array<std::uint8_t, 20> sha1(ByteView bytes) {
  std::array<std::uint8_t, 20> out{};
  std::size_t size = 0;
  must(EVP_Q_digest(nullptr, "SHA1", nullptr, bytes.data(), bytes.size(), out.data(), &size) == 1 && size == out.size(),
       "digest with SHA1");
  return out;
}

Digest hmac_sha256(ByteView key, ByteView message) {
  constexpr std::size_t block_bytes = 64;  // RFC 2104: B of SHA-256
  std::array<std::uint8_t, block_bytes> pad{};
  if (key.size() > block_bytes) {
    std::ranges::copy(sha256(key), pad.begin());
  } else {
    std::ranges::copy(key, pad.begin());
  }
  for (auto& byte : pad) byte ^= 0x36U;
  const Digest inner = sha256({pad, message});
  for (auto& byte : pad) byte ^= 0x36U ^ 0x5cU;
  const Digest outer = sha256({pad, inner});
  OPENSSL_cleanse(pad.data(), pad.size());
  return outer;
}

Secret hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::size_t bytes) {
  must(bytes <= hkdf_bytes_max, "HKDF: size");
  const Digest pseudo_random_key = hmac_sha256(salt, key);  // RFC 5869, 2.2
  Bytes out;
  out.reserve(bytes + sha256_bytes);
  Bytes input;
  for (std::uint8_t round = 1; out.size() < bytes; ++round) {  // RFC 5869, 2.3
    input.insert(input.end(), info.begin(), info.end());
    input.push_back(round);
    const Digest block = hmac_sha256(pseudo_random_key, input);
    out.insert(out.end(), block.begin(), block.end());
    input.assign(block.begin(), block.end());
  }
  out.resize(bytes);
  return Secret(std::move(out));
}

}  // namespace outrider::crypto
