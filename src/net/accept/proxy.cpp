#include "net/accept/proxy.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "wire/proxy/header.h"

namespace outrider::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

tcp::endpoint endpoint_of(const wire::proxy::Endpoint& from) {
  if (from.v6) return {unmapped(asio::ip::address_v6(from.address)), from.port};
  asio::ip::address_v4::bytes_type bytes{};
  std::copy_n(from.address.begin(), bytes.size(), bytes.begin());
  return {asio::ip::address_v4(bytes), from.port};
}

}  // namespace

void set_low_water(ProxiedSocket& socket, std::size_t bytes) {
  const int value = static_cast<int>(bytes);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
}

bool hung_up(ProxiedSocket& socket) {
  pollfd look{.fd = socket.native_handle(), .events = POLLRDHUP, .revents = 0};
  return ::poll(&look, 1, 0) > 0 && (look.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0;
}

Result<std::optional<tcp::endpoint>> take_proxy_header(ProxiedSocket& socket, ByteView begun, tcp::endpoint peer) {
  TRY(const auto header, wire::proxy::parse_header(begun));
  if (!header) return std::nullopt;
  std::array<std::uint8_t, wire::proxy::header_bytes_max> taken{};
  const ssize_t count = ::recv(socket.native_handle(), taken.data(), header->size, MSG_DONTWAIT);
  if (count != static_cast<ssize_t>(header->size)) return fail(Errc::unavailable, "reset", "the connection broke");
  return header->source ? endpoint_of(*header->source) : peer;
}

}  // namespace outrider::net
