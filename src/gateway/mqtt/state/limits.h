#pragma once
// How much is kept for clients that are away.
#include <cstddef>

namespace outrider::gateway::mqtt {

struct StateLimits {
  std::size_t sessions_max = 1'000'000;  // kept, of all fleets
  std::size_t queued_messages_max = 1'000;
  std::size_t queued_bytes_max = 8UL * 1024 * 1024;
  std::size_t queued_bytes_of_all_max = 16UL * 1024 * 1024 * 1024;
  std::size_t page_rows = 64;  // of a queue in memory at a time
};

}  // namespace outrider::gateway::mqtt
