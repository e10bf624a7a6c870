#pragma once
// Squares of the map, and what the fleet has heard in them: how well each is known, and how often something new turned
// up there. "New in a well-known square" is only odd by these counts.
#include <array>
#include <cstdint>
#include <span>
#include <type_traits>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/checks/cells/cell_index.h"
#include "detect/input/observation.h"

namespace outrider::detect {

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
  std::uint32_t first_s = 0, last_s = 0;
  std::uint32_t heard_by = 0;  // device_bit
  // Times a device came onto a cell here, after the first day: on that everything is new. Of these: onto one that is
  // not established yet, in an area or a country that nobody had heard here.
  std::uint32_t samples = 0;
  std::uint32_t new_cells = 0, new_areas = 0, new_countries = 0;
  std::uint32_t neighbours_none = 0, neighbours_known = 0;  // reports without any neighbour; that speak of them
  std::array<std::uint32_t, radios> radio{};                // times a device came onto a cell, by technology
  Counted<8> areas;                                         // area_id
  Counted<4> countries;                                     // mcc

  std::uint32_t with_radio() const;
  double legacy_share() const;  // never 0: what was not seen in n times may be one in n
  void age();                   // halves everything when there is much of it, so that a square can change
};
static_assert(std::is_trivially_copyable_v<Square> && sizeof(Square) == 164);

std::uint32_t area_id(const CellKey& key);

// Squares of one size. Bounded like the cells: of 64, the longest unvisited makes room.
class SquareMap {
 public:
  SquareMap(double side_deg, std::size_t most) : side_deg_(side_deg), most_(most) {}

  const Square* find(double lat, double lon) const;  // nullptr: nobody was ever there
  Square& at(double lat, double lon, double now_s);
  void expect(double lat, double lon) const;  // it will be asked for soon
  std::span<const Square> all() const { return squares_; }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::uint32_t key(double lat, double lon) const;
  std::uint32_t position(std::uint32_t key) const;

  double side_deg_;
  std::size_t most_;
  std::vector<Square> squares_;
  CellHash hash_;
  RecordIndex index_;
  std::uint32_t hand_ = 0;  // how often it was asked who makes room
};

}  // namespace outrider::detect
