#pragma once
// What is remembered of where a device was and how it moved.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/checks/motion/area/area_state.h"
#include "detect/geo/geo.h"

namespace outrider::detect {

// The newest position. Receivers repeat a fix while they have no better one, so both ends of that are kept.
struct LastFix {
  Place place;
  double since_s = 0;  // first said; 0: never
  double at_s = 0;     // last said
  float sigma_m = 0;
  float speed = 0;         // NaN: not said
  float heading = 0;       // NaN: not said
  std::uint32_t cell = 0;  // hash of the serving cell then
  // 1: another one agreed with it. Receivers begin with the fix that they had when they were switched off.
  std::uint32_t agreed = 0;
  std::uint32_t unused = 0;
};

// Constant velocity on a plane around the estimate; both axes share one covariance.
struct Kalman {
  Place place;
  double at_s = 0;            // 0: not started
  float east = 0, north = 0;  // m/s
  float position2 = 0, cross = 0, speed2 = 0;
  float usual = 1;  // what its squared innovations are, against what theory says
};

// Cells that changed while the position stood still.
struct Standing {
  static constexpr std::size_t cells_max = 12;
  Place anchor;
  std::uint32_t since_s = 0;  // 0: nothing yet
  std::uint16_t changes = 0;
  std::uint16_t distinct = 0;
  float nats = 0;
  std::uint32_t last = 0;
  std::array<std::uint32_t, cells_max> cells{};
};

// Distance that speed and heading promise, since a position.
struct Promise {
  Place from;
  double since_s = 0;  // 0: not started
  float sigma_m = 0;
  float path_m = 0;               // integral of speed
  float east_m = 0, north_m = 0;  // of speed along heading
  float slack2_m2 = 0;            // squared error of those integrals
  std::uint16_t steps = 0;
  std::uint8_t headed = 0;  // 1: every step had a heading
  std::uint8_t unused = 0;
};

// How far the position has come off from where cells say it is.
struct Drag {
  static constexpr std::size_t heard_max = 8;
  Place from;                     // where the last witness was heard
  float east_m = 0, north_m = 0;  // off, as the last witnesses said
  float nats = 0;                 // sum of log-likelihood ratios, never below 0
  std::uint32_t at_s = 0;         // of the last witness; 0: none
  std::uint32_t since_s = 0;      // when the sum left 0
  std::uint32_t cell = 0;
  std::uint32_t witnesses = 0;  // since then
  std::array<std::uint16_t, heard_max> heard{};
  std::uint16_t next = 0;  // of `heard`, to be replaced
  std::uint16_t here = 0;  // witnesses from where the last one was
};

struct MotionState {
  LastFix last;
  Kalman kalman;
  Standing standing;
  Promise promise;
  Drag drag;
  AreaState area;
  std::uint32_t unused = 0;  // no padding left to chance
};
inline constexpr std::size_t motion_state_bytes_max = 384;
static_assert(std::is_trivially_copyable_v<MotionState> && sizeof(MotionState) <= motion_state_bytes_max);

}  // namespace outrider::detect
