#pragma once
// What a receiver says of time and height against what can be.
#include "detect/checks/gnss/receiver.h"
#include "detect/checks/motion/transport.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

// GNSS time ahead of the server's, or off from where it was against the device's own clock.
void check_clock(const Observation& observation, const Deviations& deviations, Surprises& surprises);

// Higher or lower than anything of its kind can climb.
void check_height(GnssState& state, const Observation& observation, const TransportLimits& limits,
                  Surprises& surprises);

}  // namespace outrider::detect
