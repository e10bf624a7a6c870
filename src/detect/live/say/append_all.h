#pragma once
#include <vector>

#include "ledger/ledger.h"

namespace outrider::detect {

struct Refused {
  ledger::Draft draft;
  Error error;
};

// Appends them together and waits until each is durable or refused; gives back the refused ones, in order.
std::vector<Refused> append_all(ledger::Ledger& ledger, const std::vector<ledger::Draft>& drafts);

}  // namespace outrider::detect
