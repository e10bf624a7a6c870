#include "detect/checks/motion/motion.h"

#include "detect/checks/motion/area/area.h"
#include "detect/checks/motion/track/track.h"

namespace outrider::detect {
namespace {

// So far back a report may only be if the clock was wrong before: begin anew instead of waiting for ever.
constexpr double late_s_max = 7 * 86'400.0;

void remember(LastFix& last, const Fix& fix, std::uint32_t cell, bool repeated, bool agreed) {
  last.agreed = agreed ? 1 : 0;
  if (!repeated) {
    last.place = fix.place;
    last.since_s = fix.at_s;
  }
  last.at_s = fix.at_s;
  last.sigma_m = static_cast<float>(fix.sigma_m);
  last.speed = static_cast<float>(fix.speed);
  last.heading = static_cast<float>(fix.heading);
  last.cell = cell;
}

}  // namespace

void check_motion(MotionState& state, const Observation& observation, const Context& context, Surprises& surprises) {
  if (observation.what != What::report && observation.what != What::event) return;
  const auto fix = fix_of(observation);
  if (!fix) return;
  const bool known = state.last.since_s != 0;
  if (known && fix->at_s < state.last.at_s) {
    if (state.last.at_s - fix->at_s < late_s_max) return;  // it comes late, from a buffer
    state = MotionState{};
    return;
  }
  const Reading& reading = observation.reading;
  const TransportLimits limits = limits_of(context.contract);
  const CellMap& cells = context.fleet.cells;
  const std::uint32_t cell = cell_mark(reading);
  const bool repeated = known && fix->place == state.last.place;
  const bool stale = known && begins_stale(state.last, *fix, limits);
  const bool agreed = stale || (known && agrees(state.last, *fix, context.contract.interval_s));
  if (stale) {
    // The one before was an old fix. This one is believed: who jumps again is not let off again.
    state.kalman = Kalman{};
    state.standing = Standing{};
    state.promise = Promise{};
    state.drag = Drag{};
    check_kalman(state.kalman, *fix, limits, surprises);
  } else if (!repeated) {
    if (known) check_travel(state.last, *fix, cell, limits, surprises);
    check_kalman(state.kalman, *fix, limits, surprises);
  }
  check_standing(state.standing, *fix, reading, cell, cells, surprises);
  check_promise(state.promise, state.last, *fix, limits, surprises);
  check_drag(state.drag, *fix, reading, cell, cells, surprises);
  check_area(state.area, *fix, observation, context, surprises);
  remember(state.last, *fix, cell, repeated, agreed);
}

}  // namespace outrider::detect
