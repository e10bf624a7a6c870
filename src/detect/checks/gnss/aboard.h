#pragma once
// A jammer beside the road stays behind; one that is aboard comes along.
#include "detect/checks/gnss/gnss_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

// Cells that go by while the receiver stays jammed. `state.jamming_nats` is that of this report already.
void check_aboard(GnssState& state, const Observation& observation, const Context& context, Surprises& surprises);

}  // namespace outrider::detect
