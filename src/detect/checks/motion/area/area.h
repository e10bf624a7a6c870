#pragma once
// Where a device was told to be: route, fences, and stops on the way.
#include "detect/checks/motion/area/area_state.h"
#include "detect/checks/motion/track/fix.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_area(AreaState& area, const Fix& fix, const Observation& observation, const Context& context,
                Surprises& surprises);

}  // namespace outrider::detect
