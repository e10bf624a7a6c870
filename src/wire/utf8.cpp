#include "wire/utf8.h"

#include <cstdint>

namespace outrider::wire {
namespace {

// Length of the sequence that `lead` begins and the range its second byte must lie in (RFC 3629, section 4: the table
// "UTF8-2 … UTF8-4"); this is where overlong forms, surrogates and code points above U+10FFFF are told apart.
struct Sequence {
  std::size_t length;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

Sequence sequence_of(std::uint8_t lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return {2, 0x80, 0xBF};
  if (lead == 0xE0) return {3, 0xA0, 0xBF};
  if (lead == 0xED) return {3, 0x80, 0x9F};
  if (lead >= 0xE1 && lead <= 0xEF) return {3, 0x80, 0xBF};
  if (lead == 0xF0) return {4, 0x90, 0xBF};
  if (lead >= 0xF1 && lead <= 0xF3) return {4, 0x80, 0xBF};
  if (lead == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

}  // namespace

bool valid_utf8(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<std::uint8_t>(text[at]);
    if (lead < 0x80) {
      ++at;
      continue;
    }
    const Sequence sequence = sequence_of(lead);
    if (sequence.length == 0 || sequence.length > text.size() - at) return false;
    const auto second = static_cast<std::uint8_t>(text[at + 1]);
    if (second < sequence.second_min || second > sequence.second_max) return false;
    for (std::size_t i = 2; i < sequence.length; ++i) {
      if ((static_cast<std::uint8_t>(text[at + i]) & 0xC0U) != 0x80) return false;
    }
    at += sequence.length;
  }
  return true;
}

}  // namespace outrider::wire
