#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/tamper/tamper_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_tamper(TamperState& state, const Observation& observation, const Context& context, Surprises& surprises);

// Its parts.
void check_box(TamperState&, const Observation&, const Context&, Surprises&);
void check_firmware(TamperState&, const Observation&, const Context&, Surprises&);
// Once a day: does it still run what it should not?
void check_behind(TamperState&, const Context&, Surprises&);
// It was opened, and then it fell silent.
void check_silent_after(const TamperState&, const Context&, Surprises&);

}  // namespace outrider::detect
