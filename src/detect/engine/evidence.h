#pragma once
// What a check found: how surprising, and the figures that say why. Fixed size and pointer-free, because it is kept in
// the device's state until its risk has decayed.
#include <array>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "detect/vocabulary/check.h"

namespace outrider::detect {

struct Evidence {
  CheckId check = CheckId::none;
  std::uint16_t count = 1;                      // how often in a row; the figures are of the strongest
  float nats = 0;                               // surprise: −ln p, or a log-likelihood ratio against "nothing is wrong"
  float observed = 0, expected = 0, limit = 0;  // in the check's unit (its explain() names it)
  std::array<float, 2> more{};                  // what else its sentence needs: seconds, metres, a second limit …
  std::uint32_t at_s = 0;                       // engine time, seconds since 1970
  std::array<std::uint64_t, 3> entries{};  // numbers of the entries it rests on, the newest first; 0 with entries_used
  std::uint32_t entries_used = 0;
  Threat threat{};  // none: the one of its check
  std::array<std::uint8_t, 3> unused{};

  bool operator==(const Evidence&) const = default;
};
static_assert(std::is_trivially_copyable_v<Evidence> && sizeof(Evidence) == 64);

}  // namespace outrider::detect
