#include "net/accept/proxy.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "wire/proxy/header.h"

namespace outrider::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

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

Awaitable<Result<tcp::endpoint>> client_behind_proxy(ProxiedSocket& socket, const std::vector<Cidr>& trusted,
                                                     std::chrono::milliseconds deadline) {
  error_code error;
  const auto from = socket.remote_endpoint(error);
  if (error) co_return fail(Errc::unavailable, "reset", error.message());
  const tcp::endpoint peer(unmapped(from.address()), from.port());
  if (!any_contains(trusted, peer.address())) co_return peer;
  asio::steady_timer timer(socket.get_executor(), deadline);
  timer.async_wait([&socket](const error_code& cancelled) {
    if (error_code ignored; !cancelled) socket.cancel(ignored);
  });
  std::array<std::uint8_t, wire::proxy::header_bytes_max> buffer{};
  for (std::size_t seen = 0;;) {
    const ssize_t count = ::recv(socket.native_handle(), buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    const std::size_t begun = count > 0 ? static_cast<std::size_t>(count) : 0;
    const bool broken = count == 0 || (count < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
    if (broken || (begun <= seen && hung_up(socket)))
      co_return fail(Errc::unavailable, "reset", "the connection ended before its PROXY protocol header");
    CO_TRY(const auto client, take_proxy_header(socket, ByteView(buffer).first(begun), peer));
    if (client) {
      set_low_water(socket, 1);
      co_return *client;
    }
    seen = begun;
    set_low_water(socket, seen + 1);
    const auto [stopped] = co_await socket.async_wait(ProxiedSocket::wait_read, as_values);
    if (stopped) co_return fail(Errc::unavailable, "timeout", "no whole PROXY protocol header in time");
  }
}

}  // namespace outrider::net
