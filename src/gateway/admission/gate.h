#pragma once
// The same doors before a listener that is not the broker's: HTTPS, with EST, the API and what is public.
#include "gateway/admission/door.h"
#include "net/accept/gate.h"

namespace outrider::gateway::admission {

// `turned_away` is called on any of the loops.
net::MakeGate gates(std::shared_ptr<Keeper> keeper, Door::TurnAway turned_away);

// Counts them by rule under this name, and says so in the log now and then.
Door::TurnAway count_turned_away(Metrics& metrics, std::string name);

}  // namespace outrider::gateway::admission
