#pragma once
// Where a session came from, as hashes: equal or not is all that checks ask.
#include <cstdint>
#include <string_view>

namespace outrider::detect {

struct AddressHash {
  std::uint64_t address = 0;  // without its port; 0: not readable
  std::uint64_t prefix = 0;   // its /24 or /48: what one access network usually hands out
};

// "192.0.2.1:4711", "[2001:db8::1]:4711", or without a port.
AddressHash hash_address(std::string_view text);

}  // namespace outrider::detect
