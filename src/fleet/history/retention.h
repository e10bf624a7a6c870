#pragma once
// Removes readings from the history that are older than their device's profile says (`data.retention`). The ledger
// keeps what was said; what is personal in it ends by shredding its key.
#include <cstdint>

#include "base/result.h"
#include "base/time.h"
#include "fleet/history/history.h"
#include "fleet/registry/registry.h"

namespace outrider::fleet {

// Goes through all devices of all fleets; how many readings were removed. Call it now and then (an hour is often
// enough), and after a rebuild, which brings old readings back. Each transaction covers at most page_limit_max devices.
Result<std::uint64_t> enforce_retention(const Registry& registry, History& history, Timestamp now);

}  // namespace outrider::fleet
