#include "detect/live/look/places.h"

#include <algorithm>

namespace outrider::detect {

std::optional<facts::RouteAssigned> route_of(const Engine& engine, const DeviceId& device, Timestamp now) {
  constexpr double micros = 1e6;
  const auto index = engine.device(device.value);
  const Route* route = engine.memory().motion.route(index, static_cast<double>(to_micros(now)) / micros);
  if (index == 0 || route == nullptr) return std::nullopt;
  facts::RouteAssigned out{
      .device = device, .points = {}, .corridor_m = route->corridor_m, .until = {}, .by = route->by};
  for (const Place& point : route->points) out.points.push_back({point.lat, point.lon});
  if (route->until_s != 0) out.until = from_micros(static_cast<std::int64_t>(route->until_s * micros));
  return out;
}

std::vector<facts::FenceSet> fences_of(const Engine& engine) {
  std::vector<facts::FenceSet> out;
  engine.memory().motion.each_fence([&](const Fence& fence) {
    facts::FenceSet one{.fence = fence.name,
                        .device = {},
                        .profile = {},
                        .centre = {fence.centre.lat, fence.centre.lon},
                        .radius_m = fence.radius_m,
                        .inside = fence.inside,
                        .dwell_s = fence.dwell_s,
                        .by = fence.by};
    if (fence.device != 0) one.device = DeviceId(std::string(engine.device_name(fence.device)));
    if (!fence.profile.empty()) one.profile = ProfileId(fence.profile);
    out.push_back(std::move(one));
  });
  std::ranges::sort(out, {}, &facts::FenceSet::fence);
  return out;
}

}  // namespace outrider::detect
