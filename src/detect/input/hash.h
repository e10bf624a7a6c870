#pragma once
// Names as 64-bit numbers. The same on every machine and in every version, for they stand in snapshots. Not for secrets
// and not against somebody who looks for collisions: a check never takes two equal hashes of what a device said for
// proof.
#include <cstdint>
#include <string_view>

namespace outrider::detect {

// The finaliser of MurmurHash3 (public domain): every bit of the input moves every bit of the output.
constexpr std::uint64_t mix(std::uint64_t value) {
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdULL;
  value ^= value >> 33U;
  value *= 0xc4ceb9fe1a85ec53ULL;
  return value ^ value >> 33U;
}

// FNV-1a, finalised; never 0, which means "absent", unless the text is empty.
constexpr std::uint64_t hash_of(std::string_view text) {
  if (text.empty()) return 0;
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  hash = mix(hash);
  return hash == 0 ? 1 : hash;
}

}  // namespace outrider::detect
