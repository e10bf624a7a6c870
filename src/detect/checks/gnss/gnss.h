#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/gnss/gnss_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_gnss(GnssState& state, const Observation& observation, const Context& context, Surprises& surprises);

}  // namespace outrider::detect
