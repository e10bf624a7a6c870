#pragma once
// The cipher suites that our record layer can carry (RFC 8446, B.4), and the limits of their keys.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace outrider::net::tls {

enum class Suite : std::uint16_t {
  aes_128_gcm_sha256 = 0x1301,
  aes_256_gcm_sha384 = 0x1302,
  chacha20_poly1305_sha256 = 0x1303,
};

// One key protects at most about 2^24.5 full records with AES-GCM (5.5), so it is replaced before that. For
// ChaCha20-Poly1305 there is no such limit; it keeps the same habit, which costs nothing.
inline constexpr std::uint64_t records_per_key_max = 1ULL << 24U;

struct SuiteTraits {
  Suite suite;
  const char* name;    // of the RFC and of OpenSSL
  const char* cipher;  // OpenSSL's
  const char* digest;
  std::size_t key_bytes;
  std::size_t secret_bytes;  // of the digest
};

inline constexpr std::size_t key_bytes_max = 32;
inline constexpr std::size_t secret_bytes_max = 48;
inline constexpr std::size_t iv_bytes = 12;

inline constexpr std::array<SuiteTraits, 3> suites{{
    {Suite::aes_128_gcm_sha256, "TLS_AES_128_GCM_SHA256", "AES-128-GCM", "SHA2-256", 16, 32},
    {Suite::aes_256_gcm_sha384, "TLS_AES_256_GCM_SHA384", "AES-256-GCM", "SHA2-384", 32, 48},
    {Suite::chacha20_poly1305_sha256, "TLS_CHACHA20_POLY1305_SHA256", "ChaCha20-Poly1305", "SHA2-256", 32, 32},
}};

// nullptr: none of ours.
constexpr const SuiteTraits* find_suite(std::uint16_t number) {
  for (const auto& traits : suites)
    if (static_cast<std::uint16_t>(traits.suite) == number) return &traits;
  return nullptr;
}

// Place in `suites`.
constexpr std::size_t index_of(Suite suite) {
  return suite == Suite::aes_128_gcm_sha256 ? 0 : suite == Suite::aes_256_gcm_sha384 ? 1 : 2;
}
constexpr const SuiteTraits& traits_of(Suite suite) {
  return suites[index_of(suite)];
}
static_assert(traits_of(Suite::chacha20_poly1305_sha256).suite == Suite::chacha20_poly1305_sha256);

}  // namespace outrider::net::tls
