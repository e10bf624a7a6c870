#pragma once
// A range of IP addresses: "10.0.0.0/8", "2001:db8::/32", or one address.
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace outrider::net {

// An address of either family as IPv6; IPv4 in its mapped form (RFC 4291, 2.5.5.2).
using AddressBytes = std::array<std::uint8_t, 16>;
AddressBytes mapped(const boost::asio::ip::address& address);
// IPv4 as IPv4 also when it came over a socket of both families ("::ffff:192.0.2.1").
boost::asio::ip::address unmapped(const boost::asio::ip::address& address);
// "192.0.2.1:4711", "[2001:db8::1]:4711".
std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint);
// The first `bits` of it; the rest is zero.
AddressBytes masked(AddressBytes address, unsigned bits);

struct Cidr {
  AddressBytes prefix{};
  unsigned bits = 0;  // of the 128 of `prefix`: 104 for a /8 of IPv4

  // Refused: what is no address, a length out of range, and bits set beyond it (the message says what was meant).
  static Result<Cidr> parse(std::string_view text);
  bool contains(const boost::asio::ip::address& address) const { return masked(mapped(address), bits) == prefix; }
  std::string text() const;
  auto operator<=>(const Cidr&) const = default;
};

bool any_contains(const std::vector<Cidr>& ranges, const boost::asio::ip::address& address);

}  // namespace outrider::net
