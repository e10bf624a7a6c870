#pragma once
// The kinds of steps, one function each; play() in attacks.cpp chooses.
#include "sim/breach/attacker/attacker.h"

namespace outrider::sim {

// altered.cpp: reports under a stolen identity.
using Altered = std::function<void(Report& report)>;
Result<Bytes> report_of(Stolen& device, double seconds, const Altered& alter);
std::string_view report_type();
Result<Tally> clone(Attacker& attacker, const Step& step);
Result<Tally> position(Attacker& attacker, const Step& step, bool drifts);
Result<Tally> temperature(Attacker& attacker, const Step& step);
Result<Tally> firmware_downgrade(Attacker& attacker, const Step& step);
Result<Tally> moved_sim(Attacker& attacker, const Step& step);

// others.cpp: in the name of others.
Result<Tally> foreign_topics(Attacker& attacker, const Step& step);
Result<Tally> foreign_client_ids(Attacker& attacker, const Step& step);
Result<Tally> forged_certificates(Attacker& attacker, const Step& step);
Result<Tally> foreign_tickets(Attacker& attacker, const Step& step);
Result<Tally> foreign_enrolment(Attacker& attacker, const Step& step);

// befalling.cpp: what devices of the fleet suffer.
Result<Tally> befall(Attacker& attacker, const Step& step);

}  // namespace outrider::sim
