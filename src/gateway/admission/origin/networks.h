#pragma once
// The networks that the operator named ([[network]]), and which of them an address belongs to.
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "facts/network.h"
#include "net/accept/cidr.h"

namespace outrider::gateway::admission {

struct Network {
  std::string name;
  facts::NetworkKind kind = facts::NetworkKind::open;
  std::vector<net::Cidr> ranges;
};

// Constant after it was made; thread-safe.
class Networks {
 public:
  Networks() = default;
  // Reasons: duplicate-name; duplicate-range (the longest prefix must decide, so no two may be the same).
  static Result<Networks> make(std::vector<Network> networks);

  // The network with the longest prefix that holds the address; nullptr: none was named, so it is a public one.
  const Network* find(const boost::asio::ip::address& address) const;
  // Its place among the networks; for telling them apart cheaply.
  std::size_t index_of(const Network& network) const { return static_cast<std::size_t>(&network - networks_.data()); }

 private:
  std::vector<Network> networks_;
  // By length, longest first, then by prefix: a look-up costs one search a length in use.
  std::map<unsigned, std::map<net::AddressBytes, std::size_t>, std::greater<>> by_length_;
};

}  // namespace outrider::gateway::admission
