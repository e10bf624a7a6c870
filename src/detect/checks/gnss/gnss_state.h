#pragma once
// What is usual for this receiver: where each of its figures lies and how it wanders, learnt from itself.
#include <array>
#include <cstdint>
#include <type_traits>

namespace outrider::detect {

// Numbers stand in evidence; add, never renumber.
enum class Quality : std::uint8_t {
  agc,             // dB: falls when the front end hears more power
  noise,           // receiver's unit
  jamming,         // receiver's indicator, 0 to 255
  cn0,             // dB-Hz, mean over satellites
  cn0_spread,      // dB over satellites
  accuracy,        // ln m, claimed
  height,          // ln m, claimed vertical accuracy
  speed_variance,  // ln m/s, claimed
  satellites,
  clock,  // s, its time against the report's
};
inline constexpr std::size_t qualities = 10;

struct Usual {
  float location = 0;
  float deviation = 0;  // mean absolute
};

struct GnssState {
  std::array<Usual, qualities> usual{};
  std::array<std::uint16_t, qualities> count{};
  std::uint16_t fixes = 0;  // reports in a row that had a position
  std::uint16_t unused = 0;
  double at_s = 0;         // of the newest report; 0: none
  double height_at_s = 0;  // of `height_m`; 0: none
  float height_m = 0;
  float height_sigma_m = 0;
  float jamming_nats = 0, spoofing_nats = 0;  // smoothed
  // A stretch of being jammed, and where cells had the device when it began.
  std::uint32_t jammed_s = 0;  // since when; 0: it is not
  float lat = 0, lon = 0;      // error_m 0: not known
  float error_m = 0;
  std::uint64_t cells = 0;  // that served it since, a bit each
};
inline constexpr std::size_t gnss_state_bytes_max = 256;
static_assert(std::is_trivially_copyable_v<GnssState> && sizeof(GnssState) <= gnss_state_bytes_max);

}  // namespace outrider::detect
