#pragma once
// What is remembered of a device's sensors and battery, beside the numeric channels.
#include <array>
#include <cstdint>
#include <type_traits>

namespace outrider::detect {

// How long the series stays on one value: hazards of ending, by length of the run, from its own past.
struct FrozenState {
  static constexpr std::size_t bins = 8;  // run lengths 1, 2-3, 4-7 … 128 and more
  float value = 0;
  std::uint32_t run = 0;      // equal values in a row, this one counted
  std::uint32_t since_s = 0;  // of the run
  std::uint16_t runs = 0;     // learnt
  std::uint16_t strange = 0;  // runs too long to be learnt
  std::array<std::uint16_t, bins> steps{}, ended{};
};

// Whether a stretch was heard before: fingerprints of the last changes, and the stretch that is being followed.
struct ReplayState {
  static constexpr std::size_t window = 12;  // changes in a fingerprint
  static constexpr std::size_t winnow = 6;   // of so many windows in a row at least one is remembered
  static constexpr std::size_t own = 13;     // its newest fingerprints; nobody else can push them out
  static constexpr std::size_t contexts = 3, sizes = 8;
  struct Print {
    std::uint32_t hash = 0, index = 0;
  };
  std::uint32_t index = 0;  // values so far
  float last = 0;
  std::array<std::int16_t, window> changes{};
  std::array<std::uint32_t, winnow> recent{};
  std::array<Print, own> ring{};
  std::array<std::uint16_t, contexts * sizes> usual{};  // sizes of changes, after a fall, a rest, a rise
  std::uint32_t kept = 0;                               // index of the newest window that was remembered
  std::uint32_t shared_s = 0;                           // when it last told the fleet
  // the stretch
  std::uint32_t of = 0;       // device it was copied from
  std::uint32_t lag = 0;      // difference of the indices
  std::uint32_t matched = 0;  // index of the newest match
  std::uint16_t matches = 0;
  std::uint16_t length = 0;  // values
  float information = 0;     // nats
  std::uint8_t ring_next = 0, resolution = 0, source = 0, context = 0;
};

// A refrigerated box: how quickly return air follows supply air and ambient, learnt by recursive least squares.
struct ThermalState {
  float temperature = 0, supply = 0, ambient = 0, setpoint = 0;
  float follow_supply = 0, follow_ambient = 0;  // per minute
  float p11 = 0, p12 = 0, p22 = 0;              // covariance
  float bias = 0, spread = 0;                   // of the residual, Cel
  float rise = 0, fall = 0;                     // CUSUM
  float band_low = 0, band_high = 0;            // return air over set point, so far
  float gap_low = 0, gap_high = 0;              // return air over supply air, so far
  float off = 0;                                // from the set point, as is usual
  std::uint32_t at_s = 0;
  std::uint32_t excused_s = 0;   // until: door, defrost
  std::uint32_t unsteady_s = 0;  // until: these, and what a power cut leaves behind
  std::uint32_t beyond_s = 0;    // since when it has been too warm or too cold without getting better
  std::uint16_t steps = 0;
  std::uint8_t running = 0, ran = 0;  // ran: values with the compressor on
};

struct BatteryState {
  float level = 0, volt = 0;            // newest
  float level_low = 0, volt_low = 0;    // since it last charged
  float level_drain = 0;                // usual, % per hour
  float level_rise = 0, volt_rise = 0;  // usual rises that nobody explains
  std::uint32_t at_s = 0;
  std::uint32_t charged_s = 0;  // when it was last plugged in
  std::uint16_t steps = 0, rises = 0;
};

// The device that travels with it, and how they differ.
struct PeerState {
  std::uint32_t with = 0;
  float lat = 0, lon = 0;  // where that was last seen
  float difference = 0, spread = 0;
  std::uint16_t met = 0, compared = 0;
};

struct PhysicsState {
  double series_s = 0;  // measured time of the newest value of the series that `frozen` and `replay` follow
  FrozenState frozen;
  ReplayState replay;
  ThermalState thermal;
  BatteryState battery;
  PeerState peer;
};
inline constexpr std::size_t physics_state_bytes_max = 456;
static_assert(std::is_trivially_copyable_v<PhysicsState> && sizeof(PhysicsState) <= physics_state_bytes_max);

}  // namespace outrider::detect
