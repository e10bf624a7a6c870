#include "detect/checks/gnss/aboard.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/checks/cells/plane.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr float begins_nats = 7, ends_nats = 3;  // smoothed: a ticket's worth, and everyday life
constexpr double silent_s_max = 900;             // what was in a longer silence nobody knows
// What drivers plug in drowns receivers for some hundred metres around, the strongest for some kilometres. So far on
// the chance to be still near the same one is 1/e.
constexpr double reach_m = 2000;
// Who stands still is handed over among four cells, seldom more; each further one is half a place further on.
constexpr int cells_of_a_place = 4;
constexpr double cell_nats = 0.5;
constexpr double nats_max = 8;

void begin(GnssState& state, double at_s) {
  state.jammed_s = static_cast<std::uint32_t>(std::max(1.0, at_s));
  state.error_m = 0;
  state.cells = 0;
}

double error_of(const CellPlace& where) {
  return std::hypot(where.range_m, where.error_m);
}

}  // namespace

void check_aboard(GnssState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const double at_s = observation.measured_s;
  const bool lost_sight = state.at_s != 0 && at_s - state.at_s > silent_s_max;
  if (state.jamming_nats < ends_nats || lost_sight) state.jammed_s = 0;
  if (state.jammed_s == 0) {
    if (state.jamming_nats < begins_nats) return;
    begin(state, at_s);
  }
  const Reading& reading = observation.reading;
  if (reading.cell == 0) return;
  const std::uint64_t network = std::uint64_t{reading.mcc} << 48U | std::uint64_t{reading.mnc} << 32U | reading.tac;
  state.cells |= std::uint64_t{1} << mix(mix(network) ^ reading.cell) % 64;
  const int cells = std::popcount(state.cells);
  double moved = 0, error = 0;
  if (const auto where = context.fleet.cells.locate(reading)) {
    if (state.error_m == 0) {
      state.lat = static_cast<float>(where->lat);
      state.lon = static_cast<float>(where->lon);
      state.error_m = static_cast<float>(error_of(*where));
    }
    moved = plane_distance_m(state.lat, state.lon, where->lat, where->lon);
    error = state.error_m + error_of(*where);
  }
  const double nats = std::max(std::max(0.0, moved - error) / reach_m, cell_nats * (cells - cells_of_a_place));
  surprises.add({.check = CheckId::jammer_aboard,
                 .nats = static_cast<float>(std::min(nats, nats_max)),
                 .observed = static_cast<float>(moved),
                 .expected = static_cast<float>(cells),
                 .limit = static_cast<float>(error + reach_m),
                 .more = {static_cast<float>(at_s - state.jammed_s), 0}});
}

}  // namespace outrider::detect
