#include "ledger/wal/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace outrider::ledger {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  constexpr std::uint32_t polynomial_reversed = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value >> 1U) ^ ((value & 1U) != 0 ? polynomial_reversed : 0U);
    table[i] = value;
  }
  return table;
}

std::uint32_t by_table(ByteView bytes, std::uint32_t state) {
  static constexpr auto table = make_table();
  for (const std::uint8_t byte : bytes) state = table[(state ^ byte) & 0xFFU] ^ (state >> 8U);
  return state;
}

#if defined(__x86_64__)
// SSE 4.2 has the instruction; compiled for it here alone and chosen at run time.
__attribute__((target("sse4.2"))) std::uint32_t by_instruction(ByteView bytes, std::uint32_t state) {
  std::uint64_t wide = state;
  while (bytes.size() >= sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), sizeof(word));
    wide = _mm_crc32_u64(wide, word);
    bytes = bytes.subspan(sizeof(word));
  }
  auto narrow = static_cast<std::uint32_t>(wide);
  for (const std::uint8_t byte : bytes) narrow = _mm_crc32_u8(narrow, byte);
  return narrow;
}
#endif

}  // namespace

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
#if defined(__x86_64__)
  static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
  if (has_instruction) return ~by_instruction(bytes, ~before);
#endif
  return ~by_table(bytes, ~before);
}

}  // namespace outrider::ledger
