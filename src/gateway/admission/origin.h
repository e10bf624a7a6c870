#pragma once
// Where a connection comes from.
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "facts/network.h"
#include "gateway/admission/networks.h"

namespace outrider::gateway::admission {

// What a database says of an address; nothing for what it does not know.
struct Place {
  std::optional<std::string> country;  // ISO 3166-1, two letters
  std::optional<std::uint32_t> asn;    // autonomous system number
  bool operator==(const Place&) const = default;
};

// Cheap to copy: a session keeps one.
struct Origin {
  std::string network;  // as configured; empty: none was named
  facts::NetworkKind kind = facts::NetworkKind::open;
  std::optional<std::string> country;
  std::optional<std::uint32_t> asn;
  bool operator==(const Origin&) const = default;
};

using Locate = std::function<Place(const boost::asio::ip::address&)>;

inline Origin origin_of(const Networks& networks, const Locate& locate, const boost::asio::ip::address& address) {
  Origin out;
  if (const Network* const network = networks.find(address)) {
    out.network = network->name;
    out.kind = network->kind;
  }
  if (locate) {
    Place place = locate(address);
    out.country = std::move(place.country);
    out.asn = place.asn;
  }
  return out;
}

// "192.0.2.1:4711", "[2001:db8::1]:4711".
inline std::string text_of(const boost::asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

}  // namespace outrider::gateway::admission
