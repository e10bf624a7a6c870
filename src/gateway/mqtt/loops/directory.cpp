#include "gateway/mqtt/loops/directory.h"

namespace outrider::gateway::mqtt {

namespace {

// Ids hold no '/'.
std::string key_of(const FleetId& fleet, const std::string& name) {
  return fleet.value + "/" + name;
}

}  // namespace

std::optional<Place> Directory::claim(const SessionKey& client, Place place) {
  const std::string key = client.text();
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto [found, added] = shard.clients.emplace(key, place);
  if (added) return std::nullopt;
  return std::exchange(found->second, place);
}

void Directory::release(const SessionKey& client, Place place) {
  const std::string key = client.text();
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.clients.find(key);
  if (found != shard.clients.end() && found->second == place) shard.clients.erase(found);
}

void Directory::came_online(const FleetId& fleet, const DeviceId& device) {
  const std::string key = key_of(fleet, device.value);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  if (++shard.devices[key] == 1) ++devices_online_;
}

void Directory::went_offline(const FleetId& fleet, const DeviceId& device) {
  const std::string key = key_of(fleet, device.value);
  Shard& shard = shard_of(key);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.devices.find(key);
  if (found == shard.devices.end() || --found->second > 0) return;
  shard.devices.erase(found);
  --devices_online_;
}

}  // namespace outrider::gateway::mqtt
