#pragma once
// What is remembered of a device's enclosure, and of its firmware.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/checks/rare.h"

namespace outrider::detect {

struct TamperState {
  enum Step : std::uint8_t { opened, lit, cut, other_sim, steps };  // of taking it
  RareState enclosure, power;                                       // how often it was opened, how often cut off
  std::array<std::uint32_t, steps> step_s{};                        // when last; 0: never
  float shock = 0;                                                  // usual peak, m/s2
  float light = 0;                                                  // the most that is usual inside, lx
  float tilt = 0;                                                   // at rest, deg
  std::uint32_t last_s = 0;                                         // heard of
  std::uint32_t iccid = 0;                                          // hash
  std::uint8_t is = 0;                                              // bits: open, without power, door open, tilt known
  std::uint8_t lights = 0;                                          // readings of light, at most 255
  std::uint8_t doors = 0, doors_odd = 0;    // openings, and those in motion or at night; both halve
  std::uint64_t firmware = 0, highest = 0;  // that runs; the highest number that it reported
  std::uint32_t raised_s = 0;               // when the highest came, as measured
  std::uint32_t stale_s = 0;                // when it was last compared with its peers
};
inline constexpr std::size_t tamper_state_bytes_max = 96;
static_assert(std::is_trivially_copyable_v<TamperState> && sizeof(TamperState) <= tamper_state_bytes_max);

}  // namespace outrider::detect
