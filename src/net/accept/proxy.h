#pragma once
// Connections that a load balancer forwards: they begin with a PROXY protocol header (wire/proxy), before TLS.
// The header is peeked at until it is whole, then taken; what follows it stays in the socket.
#include <boost/asio/ip/tcp.hpp>
#include <optional>

#include "base/result.h"
#include "net/accept/cidr.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

using ProxiedSocket = TlsStream::Socket;

// How many unread bytes make the socket readable; 1 is normal. What was peeked at is not to wake us again.
void set_low_water(ProxiedSocket& socket, std::size_t bytes);
// The peer has closed its side, or the connection is broken.
bool hung_up(ProxiedSocket& socket);

// Takes the header when it is whole: the client's address, or `peer` when the header names none (LOCAL). Nothing: more
// bytes have to come; `begun` is what has. Reasons: those of wire::proxy::parse_header; reset.
Result<std::optional<boost::asio::ip::tcp::endpoint>> take_proxy_header(ProxiedSocket& socket, ByteView begun,
                                                                        boost::asio::ip::tcp::endpoint peer);

}  // namespace outrider::net
