#pragma once
// Listening sockets; for this room and the gateway.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

#include "base/result.h"
#include "net/loop.h"
#include "net/tls/tls_stream.h"

namespace outrider::net {

using TcpAcceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, boost::asio::io_context::executor_type>;
using LocalAcceptor =
    boost::asio::basic_socket_acceptor<boost::asio::local::stream_protocol, boost::asio::io_context::executor_type>;

// Connections that wait to be accepted while a loop is busy with handshakes; the kernel caps it (net.core.somaxconn).
inline constexpr int listen_backlog = 16'384;

// Resolves "0.0.0.0", "::", "127.0.0.1" …; names are not looked up (malformed).
Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address, std::uint16_t port);

// With SO_REUSEPORT, so that each loop has an acceptor of its own on one port and the kernel spreads connections.
Result<TcpAcceptor> listen_tcp(Loop& loop, const boost::asio::ip::tcp::endpoint& endpoint);

// See HttpServer::listen_local.
Result<LocalAcceptor> listen_unix(Loop& loop, const std::filesystem::path& path);

}  // namespace outrider::net
