#pragma once
// How much is kept for clients that are away.
#include <chrono>
#include <cstddef>

namespace outrider::gateway::mqtt {

struct StateLimits {
  std::size_t sessions_max = 1'000'000;  // kept, of all fleets
  std::size_t queued_messages_max = 1'000;
  std::size_t queued_bytes_max = 8UL * 1024 * 1024;
  std::size_t queued_bytes_of_all_max = 16UL * 1024 * 1024 * 1024;
  std::size_t page_rows = 64;                       // of a queue in memory at a time
  std::size_t waiting_max = 200'000;                // jobs that wait for the disk before newcomers are turned away
  std::chrono::milliseconds retry_interval{1'000};  // of what must be done and could not be
};

}  // namespace outrider::gateway::mqtt
