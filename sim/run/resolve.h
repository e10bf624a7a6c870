#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace outrider::sim {

// The address of a server; of several the first IPv4 one. not_found ("no-address").
Result<boost::asio::ip::tcp::endpoint> resolve(const std::string& host, std::uint16_t port);

}  // namespace outrider::sim
