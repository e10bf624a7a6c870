#pragma once
// A refrigerated box has a heat capacity: its return air follows supply air and ambient at rates that are learnt for
// each box. What it does beyond that is not the cargo's doing.
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_thermal(ThermalState& state, const Observation& observation, Surprises& surprises);
// The same for sensors without such a model: how fast a temperature may change at all.
void check_rate(ThermalState& state, const Observation& observation, const Context& context, Surprises& surprises);

}  // namespace outrider::detect
