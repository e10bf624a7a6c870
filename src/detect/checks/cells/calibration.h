#pragma once
// How far from what cells say trusted devices really are: a histogram of distance over typical distance, so that a
// surprise is counted and not assumed.
#include <array>
#include <cstddef>
#include <cstdint>

namespace outrider::detect {

struct Calibration {
  // By how many cells agreed on the place: 1, 2 or 3, 4 and more.
  static constexpr std::size_t classes = 3;
  // Four to a doubling, from 1/4 upwards; the last takes all beyond 128 times.
  static constexpr std::size_t bins = 37;

  std::array<std::array<std::uint32_t, bins>, classes> counts{};

  void add(std::size_t cells, double ratio);
  // P(ratio or more), from what was counted and a prior that it outweighs with time.
  double tail(std::size_t cells, double ratio) const;
};

}  // namespace outrider::detect
