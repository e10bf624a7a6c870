#include "cli/output/age.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string_view>

namespace outrider::cli {

std::string relative(Timestamp then, Timestamp now) {
  const bool ahead = then > now;
  // As a count of its own: two times near the ends of the range have no difference that fits.
  const auto apart = to_micros(ahead ? then : now) / 1'000'000 - to_micros(ahead ? now : then) / 1'000'000;
  if (apart == 0) return "now";
  struct Unit {
    std::int64_t seconds;
    std::string_view name;
  };
  constexpr std::array units{Unit{86'400, "d"}, Unit{3'600, "h"}, Unit{60, "m"}, Unit{1, "s"}};
  for (const Unit& unit : units) {
    if (apart < unit.seconds) continue;
    return ahead ? fmt::format("in {}{}", apart / unit.seconds, unit.name)
                 : fmt::format("{}{} ago", apart / unit.seconds, unit.name);
  }
  return "now";
}

std::string grouped(std::uint64_t number) {
  std::string digits = fmt::format("{}", number);
  for (std::size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string bytes_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 6> units{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1024 && unit + 1 < units.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace outrider::cli
