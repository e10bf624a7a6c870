#include "sim/run/resolve.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>

namespace outrider::sim {

Result<boost::asio::ip::tcp::endpoint> resolve(const std::string& host, std::uint16_t port) {
  boost::asio::io_context context;
  boost::asio::ip::tcp::resolver resolver(context);
  boost::system::error_code error;
  const auto found =
      resolver.resolve(host, std::to_string(port), boost::asio::ip::tcp::resolver::numeric_service, error);
  if (error || found.empty()) {
    return fail(Errc::not_found, "no-address", fmt::format("no address for '{}': {}", host, error.message()));
  }
  // "localhost" is often ::1 first while servers listen on 127.0.0.1.
  const auto v4 = std::ranges::find_if(found, [](const auto& entry) { return entry.endpoint().address().is_v4(); });
  return v4 != found.end() ? v4->endpoint() : found.begin()->endpoint();
}

}  // namespace outrider::sim
