#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

// A door that was opened, a power cut, a defrost or a new set point moves what the box's sensors say for a while.
inline bool air_explained(const PhysicsState& state, double measured_s) {
  return measured_s < state.thermal.unsteady_s;
}

void check_physics(PhysicsState& state, const Observation& observation, const Context& context, Surprises& surprises);

}  // namespace outrider::detect
