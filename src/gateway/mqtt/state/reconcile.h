#pragma once
// After a crash: QoS 2 messages of which it is not known whether they reached the ledger.
#include "gateway/mqtt/state/state_store.h"
#include "ledger/ledger.h"

namespace outrider::gateway::mqtt {

// What an entry of such a message has at the end of its content type: `; exchange="<kept session>-<number>"`.
std::string will_parameter(WillId id);
std::string exchange_parameter(KeptId kept, std::uint64_t exchange);

// Those whose entry is there get into the queues they belong to and are settled; of the others nothing remains: the
// client, which has no PUBREC, sends them again. Before StateStore::start().
Result<void> reconcile(StateStore& store, const ledger::Ledger& ledger, TopicsOfFleets& topics);

}  // namespace outrider::gateway::mqtt
