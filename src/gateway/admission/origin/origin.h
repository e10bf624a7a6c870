#pragma once
// Where a connection comes from.
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "facts/network.h"
#include "gateway/admission/origin/networks.h"

namespace outrider::gateway::admission {

// What databases say of an address. Two words, because a session keeps one.
struct Location {
  std::array<char, 2> country{};  // ISO 3166-1; zeros: not known
  std::uint32_t asn = 0;          // autonomous system number; 0 (reserved by RFC 7607): not known
  bool operator==(const Location&) const = default;
};
using Locate = std::function<Location(const boost::asio::ip::address&)>;

// Borrows the network: the keeper has it.
struct Origin {
  const Network* network = nullptr;  // none was named
  Location location;

  facts::NetworkKind kind() const { return network == nullptr ? facts::NetworkKind::open : network->kind; }
  std::string_view name() const { return network == nullptr ? std::string_view() : network->name; }
  std::optional<std::string> country() const {
    if (location.country[0] == 0) return std::nullopt;
    return std::string(location.country.data(), location.country.size());
  }
  std::optional<std::uint32_t> asn() const {
    if (location.asn == 0) return std::nullopt;
    return location.asn;
  }
};

inline Origin origin_of(const Networks& networks, const Locate& locate, const boost::asio::ip::address& address) {
  return {.network = networks.find(address), .location = locate ? locate(address) : Location{}};
}

}  // namespace outrider::gateway::admission
