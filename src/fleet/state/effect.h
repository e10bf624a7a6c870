#pragma once
// What entries do to a fleet's state, as tables from kind to rule. Private to the room.
#include <algorithm>
#include <span>

#include "base/json.h"
#include "facts/facts.h"
#include "facts/kind.h"
#include "fleet/state/state.h"
#include "ledger/entry.h"

namespace outrider::fleet {

struct Effect {
  Kind kind;
  void (*run)(FleetState& state, const ledger::Entry& entry);
};

// The entry's payload read as the fact that its kind says, handed to the rule; a payload that is none has no effect.
template <class Fact, void (*rule)(FleetState&, const Fact&, const ledger::Entry&)>
void read_and(FleetState& state, const ledger::Entry& entry) {
  if (const auto fact = json::read<Fact>(as_text(entry.payload))) rule(state, *fact, entry);
}

// Kinds that the table does not name have no effect.
inline void run_effect(std::span<const Effect> table, FleetState& state, const ledger::Entry& entry) {
  const auto found = std::ranges::find(table, static_cast<Kind>(entry.kind), &Effect::kind);
  if (found != table.end()) found->run(state, entry);
}

}  // namespace outrider::fleet
