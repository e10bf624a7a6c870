#pragma once
// In which steps a sensor counts, learnt from its values: the coarsest of these that all of them are multiples of.
#include <array>
#include <cmath>
#include <cstdint>

namespace outrider::detect {

inline constexpr std::array resolutions{1.0, 0.5, 0.25, 0.1, 0.0625, 0.05, 0.01, 0.001, 0.0001};

// The first at `from` or finer that the value is a multiple of; the finest when none is.
inline std::uint8_t resolution_of(double value, std::uint8_t from) {
  constexpr double slack = 0.02;  // of a step: values come as binary fractions
  while (from + 1U < resolutions.size()) {
    const double steps = value / resolutions[from];
    if (std::abs(steps - std::round(steps)) < slack) break;
    ++from;
  }
  return from;
}

}  // namespace outrider::detect
