#pragma once
#include <optional>

#include "base/json.h"
#include "ledger/entry.h"

namespace outrider::detect {

// The payload as the described fact; nothing when it is shredded or no such fact.
template <class Fact>
std::optional<Fact> fact_of(const ledger::Entry& entry) {
  if (entry.shredded) return std::nullopt;
  auto fact = json::read<Fact>(as_text(entry.payload));
  if (!fact) return std::nullopt;
  return *std::move(fact);
}

}  // namespace outrider::detect
