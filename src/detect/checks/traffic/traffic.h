#pragma once
// The checks of one family: each observation of a device goes through them once, in ledger order.
#include "detect/checks/traffic/traffic_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

void check_traffic(TrafficState& state, const Observation& observation, const Context& context, Surprises& surprises);

// Its parts.
void check_volume(TrafficState&, const Observation&, const Context&, Surprises&);
void check_refused_rate(TrafficState&, const Observation&, const Context&, Surprises&);
void note_rhythm(TrafficState&, const Observation&, const Context&);
void check_silence(const TrafficState&, const Context&, Surprises&);
void check_refused_topic(TrafficState&, const Observation&, const Context&, Surprises&);
void check_command_sent(TrafficState&, const Observation&, const Context&, Surprises&);
void check_command_refused(TrafficState&, const Observation&, const Context&, Surprises&);
void check_command_answered(TrafficState&, const Observation&, const Context&, Surprises&);

}  // namespace outrider::detect
