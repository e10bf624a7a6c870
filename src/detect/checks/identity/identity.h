#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/identity/identity_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_identity(IdentityState& state, const Observation& observation, const Context& context, Surprises& surprises);

// Its parts.
void check_session_opened(IdentityState&, const Observation&, const Context&, Surprises&);
void check_session_closed(IdentityState&, const Observation&, const Context&, Surprises&);
// Two sessions that have outlived the longest silence: both speak.
void check_both_alive(IdentityState&, const Context&, Surprises&);
void check_boot_count(IdentityState&, const Observation&, const Context&, Surprises&);
void check_refused_connection(IdentityState&, const Observation&, const Context&, Surprises&);
void check_refused_enrolment(IdentityState&, const Observation&, const Context&, Surprises&);
void check_key(const Observation&, const Context&, Surprises&);
// Two of it: counts the sign and says what all of them together say. `strange`: one device alone does not look so by
// changing its place within a network.
void count_sign_of_two(IdentityState& state, double now_s, bool strange, Surprises& surprises);

}  // namespace outrider::detect
