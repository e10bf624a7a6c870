#pragma once
// Is the receiver drowned in noise, or does it hear what somebody else transmits. Power goes up in both; what tells
// them apart is the signal: a jammer takes it away, a spoofer gives one that is as good or better.
#include "detect/checks/gnss/receiver.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

// Each returns the nats of this report alone; `evidence` says what they are made of.
double judge_jamming(const GnssState& state, const Deviations& deviations, bool fix, Evidence& evidence);
double judge_spoofing(const GnssState& state, const Deviations& deviations, bool fix, Evidence& evidence);
// All satellites equally strong: they stand in one place.
double judge_uniform(const GnssState& state, const Reading& reading, const Deviations& deviations, Evidence& evidence);

}  // namespace outrider::detect
