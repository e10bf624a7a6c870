#pragma once
#include "base/result.h"
#include "sim/run/counters.h"
#include "sim/run/settings.h"

namespace outrider::sim {

// Reads the input, plays the fleet until its time is over or SIGINT or SIGTERM comes, and says what happened. Blocks;
// takes over those signals and the process's file limit. An Error: the input is unusable (malformed, not_found,
// conflict …), nothing could be done at all (unavailable), or the run had to be given up.
Result<Summary> run_fleet(const RunSettings& settings);

}  // namespace outrider::sim
