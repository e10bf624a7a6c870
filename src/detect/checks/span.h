#pragma once
#include <fmt/format.h>

#include <string>

namespace outrider::detect {

// "90 s", "15 min", "4 h", for sentences.
inline std::string span_of(float seconds) {
  if (seconds < 120) return fmt::format("{:.0f} s", seconds);
  if (seconds < 7200) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3600);
}

}  // namespace outrider::detect
