#pragma once
// Where a request for a certificate comes from.
#include <optional>
#include <string>

#include "facts/network.h"

namespace outrider::identity {

struct Network {
  facts::NetworkKind kind = facts::NetworkKind::open;
  std::string name;  // empty: none that the operator named
};

struct Origin {
  std::string address;  // "192.0.2.1:4711"
  // Of the device. Nothing: an operator asks in its place, and where the device will live is not known yet.
  std::optional<Network> network;
};

}  // namespace outrider::identity
