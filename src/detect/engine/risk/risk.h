#pragma once
// From evidence to risk: what is kept of a device's surprises, what they weigh together after a while, and whether that
// is worth saying.
#include <optional>
#include <span>

#include "detect/engine/finding.h"
#include "detect/engine/risk_state.h"
#include "detect/engine/tuning.h"

namespace outrider::detect {

// What a piece of evidence still weighs: it halves with the half life of its threat.
float weight(const Evidence& evidence, double now_s);

// Keeps it if it weighs more than what its family has said for the same threat, or than the weakest of all when there
// is no room.
void remember(RiskState& state, const Evidence& evidence, double now_s);

// What the kept evidence says about the threat now. Fills in threat, risk, proof, level and evidence.
//   page: one proof with risk >= ticket_risk, or two families of >= family_least with risk >= page_risk;
//   ticket: risk >= ticket_risk.
// So a numeric channel, which is no proof and of one family, never pages by itself.
Finding assess(const RiskState& state, Threat threat, double now_s, const Tuning& tuning);

// An alert is over when its risk has fallen to half of what is worth a ticket: what comes after is new.
void forget_over(RiskState& state, Threat threat, double now_s, const Tuning& tuning);

// True, and remembered, when it should be said: for the first time, on a higher level, or grown by half.
bool worth_saying(RiskState& state, const Finding& finding, double now_s);

}  // namespace outrider::detect
