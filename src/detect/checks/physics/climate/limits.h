#pragma once
// What the profile promises of temperature, battery and channels: ranges, and how fast they may change. And cargo that
// is truly too warm or too cold.
#include "detect/checks/physics/physics_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_limits(const Observation& observation, const Context& context, Surprises& surprises);
// Return air that stays away from the set point and does not come nearer. Called before the thermal model learns.
void check_cargo(ThermalState& state, const Observation& observation, Surprises& surprises);

}  // namespace outrider::detect
