#include "facts/firmware.h"

#include <charconv>

namespace outrider::facts {
namespace {

constexpr unsigned part_bits = 16;
constexpr int parts_max = 4;
// Detection marks what is no number with the highest bit.
constexpr std::uint64_t number_max = (std::uint64_t{1} << 63U) - 1;

}  // namespace

std::optional<std::uint64_t> version_number(std::string_view version) {
  if (version.starts_with('v')) version.remove_prefix(1);
  std::uint64_t packed = 0;
  for (int part = 0; part < parts_max; ++part) {
    std::uint16_t number = 0;
    if (!version.empty() || part == 0) {
      const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
      if (error != std::errc{}) return std::nullopt;
      version.remove_prefix(static_cast<std::size_t>(end - version.data()));
      if (version.size() > 1 && version.front() == '.' && part + 1 < parts_max) {
        version.remove_prefix(1);
      } else if (!version.empty()) {
        return std::nullopt;
      }
    }
    packed = packed << part_bits | number;
  }
  if (packed == 0 || packed > number_max) return std::nullopt;
  return packed;
}

}  // namespace outrider::facts
