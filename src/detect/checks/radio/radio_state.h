#pragma once
// What is remembered of a device's cells, network and SIM. All zero: nothing yet.
#include <cstdint>
#include <type_traits>

#include "detect/input/observation.h"

namespace outrider::detect {

// A SIM (profile) that was in the device; hashes.
struct SimCard {
  std::uint64_t iccid, imsi;
};

struct RadioState {
  CellKey cell;         // serving it
  CellKey learnt_cell;  // and where the map last learnt from it
  double learnt_lat, learnt_lon;
  double lat, lon;  // last trusted position, at position_s
  std::uint32_t position_s;
  std::uint32_t untrusted_until_s;
  std::uint32_t onto;         // times it came onto a cell of known radio
  std::uint32_t onto_legacy;  // of these, an old one
  // SIM
  SimCard sim;       // now
  SimCard known[2];  // that were in it before: profiles of an eSIM come and go
  std::uint64_t imei;
  std::uint32_t sim_day;          // day it was last counted as keeping its SIM
  std::uint32_t sim_hour;         // hour its SIM was last looked up
  std::uint32_t excused_until_s;  // a workshop had it
};
inline constexpr std::size_t radio_state_bytes_max = 320;
static_assert(std::is_trivially_copyable_v<RadioState> && sizeof(RadioState) <= radio_state_bytes_max);

}  // namespace outrider::detect
