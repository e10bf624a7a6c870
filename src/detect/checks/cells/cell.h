#pragma once
// What the fleet knows of one cell. Plain bytes: a snapshot holds them as they are.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "detect/input/observation.h"

namespace outrider::detect {

// One bit of 32 for each device, so that a set bit count says "at least so many different ones" in four bytes.
inline std::uint32_t device_bit(std::uint32_t device) {
  return 1U << (device * 0x9E3779B1U >> 27U);
}

struct Cell {
  CellKey key;
  double lat = 0, lon = 0;      // middle of where it was heard
  float square_m2 = 0;          // mean square distance of those places from the middle
  float power = 0, power2 = 0;  // mean and mean square deviation of what arrives, dBm
  std::uint32_t power_count = 0;
  std::uint32_t samples = 0;  // places it was learnt from
  std::uint32_t heard = 0;    // reports of devices it served or that heard it
  std::uint32_t first_s = 0, last_s = 0;
  std::uint32_t heard_by = 0;      // device_bit of those devices
  std::uint32_t channel = 0;       // ARFCN + 1; 0: never said
  std::uint16_t pci = 0;           // + 1
  std::uint16_t channel_held = 0;  // reports in a row with this channel and pci
  std::uint16_t conflicts = 0;     // reports with another one since
  std::uint8_t radio = 0;          // Radio
  std::uint8_t seeded = 0;         // 1: it is in a public list
  std::uint32_t neighbours_none = 0,
                neighbours_known = 0;  // reports that named no neighbour; that spoke of them at all

  // Places of one drive follow each other; the drives are what a reach can be judged from. One begins with another
  // device or an hour later, and with a place that is new: a hundred vehicles that park in one yard are one place.
  std::uint32_t drives = 0;
  std::uint32_t drive_s = 0;  // when the newest began
  std::uint32_t driver = 0;   // and whose it was
  std::uint32_t spots = 0;    // squares of spot_deg that it was learnt from lately, a bit each by hash

  int devices() const { return std::popcount(heard_by); }
};
static_assert(std::is_trivially_copyable_v<Cell> && sizeof(Cell) == 104);

inline constexpr std::uint32_t one_day_s = 86'400;

// Beyond doubt the operator's: in a public list, or there for a day and heard by two devices, or for three days by one
// that keeps coming back. Rogue cells live for minutes to hours.
inline bool established(const Cell& cell, double now_s) {
  const double age = now_s - cell.first_s;
  return cell.seeded != 0 || (age >= one_day_s && cell.devices() >= 2) || (age >= 3 * one_day_s && cell.heard >= 50);
}

// Distance a device has from the middle of its cell before anything is learnt, root mean square: half the usual reach
// in mixed country (3GPP TR 38.913 6.1: inter-site distance 500 m urban macro, 1,732 m rural; coverage-enhanced
// narrowband twice that).
inline double typical_range_m(Radio radio) {
  switch (radio) {
    case Radio::gsm:
      return 1500;
    case Radio::lte_m:
    case Radio::nb_iot:
      return 2000;
    default:
      return 1000;
  }
}

// The typical distance, pulled towards the radio's usual one while few drives are known: who has heard a cell on one
// road only does not know how far it reaches.
inline double range_m(const Cell& cell) {
  const double prior = typical_range_m(static_cast<Radio>(cell.radio));
  const double drives = std::min<double>(cell.drives, 256);
  return std::sqrt((4 * prior * prior + drives * cell.square_m2) / (4 + drives));
}

}  // namespace outrider::detect
