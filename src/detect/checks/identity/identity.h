#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/identity/identity_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_identity(IdentityState& state, const Observation& observation, const Context& context, Surprises& surprises);

// Its parts.
void check_session_opened(IdentityState&, const Observation&, const Context&, Surprises&);
void check_session_closed(IdentityState&, const Observation&, const Context&, Surprises&);
// Another TLS stack shook hands: a report says whether another firmware did.
void check_stack_reported(IdentityState&, const Observation&, Surprises&);
// Two sessions that have outlived the longest silence: both speak.
void check_both_alive(IdentityState&, const Context&, Surprises&);
void check_boot_count(IdentityState&, const Observation&, const Context&, Surprises&);
void check_refused_connection(IdentityState&, const Observation&, const Context&, Surprises&);
void check_refused_enrolment(IdentityState&, const Observation&, const Context&, Surprises&);
void check_key(const Observation&, const Context&, Surprises&);
// A sign that there are two of it: counts it and says what all of them together say.
enum class Twin : std::uint8_t {
  nearby,    // back from another address of the same network: a carrier's NAT does that all day
  returned,  // back from elsewhere: another network, or another TLS stack
  alive,     // both connections answered: a device that opens the new one before it leaves the old one does that, too
  restarts,  // starts counted backward
};
void count_sign_of_two(IdentityState& state, double now_s, Twin sign, Surprises& surprises);

}  // namespace outrider::detect
