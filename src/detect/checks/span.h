#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

namespace outrider::detect {

// "90 s", "15 min", "4 h", for sentences.
inline std::string span_of(float seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

// A figure that stands for a number of a list, or for bits: 0 when it is below 1.
inline std::uint32_t whole(float figure, std::uint32_t most) {
  return figure >= 1 ? static_cast<std::uint32_t>(std::min(figure, static_cast<float>(most))) : 0;
}

}  // namespace outrider::detect
