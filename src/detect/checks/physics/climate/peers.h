#pragma once
// Devices that travel together feel the same weather: one that suddenly does not is asked why.
#include "detect/checks/physics/physics_memory.h"
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_peers(PeerState& state, const Observation& observation, PhysicsMemory& memory, Surprises& surprises);

}  // namespace outrider::detect
