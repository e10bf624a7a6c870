#pragma once
#include <cstdint>
#include <string_view>

namespace outrider::detect {

// The bit of versions that are no numbers: they can be told apart, but none is older than another.
inline constexpr std::uint64_t firmware_unordered = 1ULL << 63U;

// "1.4.2", "v1.4", "1.4.2.77": 16 bits each of major, minor, patch and build, so that a later version is a larger
// number. Anything else ("1.4.2-rc1", a commit): a hash with the top bit. Empty: 0.
std::uint64_t pack_firmware(std::string_view version);
inline bool ordered(std::uint64_t firmware) {
  return firmware != 0 && (firmware & firmware_unordered) == 0;
}

}  // namespace outrider::detect
