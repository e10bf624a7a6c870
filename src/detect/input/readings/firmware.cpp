#include "detect/input/readings/firmware.h"

#include <charconv>
#include <optional>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr unsigned part_bits = 16;
constexpr int parts_max = 4;

std::optional<std::uint64_t> numbers(std::string_view text) {
  std::uint64_t packed = 0;
  for (int part = 0; part < parts_max; ++part) {
    std::uint16_t number = 0;
    if (!text.empty() || part == 0) {
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (error != std::errc{}) return std::nullopt;
      text.remove_prefix(static_cast<std::size_t>(end - text.data()));
      if (text.size() > 1 && text.front() == '.' && part + 1 < parts_max) {
        text.remove_prefix(1);
      } else if (!text.empty()) {
        return std::nullopt;
      }
    }
    packed = packed << part_bits | number;
  }
  if ((packed & firmware_unordered) != 0) return std::nullopt;
  return packed;
}

}  // namespace

std::uint64_t pack_firmware(std::string_view version) {
  if (version.empty()) return 0;
  const auto packed = numbers(version.starts_with('v') ? version.substr(1) : version);
  // 0.0.0 is a version, and 0 says that none is known.
  if (packed && *packed != 0) return *packed;
  return hash_of(version) | firmware_unordered;
}

}  // namespace outrider::detect
