#include "gateway/admission/sources.h"

#include <algorithm>

namespace outrider::gateway::admission {

namespace {

constexpr unsigned v4_network_bits = 96 + 24;
constexpr unsigned v6_network_bits = 48;
constexpr unsigned v6_address_bits = 64;

std::uint64_t number(const net::AddressBytes& address, unsigned from) {
  std::uint64_t out = 0;
  for (unsigned i = from; i < from + 8; ++i) out = out << 8U | address.at(i);
  return out;
}

std::unexpected<Error> refuse(const char* reason, const char* detail) {
  return fail(Errc::overloaded, reason, detail);
}

}  // namespace

Source source_of(const boost::asio::ip::address& address, const Networks& networks) {
  using Of = SourceKey::Of;
  const net::AddressBytes bytes = net::mapped(address);
  Source out;
  if (net::unmapped(address).is_v4()) {
    out.address = {Of::v4_address, number(bytes, 8)};
    out.neighbours = {Of::v4_network, number(net::masked(bytes, v4_network_bits), 8)};
  } else {
    out.address = {Of::v6_address, number(net::masked(bytes, v6_address_bits), 0)};
    out.neighbours = {Of::v6_network, number(net::masked(bytes, v6_network_bits), 0)};
  }
  const Network* const configured = networks.find(address);
  out.network = configured == nullptr ? out.neighbours : SourceKey{Of::configured, networks.index_of(*configured)};
  return out;
}

bool Sources::Bucket::take(Time now, double per_second, double burst) {
  const double gained = std::chrono::duration<double>(now - at).count() * per_second;
  level = at == Time{} ? burst : std::min(burst, level + gained);
  at = now;
  if (level < 1) return false;
  level -= 1;
  return true;
}

// A stranger may come from ever new networks; those that have gone are forgotten when there are too many, rates too.
Sources::Row& Sources::row_of(Shard& shard, const SourceKey& key) {
  const auto found = shard.rows.find(key);
  if (found != shard.rows.end()) return found->second;
  if (shard.rows.size() >= shard.purge_at) {
    std::erase_if(shard.rows, [](const auto& row) { return row.second.connections == 0; });
    shard.purge_at = std::max(kept_max, 2 * shard.rows.size());
  }
  return shard.rows[key];
}

bool Sources::enter_address(const SourceKey& address) {
  Shard& shard = shard_of(address);
  const std::lock_guard lock(shard.mutex);
  Row& row = row_of(shard, address);
  if (row.connections >= limits_.connections_per_address_max) return false;
  ++row.connections;
  return true;
}

Result<void> Sources::enter_network(const SourceKey& network, Time now) {
  Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.mutex);
  Row& row = row_of(shard, network);
  if (row.connections >= limits_.connections_per_network_max)
    return refuse("too-many-connections-of-network", "the source network has as many connections as it may");
  const double per_second = limits_.connections_per_network_per_second;
  if (!row.arrivals.take(now, per_second, per_second * static_cast<double>(limits_.burst.count())))
    return refuse("connection-rate-of-network", "the source network connects faster than it may");
  ++row.connections;
  return {};
}

Result<Sources::Stay> Sources::enter(const Source& source, Time now) {
  if (connections_.fetch_add(1) >= limits_.connections_max) {
    --connections_;
    return refuse("too-many-connections", "the server has as many connections as it may");
  }
  if (!enter_address(source.address)) {
    --connections_;
    return refuse("too-many-connections-of-address", "the address has as many connections as it may");
  }
  if (auto entered = enter_network(source.network, now); !entered) {
    leave_one(source.address, false);
    --connections_;
    return std::unexpected(std::move(entered).error());
  }
  return Stay(*this, source);
}

Result<void> Sources::begin_handshake(const Source& source, Time now) {
  Shard& shard = shard_of(source.network);
  const std::lock_guard lock(shard.mutex);
  const double per_second = limits_.handshakes_per_network_per_second;
  if (row_of(shard, source.network)
          .handshakes.take(now, per_second, per_second * static_cast<double>(limits_.burst.count())))
    return {};
  return refuse("handshake-rate-of-network", "the source network begins handshakes faster than it may");
}

void Sources::leave(const SourceKey& address, const SourceKey& network) {
  leave_one(address, false);
  leave_one(network, true);
  --connections_;
}

void Sources::leave_one(const SourceKey& key, bool keep) {
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.rows.find(key);
  if (found == shard.rows.end() || found->second.connections == 0) return;
  if (--found->second.connections == 0 && !keep) shard.rows.erase(found);
}

}  // namespace outrider::gateway::admission
