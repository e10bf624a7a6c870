#pragma once
// Answers why somebody may do something, or may not: now, or as of an earlier entry.
//
// What is asked is judged by what judges live: the registry's rules on memory made again from the ledger
// (fleet/hindsight), the networks of the configuration, and the rights that a session would get (gateway/mqtt/rights).
#include "api/why.h"
#include "gateway/admission/origin/networks.h"
#include "ledger/ledger.h"
#include "store/database.h"

namespace outrider::server {

struct WhyRooms {
  store::Database& database;
  const ledger::Ledger& ledger;
  const gateway::admission::Networks& networks;
  const Clock& clock;
};

// Any thread that may block. Reasons: unknown-device, unknown-application (as of that entry: an answer, not an error),
// unknown-action, topic-needed, bad-topic, bad-address, unknown-entry, unknown-identity, unknown-fleet.
Result<api::WhyAnswer> why(const WhyRooms& rooms, const api::WhyQuestion& question);

}  // namespace outrider::server
