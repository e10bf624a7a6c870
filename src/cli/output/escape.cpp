#include "cli/output/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

namespace outrider::cli {
namespace {

struct Scalar {
  char32_t value = 0;
  std::size_t bytes = 1;
};

// One scalar value at the front of `text` (RFC 3629: no overlong forms, no surrogates), or nothing.
std::optional<Scalar> decode(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t lead = byte(0);
  if (lead < 0x80) return Scalar{lead, 1};
  std::size_t count = 0;
  char32_t value = 0;
  char32_t least = 0;
  if ((lead & 0xE0U) == 0xC0) {
    count = 2, value = lead & 0x1FU, least = 0x80;
  } else if ((lead & 0xF0U) == 0xE0) {
    count = 3, value = lead & 0x0FU, least = 0x800;
  } else if ((lead & 0xF8U) == 0xF0) {
    count = 4, value = lead & 0x07U, least = 0x10000;
  } else {
    return std::nullopt;
  }
  if (text.size() < count) return std::nullopt;
  for (std::size_t i = 1; i < count; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return std::nullopt;
    value = value << 6U | (byte(i) & 0x3FU);
  }
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) return std::nullopt;
  return Scalar{value, count};
}

struct Range {
  char32_t first;
  char32_t last;
};

template <std::size_t N>
bool within(char32_t value, const std::array<Range, N>& ranges) {
  return std::ranges::any_of(ranges, [&](const Range& r) { return value >= r.first && value <= r.last; });
}

// C0, DEL and C1; soft hyphen; Arabic letter mark; zero-width and directional marks; line and paragraph separators and
// embeddings; invisible operators and isolates; byte order mark; interlinear annotation; tags.
constexpr std::array unsafe_ranges{Range{0x00, 0x1F},      Range{0x7F, 0x9F},     Range{0xAD, 0xAD},
                                   Range{0x61C, 0x61C},    Range{0x200B, 0x200F}, Range{0x2028, 0x202E},
                                   Range{0x2060, 0x206F},  Range{0xFEFF, 0xFEFF}, Range{0xFFF9, 0xFFFB},
                                   Range{0xE0000, 0xE007F}};

constexpr std::array combining_ranges{
    Range{0x300, 0x36F},   Range{0x483, 0x489},   Range{0x591, 0x5BD},   Range{0x610, 0x61A},   Range{0x64B, 0x65F},
    Range{0x1AB0, 0x1AFF}, Range{0x1DC0, 0x1DFF}, Range{0x20D0, 0x20FF}, Range{0xFE00, 0xFE0F}, Range{0xFE20, 0xFE2F}};

constexpr std::array wide_ranges{Range{0x1100, 0x115F},   Range{0x2E80, 0x303E},  Range{0x3041, 0x33FF},
                                 Range{0x3400, 0x4DBF},   Range{0x4E00, 0x9FFF},  Range{0xA000, 0xA4CF},
                                 Range{0xAC00, 0xD7A3},   Range{0xF900, 0xFAFF},  Range{0xFE30, 0xFE6F},
                                 Range{0xFF00, 0xFF60},   Range{0xFFE0, 0xFFE6},  Range{0x1F300, 0x1F64F},
                                 Range{0x1F900, 0x1F9FF}, Range{0x20000, 0x3FFFD}};

std::size_t columns_of(char32_t value) {
  if (within(value, combining_ranges)) return 0;
  return within(value, wide_ranges) ? 2 : 1;
}

}  // namespace

std::string escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const auto scalar = decode(text);
    const std::size_t bytes = scalar ? scalar->bytes : 1;
    if (!scalar) {
      out += fmt::format("\\x{:02x}", static_cast<std::uint8_t>(text[0]));
    } else if (scalar->value == '\\') {
      out += "\\\\";
    } else if (scalar->value == '\n') {
      out += "\\n";
    } else if (scalar->value == '\r') {
      out += "\\r";
    } else if (scalar->value == '\t') {
      out += "\\t";
    } else if (within(scalar->value, unsafe_ranges)) {
      out += scalar->value < 0x80 ? fmt::format("\\x{:02x}", static_cast<unsigned>(scalar->value))
                                  : fmt::format("\\u{{{:x}}}", static_cast<unsigned>(scalar->value));
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

std::string escape_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  while (!json.empty()) {
    const auto scalar = decode(json);
    const std::size_t bytes = scalar ? scalar->bytes : 1;
    if (!scalar) {
      out += "\\ufffd";  // replacement character: JSON text is UTF-8 (RFC 8259, 8.1)
    } else if (scalar->value > 0xFFFF && within(scalar->value, unsafe_ranges)) {
      const auto offset = static_cast<unsigned>(scalar->value) - 0x10000U;
      out += fmt::format("\\u{:04x}\\u{:04x}", 0xD800U + (offset >> 10U), 0xDC00U + (offset & 0x3FFU));
    } else if (scalar->value >= 0x20 && within(scalar->value, unsafe_ranges)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(scalar->value));
    } else {
      out += json.substr(0, bytes);  // C0 characters within strings are escaped by the serializer already
    }
    json.remove_prefix(bytes);
  }
  return out;
}

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto scalar = decode(text);
    columns += scalar ? columns_of(scalar->value) : 1;
    text.remove_prefix(scalar ? scalar->bytes : 1);
  }
  return columns;
}

std::string shorten(std::string_view text, std::size_t columns) {
  if (width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const auto scalar = decode(text.substr(bytes));
    const std::size_t more = scalar ? columns_of(scalar->value) : 1;
    if (used + more > columns - 1) break;
    used += more;
    bytes += scalar ? scalar->bytes : 1;
  }
  return std::string(text.substr(0, bytes)) + "…";
}

}  // namespace outrider::cli
