#pragma once
// A sensor that says the same for longer than it ever did: stuck, or a recording of one value.
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_frozen(FrozenState& state, double value, const Observation& observation, Surprises& surprises);

}  // namespace outrider::detect
