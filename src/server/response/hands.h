#pragma once
// What responses do, done by registry and broker.
#include <atomic>
#include <functional>

#include "fleet/registry/registry.h"
#include "gateway/mqtt/broker.h"
#include "respond/act/hands.h"

namespace outrider::server {

class ResponseHands final : public respond::Hands {
 public:
  struct Rooms {
    fleet::Registry& registry;
    std::atomic<gateway::mqtt::Broker*>& broker;  // none while the server starts and ends
    std::function<std::vector<FleetId>()> fleets;
    std::function<void(const FleetId&, const DeviceId&, const std::string& why)> disconnect;
  };
  explicit ResponseHands(Rooms rooms) : rooms_(std::move(rooms)) {}

  std::vector<FleetId> fleets() const override { return rooms_.fleets(); }
  Result<Device> device(const FleetId& fleet, const DeviceId& device) const override;
  std::uint64_t device_count(const FleetId& fleet) const override;
  Result<std::string> person(const std::string& by) const override;
  Result<void> change_state(const FleetId& fleet, const DeviceId& device, facts::LifecycleEvent event,
                            const std::string& why, const std::string& by,
                            const std::vector<std::uint64_t>& cause) override;
  Result<std::uint64_t> revoke(const FleetId& fleet, const DeviceId& device, const std::string& by) override;
  void disconnect(const FleetId& fleet, const DeviceId& device, const std::string& why) override;
  Result<bool> publish(const FleetId& fleet, const std::string& topic, const std::string& json) override;

 private:
  const Rooms rooms_;
};

}  // namespace outrider::server
