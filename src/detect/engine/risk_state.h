#pragma once
// The evidence against a device that has not decayed yet, and what was already said about it.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/engine/evidence.h"

namespace outrider::detect {

struct RiskState {
  static constexpr std::size_t slots = 10;  // the strongest of each threat and family; the weakest makes room
  static constexpr std::size_t said_max = 6;
  struct Said {               // a finding that was given out and stands
    std::uint64_t entry = 0;  // that completed it when it was first given out
    float risk = 0;           // as last given out
    std::uint32_t at_s = 0;   // when that was
    Threat threat{};          // none: free
    std::uint8_t level = 0;
    std::uint8_t unused[6]{};
  };
  std::array<Evidence, slots> evidence;
  std::array<Said, said_max> said;
};
static_assert(std::is_trivially_copyable_v<RiskState> && sizeof(RiskState) <= 800);

}  // namespace outrider::detect
