#pragma once
// What the loops must know of each other: who holds a client identifier, which devices are online.
#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/ids.h"
#include "gateway/mqtt/loops/mailbox.h"
#include "gateway/mqtt/state/rows.h"

namespace outrider::gateway::mqtt {

// Where a session lives.
struct Place {
  std::size_t loop = 0;
  SessionId session = 0;
  bool operator==(const Place&) const = default;
};

// Thread-safe; sharded, so that loops seldom meet.
class Directory {
 public:
  // The identifier is the session's from now on. Returns who had it before: that session has to be ended
  // (MQTT 5, 3.1.4-3).
  std::optional<Place> claim(const SessionKey& client, Place place);
  // Does nothing when another session has taken it over meanwhile.
  void release(const SessionKey& client, Place place);

  void came_online(const FleetId& fleet, const DeviceId& device);
  void went_offline(const FleetId& fleet, const DeviceId& device);
  std::uint64_t devices_online() const { return devices_online_; }

 private:
  static constexpr std::size_t shard_count = 64;
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Place> clients;
    std::unordered_map<std::string, std::uint32_t> devices;
  };
  Shard& shard_of(const std::string& key) { return shards_[std::hash<std::string>{}(key) % shard_count]; }

  std::array<Shard, shard_count> shards_;
  std::atomic<std::uint64_t> devices_online_{0};
};

}  // namespace outrider::gateway::mqtt
