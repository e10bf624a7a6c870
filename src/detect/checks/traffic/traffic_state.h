#pragma once
// What is usual of a device's traffic, commands and rhythm.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/checks/rare.h"

namespace outrider::detect {

struct TrafficState {
  // The minute that runs. A minute begins with its first message.
  std::uint64_t last_entry = 0;  // a report with many times is one message
  std::uint32_t minute_s = 0;
  float messages = 0, bytes = 0;
  float look_at = 0, look_at_bytes = 0;  // what is worth a look in this minute
  // What is usual.
  float busiest = 0, busiest_bytes = 0;  // of a minute: grows and shrinks slowly; 0: nothing known yet
  float message_bytes = 0;               // of a message, mean
  float rate = 0;                        // messages a second, over a day
  float owed = 0;                        // what it could not say while it was out of coverage
  float excess = 0;                      // CUSUM over minutes, in standard deviations
  // Rhythm.
  std::uint32_t first_s = 0, last_s = 0;
  float longest_gap_s = 0;
  std::uint8_t weak_battery = 0, weak_radio = 0, unused[2]{};  // when it last spoke
  // Whom it named although it is not them: a bit each, by hash.
  std::array<std::uint64_t, 4> others{};
  std::uint32_t others_since_s = 0;
  std::uint32_t others_named = 0;  // the most that one entry said
  std::uint64_t leaves = 0;        // topics it has used, a bit each
  RareState refused_topics, refused_rate, refused_reports, sessions, answers, strangers;
  // The newest commands, the newest first.
  struct Command {
    std::uint32_t id = 0;      // hash; 1: it has none; 0: no command
    std::uint32_t source = 0;  // hash of the application; 0: this server
    std::uint32_t at_s = 0;
  };
  std::array<Command, 8> commands{};
  std::uint64_t sources = 0;     // who has commanded it, a bit each
  std::uint32_t given = 0;       // commands in all
  std::uint32_t unanswered = 0;  // a bit each, as in `commands`
};
inline constexpr std::size_t traffic_state_bytes_max = 352;
static_assert(std::is_trivially_copyable_v<TrafficState> && sizeof(TrafficState) <= traffic_state_bytes_max);

}  // namespace outrider::detect
