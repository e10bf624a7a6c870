#include "detect/checks/physics/physics.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/physics/climate/limits.h"
#include "detect/checks/physics/climate/peers.h"
#include "detect/checks/physics/climate/thermal.h"
#include "detect/checks/physics/power/battery.h"
#include "detect/checks/physics/runs/frozen.h"
#include "detect/checks/physics/runs/replay.h"

namespace outrider::detect {
namespace {

// The series that is watched for freezing and replay: the temperature; the first channel of devices that have none.
enum Source : std::uint8_t { nothing, channel, temperature };

void check_runs(PhysicsState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  const Reading& reading = observation.reading;
  const Source source = std::isfinite(reading.temperature)   ? temperature
                        : std::isfinite(reading.channels[0]) ? channel
                                                             : nothing;
  if (source == nothing || source < state.replay.source) return;
  if (source > state.replay.source) {
    state.frozen = {};
    state.replay = {};
    state.replay.source = source;
  }
  const double value = source == temperature ? reading.temperature : reading.channels[0];
  if (std::abs(value) > 1e9) return;  // no sensor's
  check_frozen(state.frozen, value, observation, surprises);
  check_replay(state.replay, value, observation, context.fleet.physics, surprises);
}

}  // namespace

void check_physics(PhysicsState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.what != What::report && observation.what != What::event) return;
  if (!std::isfinite(observation.measured_s) || observation.measured_s < 0) return;
  check_limits(observation, context, surprises);
  // What was kept and comes late, and what comes twice, has no place in a series any more. A clock that ran ahead is
  // waited for no longer than the server's.
  state.series_s = std::min(state.series_s, observation.received_s + 60);
  if (observation.measured_s <= state.series_s) return;
  if (observation.what == What::report) {
    state.series_s = observation.measured_s;
    check_runs(state, observation, context, surprises);
    check_battery(state.battery, observation, surprises);
    check_peers(state.peer, observation, context.fleet.physics, surprises);
  }
  if (context.contract.thermal)
    check_thermal(state.thermal, observation, surprises);
  else
    check_rate(state.thermal, observation, context, surprises);
}

}  // namespace outrider::detect
