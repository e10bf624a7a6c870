#pragma once
// What came of a step, by what the server recorded.
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "sim/breach/breach.h"
#include "sim/breach/watch.h"

namespace outrider::sim {

struct Scope {
  const Scenario& limits;
  const Step& step;
  std::vector<std::string> victims;
  std::set<std::string> touched;  // these, and those of earlier steps
  Timestamp began;
};

// Does it end, or restrict, what a device may do (docs/lifecycle.md)?
bool shuts_out(const Seen& seen);
// Or, where a device is honest and deceived or silent, does nothing act on its word any more (docs/response.md)?
bool contains(const Seen& seen, Attack attack);
// Fills in what was seen since the step began; `contained`: by device, what ended it first.
void judge(std::span<const Seen> seen, const Scope& scope, const std::map<std::string, Seen>& contained,
           Verdict& verdict);
// Nothing more needs to be waited for.
bool enough(const Verdict& verdict);
bool refused_altogether(const Verdict& verdict);
// Did what was expected come of it, in time?
bool held(const Scope& scope, const Verdict& verdict);
// For people, as it goes on.
std::string in_short(const Verdict& verdict);

}  // namespace outrider::sim
