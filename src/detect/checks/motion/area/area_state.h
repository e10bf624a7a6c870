#pragma once
// How a device stands to its route and its fences.
#include <array>
#include <cstdint>

namespace outrider::detect {

struct AreaState {
  static constexpr std::size_t fences_max = 4;  // that it is on the wrong side of at the same time
  struct Outside {
    std::uint32_t fence = 0;  // hash of its name; 0: free
    std::uint32_t since_s = 0;
    std::uint32_t seen_s = 0;
  };
  std::uint32_t off_route_s = 0;  // since then; 0: on it
  std::uint16_t segment = 0;      // of the route, nearest last time
  std::uint16_t off_fixes = 0;    // positions in a row beside it
  float stop_lat = 0, stop_lon = 0;
  std::uint32_t stopped_s = 0;  // since then; 0: moving
  std::array<Outside, fences_max> outside{};
};
static_assert(sizeof(AreaState) <= 72);

}  // namespace outrider::detect
