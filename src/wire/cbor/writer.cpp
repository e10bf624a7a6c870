#include "wire/cbor/writer.h"

#include <bit>
#include <cmath>
#include <limits>
#include <optional>

namespace outrider::wire::cbor {
namespace {

// The bits of the half-precision float with exactly this value, if there is one (RFC 8949, 4.2.2 wants the shortest).
std::optional<std::uint16_t> half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16U & 0x8000U;
  const std::uint32_t exponent = bits >> 23U & 0xFFU;
  const std::uint32_t fraction = bits & 0x7FFFFFU;
  if (exponent == 0xFF) return fraction == 0 ? std::optional<std::uint16_t>(sign | 0x7C00U) : std::nullopt;
  if (exponent == 0) return fraction == 0 ? std::optional<std::uint16_t>(sign) : std::nullopt;
  const int power = static_cast<int>(exponent) - 127;
  if (power >= -14 && power <= 15) {  // normal in half precision: 10 bits of fraction
    if ((fraction & 0x1FFFU) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(sign | static_cast<std::uint32_t>(power + 15) << 10U | fraction >> 13U);
  }
  if (power >= -24 && power < -14) {  // subnormal: units of 2^-24
    const std::uint32_t significand = fraction | 0x800000U;
    const auto drop = static_cast<unsigned>(-1 - power);
    if ((significand & ((1U << drop) - 1)) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(sign | significand >> drop);
  }
  return std::nullopt;
}

constexpr std::uint8_t initial(std::uint8_t major, std::uint8_t info) {
  return static_cast<std::uint8_t>(major << 5U | info);
}

}  // namespace

Writer& Writer::big_endian(std::uint64_t value, int bytes) {
  for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
    out_.push_back(static_cast<std::uint8_t>(value >> static_cast<unsigned>(shift)));
  }
  return *this;
}

Writer& Writer::head(std::uint8_t major, std::uint64_t argument) {
  if (argument < 24) {
    out_.push_back(initial(major, static_cast<std::uint8_t>(argument)));
    return *this;
  }
  // Information 24 to 27: an argument of 1, 2, 4, 8 bytes.
  const int size_class = argument <= 0xFF ? 0 : argument <= 0xFFFF ? 1 : argument <= 0xFFFFFFFF ? 2 : 3;
  out_.push_back(initial(major, static_cast<std::uint8_t>(24 + size_class)));
  return big_endian(argument, 1 << size_class);
}

Writer& Writer::integer(std::int64_t value) {
  // -1 - n is ~n in two's complement.
  return value >= 0 ? head(0, static_cast<std::uint64_t>(value)) : head(1, ~static_cast<std::uint64_t>(value));
}

Writer& Writer::bytes(ByteView value) {
  head(2, value.size());
  out_.insert(out_.end(), value.begin(), value.end());
  return *this;
}

Writer& Writer::text(std::string_view value) {
  head(3, value.size());
  const ByteView raw = as_bytes(value);
  out_.insert(out_.end(), raw.begin(), raw.end());
  return *this;
}

Writer& Writer::boolean(bool value) {
  out_.push_back(value ? 0xF5 : 0xF4);
  return *this;
}

Writer& Writer::null() {
  out_.push_back(0xF6);
  return *this;
}

Writer& Writer::undefined() {
  out_.push_back(0xF7);
  return *this;
}

Writer& Writer::simple(std::uint8_t value) {
  return head(7, value);
}

Writer& Writer::floating(double value) {
  if (std::isnan(value)) {
    out_.push_back(0xF9);
    return big_endian(0x7E00, 2);
  }
  const bool in_range = std::isinf(value) || std::abs(value) <= std::numeric_limits<float>::max();
  const float narrow = in_range ? static_cast<float>(value) : 0;
  if (!in_range || static_cast<double>(narrow) != value) {
    out_.push_back(0xFB);
    return big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }
  if (const auto half = half_of(narrow)) {
    out_.push_back(0xF9);
    return big_endian(*half, 2);
  }
  out_.push_back(0xFA);
  return big_endian(std::bit_cast<std::uint32_t>(narrow), 4);
}

Writer& Writer::number(double value) {
  constexpr double exact_max = 9'007'199'254'740'992;  // 2^53
  if (std::abs(value) < exact_max && std::trunc(value) == value) return integer(static_cast<std::int64_t>(value));
  return floating(value);
}

}  // namespace outrider::wire::cbor
