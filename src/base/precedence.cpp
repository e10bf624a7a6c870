#include "base/precedence.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace outrider {
namespace {

constexpr std::uint64_t short_turn_nanoseconds = 500'000;
constexpr int behind = 10;  // setpriority(2): Linux gives each thread its own

// sched_setattr(2). Neither the call nor this is in the C library, whose own headers forbid the kernel's.
struct Attributes {
  std::uint32_t size = sizeof(Attributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t nice = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;  // of SCHED_OTHER: the turn, in nanoseconds
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

}  // namespace

void ask_for_short_turns() {
  Attributes wanted;
  wanted.nice = ::getpriority(PRIO_PROCESS, 0);
  wanted.runtime = short_turn_nanoseconds;
  ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

void step_behind_everybody() {
  ::setpriority(PRIO_PROCESS, 0, behind);
}

}  // namespace outrider
