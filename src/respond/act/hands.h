#pragma once
// What responses reach of the house. server/ implements it, because rooms on one floor do not include each other.
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "facts/facts.h"

namespace outrider::respond {

// All members may block until what they did is durable, and may be called from any thread.
class Hands {
 public:
  struct Device {
    ProfileId profile;
    facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  };

  virtual ~Hands() = default;
  virtual std::vector<FleetId> fleets() const = 0;
  virtual Result<Device> device(const FleetId& fleet, const DeviceId& device) const = 0;
  // Devices of the fleet that are not retired.
  virtual std::uint64_t device_count(const FleetId& fleet) const = 0;
  // Who stands behind the name of a decision. A token that was made with another token is the same person's.
  virtual Result<std::string> person(const std::string& by) const = 0;

  // fleet::Registry::change_state. Open sessions are restricted or ended when it returns, or a moment later.
  virtual Result<void> change_state(const FleetId& fleet, const DeviceId& device, facts::LifecycleEvent event,
                                    const std::string& why, const std::string& by,
                                    const std::vector<std::uint64_t>& cause) = 0;
  // Takes every identity of the device back; how many that were.
  virtual Result<std::uint64_t> revoke(const FleetId& fleet, const DeviceId& device, const std::string& by) = 0;
  // Ends its sessions and what they could be resumed with; it may come back.
  virtual void disconnect(const FleetId& fleet, const DeviceId& device, const std::string& why) = 0;
  // To those who listen; false when nobody does.
  virtual Result<bool> publish(const FleetId& fleet, const std::string& topic, const std::string& json) = 0;
};

}  // namespace outrider::respond
