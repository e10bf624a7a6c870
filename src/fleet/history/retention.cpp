#include "fleet/history/retention.h"

namespace outrider::fleet {
namespace {

Result<std::uint64_t> enforce(const Registry& registry, History& history, const FleetId& fleet, const Profile& profile,
                              Timestamp now) {
  std::uint64_t removed = 0;
  DeviceQuery query{.profile = profile.id, .limit = page_limit_max};
  for (;;) {
    TRY(const DevicePage page, registry.devices(fleet, query));
    std::vector<DeviceId> devices;
    for (const Device& device : page.devices) devices.push_back(device.id);
    TRY(const std::uint64_t gone, history.remove_before(fleet, devices, now - profile.retention));
    removed += gone;
    if (!page.next) return removed;
    query.after = *page.next;
  }
}

}  // namespace

Result<std::uint64_t> enforce_retention(const Registry& registry, History& history, Timestamp now) {
  std::uint64_t removed = 0;
  for (const Fleet& fleet : registry.fleets()) {
    TRY(const auto profiles, registry.profiles(fleet.id));
    for (const auto& profile : profiles) {
      TRY(const std::uint64_t gone, enforce(registry, history, fleet.id, *profile, now));
      removed += gone;
    }
  }
  return removed;
}

}  // namespace outrider::fleet
