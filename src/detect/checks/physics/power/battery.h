#pragma once
// A battery that fills without being charged was exchanged, or somebody makes up its readings; one that empties many
// times faster than it ever did is being drained.
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_battery(BatteryState& state, const Observation& observation, Surprises& surprises);

}  // namespace outrider::detect
