#include "base/bytes.h"

#include <array>

namespace outrider {
namespace {

constexpr std::string_view alphabet_standard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view alphabet_url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

constexpr std::array<std::int8_t, 256> reverse(std::string_view alphabet) {
  std::array<std::int8_t, 256> table{};
  table.fill(-1);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

std::string encode(ByteView bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8U | (k < n ? bytes[i + k] : 0U);
    for (std::size_t k = 0; k < 4; ++k) {
      if (k <= n) {
        out += alphabet[group >> (18U - 6U * k) & 63U];
      } else if (pad) {
        out += '=';
      }
    }
  }
  return out;
}

Result<Bytes> decode(std::string_view text, const std::array<std::int8_t, 256>& table, bool mime) {
  Bytes out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t group = 0;
  unsigned filled = 0;
  unsigned padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (mime && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) continue;
    if (mime && c == '=') {
      ++padding;
      continue;
    }
    const auto value = table[static_cast<unsigned char>(c)];
    if (value < 0 || padding != 0) {
      return fail(Errc::malformed, "bad-base64", "not a base64 character at offset " + std::to_string(i));
    }
    group = group << 6U | static_cast<std::uint32_t>(value);
    if (++filled == 4) {
      out.push_back(static_cast<std::uint8_t>(group >> 16U));
      out.push_back(static_cast<std::uint8_t>(group >> 8U));
      out.push_back(static_cast<std::uint8_t>(group));
      group = 0;
      filled = 0;
    }
  }
  // One left-over character carries no whole byte; unused bits must be zero, or two texts would mean the same bytes.
  const bool padded_right = !mime || padding == (filled == 0 ? 0U : 4U - filled);
  const std::uint32_t unused = filled == 2 ? group & 15U : filled == 3 ? group & 3U : 0U;
  if (filled == 1 || !padded_right || unused != 0)
    return fail(Errc::malformed, "bad-base64", "base64 ends in the middle of a byte");
  if (filled == 2) out.push_back(static_cast<std::uint8_t>(group >> 4U));
  if (filled == 3) {
    out.push_back(static_cast<std::uint8_t>(group >> 10U));
    out.push_back(static_cast<std::uint8_t>(group >> 2U));
  }
  return out;
}

int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string hex(ByteView bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    out += digits[byte >> 4U];
    out += digits[byte & 15U];
  }
  return out;
}

Result<Bytes> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return fail(Errc::malformed, "bad-hex", "odd number of hexadecimal digits");
  Bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = nibble(text[i]);
    const int low = nibble(text[i + 1]);
    if (high < 0 || low < 0)
      return fail(Errc::malformed, "bad-hex", "not a hexadecimal digit at offset " + std::to_string(i));
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  return out;
}

std::string base64(ByteView bytes) {
  return encode(bytes, alphabet_standard, true);
}
std::string base64url(ByteView bytes) {
  return encode(bytes, alphabet_url, false);
}

Result<Bytes> from_base64(std::string_view text) {
  static constexpr auto table = reverse(alphabet_standard);
  return decode(text, table, true);
}
Result<Bytes> from_base64url(std::string_view text) {
  static constexpr auto table = reverse(alphabet_url);
  return decode(text, table, false);
}

bool equal_constant_time(ByteView a, ByteView b) {
  if (a.size() != b.size()) return false;
  volatile std::uint8_t difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference = static_cast<std::uint8_t>(difference | (a[i] ^ b[i]));
  return difference == 0;
}

void Secret::wipe() noexcept {
  if (!bytes_.empty()) explicit_bzero(bytes_.data(), bytes_.size());
}

}  // namespace outrider
