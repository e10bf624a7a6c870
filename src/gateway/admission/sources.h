#pragma once
// Who has how many connections, and who asks how fast: by address and by source network.
#include <array>
#include <atomic>
#include <boost/asio/ip/address.hpp>
#include <chrono>
#include <compare>
#include <cstdint>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "gateway/admission/limits.h"
#include "gateway/admission/origin/networks.h"

namespace outrider::gateway::admission {

// What is counted together. Sixteen bytes, whatever it stands for.
struct SourceKey {
  enum class Of : std::uint8_t { v4_address, v6_address, v4_network, v6_network, configured };
  Of of = Of::v4_address;
  std::uint64_t value = 0;
  bool operator==(const SourceKey&) const = default;
};
struct SourceHash {
  std::size_t operator()(const SourceKey& key) const {
    return std::hash<std::uint64_t>{}(key.value * 8 + static_cast<std::uint64_t>(key.of));
  }
};

struct Source {
  SourceKey address;     // IPv6: its /64
  SourceKey neighbours;  // the /24, or /48: turns are given to these, also within a configured network
  SourceKey network;     // the configured network, else as `neighbours`
};
Source source_of(const boost::asio::ip::address& address, const Networks& networks);

// Thread-safe; sharded, so that loops seldom meet.
class Sources {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Sources(const Limits& limits) : limits_(limits) {}
  Sources(const Sources&) = delete;
  Sources& operator=(const Sources&) = delete;

  // One connection, counted until this is gone. Must not outlive the Sources.
  class Stay {
   public:
    Stay() = default;
    Stay(Sources& sources, const Source& source)
        : sources_(&sources), address_(source.address), network_(source.network) {}
    Stay(Stay&& other) noexcept
        : sources_(std::exchange(other.sources_, nullptr)), address_(other.address_), network_(other.network_) {}
    Stay& operator=(Stay&& other) noexcept {
      std::swap(sources_, other.sources_);
      std::swap(address_, other.address_);
      std::swap(network_, other.network_);
      return *this;
    }
    ~Stay() {
      if (sources_ != nullptr) sources_->leave(address_, network_);
    }

   private:
    Sources* sources_ = nullptr;
    SourceKey address_;
    SourceKey network_;
  };

  // Reasons (all overloaded): too-many-connections, too-many-connections-of-address, too-many-connections-of-network,
  // connection-rate-of-network.
  Result<Stay> enter(const Source& source, Time now);
  // Reason: handshake-rate-of-network.
  Result<void> begin_handshake(const Source& source, Time now);
  std::uint64_t connections() const { return connections_; }

 private:
  static constexpr std::size_t shard_count = 64;
  static constexpr std::size_t kept_max = 4'096;  // of a shard: those without connections are then forgotten
  struct Bucket {
    double level = 0;
    Time at{};
    bool take(Time now, double per_second, double burst);
  };
  struct Row {
    std::uint64_t connections = 0;
    Bucket arrivals;
    Bucket handshakes;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<SourceKey, Row, SourceHash> rows;
    std::size_t purge_at = kept_max;  // twice what was left the last time, so that looking through them is seldom
  };
  Shard& shard_of(const SourceKey& key) { return shards_.at(SourceHash{}(key) * 0x9e3779b97f4a7c15ULL >> 58U); }
  static Row& row_of(Shard& shard, const SourceKey& key);
  bool enter_address(const SourceKey& address);
  Result<void> enter_network(const SourceKey& network, Time now);
  void leave(const SourceKey& address, const SourceKey& network);
  void leave_one(const SourceKey& key, bool keep);

  const Limits limits_;
  std::array<Shard, shard_count> shards_;
  std::atomic<std::uint64_t> connections_{0};
};

}  // namespace outrider::gateway::admission
