#include "sim/stage/order.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cmath>

#include "base/json.h"

namespace outrider::sim {
namespace {

constexpr std::size_t line_bytes_max = 8UL * 1024 * 1024;  // a hundred thousand names

}  // namespace

Result<std::vector<Order>> OrderInbox::look() {
  std::vector<Order> out;
  std::array<char, 65536> part;
  pollfd readable{.fd = file_, .events = POLLIN, .revents = 0};
  while (!ended_ && ::poll(&readable, 1, 0) > 0) {
    const auto count = ::read(file_, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::unexpected(system_error("read", "orders", errno));
    ended_ = count == 0;
    begun_.append(part.data(), static_cast<std::size_t>(count));
    for (auto end = begun_.find('\n'); end != std::string::npos; end = begun_.find('\n')) {
      TRY(auto order, json::read<Order>(std::string_view(begun_).substr(0, end)));
      begun_.erase(0, end + 1);
      if (!std::isfinite(order.amount)) return fail(Errc::malformed, "bad-order", "an order's amount is no number");
      out.push_back(std::move(order));
    }
    if (begun_.size() > line_bytes_max) return fail(Errc::too_large, "bad-order", "an order without end");
  }
  return out;
}

}  // namespace outrider::sim
