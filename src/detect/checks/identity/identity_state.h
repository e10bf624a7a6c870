#pragma once
// What is remembered of a device's sessions and identities.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/checks/rare.h"

namespace outrider::detect {

// Hashes are kept at half their length: they are compared with two or four others, not looked up among millions.
struct IdentityState {
  // Where a session came from.
  struct Side {
    std::uint32_t prefix = 0;  // 0: not known
    std::uint32_t place = 0;   // country, ASN and kind of network together
    std::uint32_t tls = 0;     // 0: it came back with a ticket
    std::uint32_t at_s = 0;    // opened; of one that was taken over: when that was
  };
  struct Open {
    std::uint64_t id = 0;  // 0: free
    Side side;
  };
  std::array<Open, 2> open;             // the newest; a device has one, or two processes with one each
  Side displaced, before;               // the last two sessions that were taken over by the device's own name
  std::array<std::uint32_t, 4> places;  // known ones, the newest first
  RareState twice;                      // signs that there are two of it
  RareState refused;                    // connections
  RareState enrolments;                 // refused ones
  std::uint32_t last_s = 0;             // when a session was last opened, closed or heard of
  std::uint32_t last_prefix = 0;        // of the newest session
  std::uint16_t last_country = 0;
  std::uint8_t overlaps = 0;                // two sessions that were both alive, from networks of different people
  std::uint8_t stack_waits = 0;             // reports until another TLS stack is said; 0: nothing waits
  float stack_change = 0, stack_share = 0;  // how seldom stacks change, and to that one
  std::uint32_t tls = 0, tls_before = 0;    // fingerprints of the last two TLS stacks
  std::uint32_t tls_firmware = 0;           // the firmware that shook hands so
  std::uint32_t firmware = 0;               // that runs now
  std::uint32_t boot = 0;                   // its newest boot count
  std::uint32_t boot_s = 0;                 // measured when
  std::uint32_t returned_s = 0;             // when one that had been displaced last came back
};
inline constexpr std::size_t identity_state_bytes_max = 192;
static_assert(std::is_trivially_copyable_v<IdentityState> && sizeof(IdentityState) <= identity_state_bytes_max);

}  // namespace outrider::detect
