#pragma once
// How far a step may go now: the playbook's mode, and what brakes it.
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/time.h"
#include "respond/playbook/playbook.h"

namespace outrider::respond {

// An operator's bounds on what happens without asking, for all playbooks. A mistake must not take a fleet down.
struct Brakes {
  Mode mode_max = Mode::act;
  std::uint64_t per_hour = 20;      // automatic ones that restrict devices, in one fleet
  std::uint64_t share_percent = 2;  // of the fleet's devices that may be restricted automatically at one time
};

// An alert this old is history: what follows from it is for a person to say …
inline constexpr std::chrono::minutes acting_age_max{60};
// … and this old nobody needs to be asked. (After a long outage, or when the ledger is read again from its beginning.)
inline constexpr std::chrono::hours proposing_age_max{24};

struct Circumstances {
  std::chrono::microseconds age{};    // of the alert's entry
  std::uint64_t restricted_hour = 0;  // automatically, in the last hour
  std::uint64_t restricted_now = 0;   // automatically, and still so
  std::uint64_t devices = 0;          // of the fleet
};

struct Verdict {
  bool due = true;  // false: too old
  Mode mode = Mode::act;
  std::string_view because = "mode";  // why it is not done: mode, limit, share, stale
};

Verdict judge(const Step& step, const Brakes& brakes, const Circumstances& now);

}  // namespace outrider::respond
