#pragma once
#include <string>
#include <string_view>

namespace outrider {

// Whose an address is, for limits: "192.0.2.1:4711" → "192.0.2.1"; IPv6 → its /64, the smallest piece of the network
// one owner has (RFC 6177). Any other text is bounded and taken as it is.
std::string address_key(std::string_view address);

}  // namespace outrider
