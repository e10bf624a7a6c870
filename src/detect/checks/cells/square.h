#pragma once
// Squares of the map, and what the fleet has heard in them: how well each is known, and how often something new turned
// up there. "New in a well-known square" is only odd by these counts.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/input/observation.h"

namespace outrider::detect {

// 0.05 degrees: 5.5 km north to south, and about as far as a macro cell reaches.
inline constexpr double square_deg = 0.05;
inline std::uint32_t square_key(double lat, double lon) {
  const auto row = static_cast<std::uint32_t>((lat + 90) / square_deg);
  const auto column = static_cast<std::uint32_t>((lon + 180) / square_deg);
  return row * 7200 + column + 1;  // 0: none
}

// A short list of what was seen and how often; the rarest makes room.
template <std::size_t N>
struct Counted {
  std::array<std::uint32_t, N> what{}, count{};

  std::uint32_t of(std::uint32_t id) const {
    for (std::size_t i = 0; i < N; ++i)
      if (what[i] == id && count[i] != 0) return count[i];
    return 0;
  }
  void add(std::uint32_t id) {
    std::size_t rarest = 0;
    for (std::size_t i = 0; i < N; ++i) {
      if (what[i] == id && count[i] != 0) {
        ++count[i];
        return;
      }
      if (count[i] < count[rarest]) rarest = i;
    }
    what[rarest] = id;
    count[rarest] = 1;
  }
  void halve() {
    for (auto& each : count) each = (each + 1) / 2;
  }
};

inline constexpr std::size_t radios = 7;  // detect::Radio
inline bool legacy(Radio radio) {         // no mutual authentication (GSM), or about to be switched off (UMTS)
  return radio == Radio::gsm || radio == Radio::umts;
}

struct Square {
  std::uint32_t key = 0;
  std::uint32_t last_s = 0;
  std::uint32_t heard_by = 0;                                     // device_bit
  std::uint32_t samples = 0;                                      // times a device came onto a cell here
  std::uint32_t new_cells = 0, new_areas = 0, new_countries = 0;  // of these: onto one nobody had heard here before
  std::array<std::uint32_t, radios> radio{};                      // of these: by technology
  Counted<8> areas;                                               // mcc, mnc, area hashed
  Counted<4> countries;                                           // mcc

  double legacy_share() const;  // upper estimate
  void age();                   // halves everything when there is much of it, so that a square can change
};
static_assert(std::is_trivially_copyable_v<Square> && sizeof(Square) == 152);

std::uint32_t area_id(const CellKey& key);

}  // namespace outrider::detect
