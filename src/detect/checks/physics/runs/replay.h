#pragma once
// A stretch of readings that was heard before, from this device or another one. Changes between values are compared,
// not values, so that a copy with another offset is found too.
#include "detect/checks/physics/physics_memory.h"
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_replay(ReplayState& state, double value, const Observation& observation, PhysicsMemory& memory,
                  Surprises& surprises);

}  // namespace outrider::detect
