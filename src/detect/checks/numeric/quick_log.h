#pragma once
// The natural logarithm where a few millionths do not matter, without a call and without a branch, so that the compiler
// works out several at a time.
#include <bit>
#include <cstdint>

namespace outrider::detect {

// Of a normal, positive number: off by less than 1e-6 (quick_log_test.cpp tries them all). The exponent's part is
// exact; the mantissa lies between √½ and √2, where a minimax polynomial of degree 6 takes over from the first two
// terms of the series.
inline float quick_log(float x) {
  constexpr std::uint32_t root_half = 0x3f3504f3;  // √½
  constexpr float ln2 = 0.693147182F;
  const auto bits = std::bit_cast<std::uint32_t>(x);
  const auto exponent = static_cast<std::int32_t>(bits - root_half) >> 23;
  const float f = std::bit_cast<float>(bits - (static_cast<std::uint32_t>(exponent) << 23U)) - 1.0F;
  const float f2 = f * f, f4 = f2 * f2;
  const float low = (0.333341660F - 0.250016987F * f) + (0.199548740F - 0.165644262F * f) * f2;
  const float high = (0.149780130F - 0.143790036F * f) + 0.0867211492F * f2;
  return (f - 0.5F * f2) + f * f2 * (low + high * f4) + static_cast<float>(exponent) * ln2;
}

}  // namespace outrider::detect
