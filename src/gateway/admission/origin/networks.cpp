#include "gateway/admission/origin/networks.h"

#include <fmt/format.h>

#include <algorithm>

namespace outrider::gateway::admission {

Result<Networks> Networks::make(std::vector<Network> networks) {
  Networks out;
  out.networks_ = std::move(networks);
  const auto& all = out.networks_;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto before = all.begin() + static_cast<std::ptrdiff_t>(i);
    if (std::find_if(all.begin(), before, [&](const Network& n) { return n.name == all[i].name; }) != before)
      return fail(Errc::conflict, "duplicate-name", fmt::format("two networks are named '{}'", all[i].name));
    for (const net::Cidr& range : all[i].ranges) {
      const auto [place, added] = out.by_length_[range.bits].emplace(range.prefix, i);
      if (!added) {
        return fail(Errc::conflict, "duplicate-range",
                    fmt::format("{} is in '{}' and in '{}'", range.text(), all[place->second].name, all[i].name));
      }
    }
  }
  return out;
}

const Network* Networks::find(const boost::asio::ip::address& address) const {
  const net::AddressBytes bytes = net::mapped(address);
  for (const auto& [length, prefixes] : by_length_) {
    const auto found = prefixes.find(net::masked(bytes, length));
    if (found != prefixes.end()) return &networks_[found->second];
  }
  return nullptr;
}

}  // namespace outrider::gateway::admission
