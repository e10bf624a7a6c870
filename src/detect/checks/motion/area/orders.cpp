#include "detect/checks/motion/area/orders.h"

#include <fmt/format.h>

#include "base/ids.h"
#include "detect/checks/motion/motion_memory.h"

namespace outrider::detect {

Result<void> check_order(const facts::RouteAssigned& route, Timestamp now) {
  if (route.points.empty()) return {};
  if (route.points.size() < 2 || route.points.size() > MotionMemory::route_points_max)
    return fail(
        Errc::malformed, "bad-route",
        fmt::format("a route has 2 to {} points, this one {}", MotionMemory::route_points_max, route.points.size()));
  for (std::size_t i = 0; i < route.points.size(); ++i)
    if (!plausible(route.points[i].lat, route.points[i].lon))
      return fail(
          Errc::malformed, "bad-route",
          fmt::format("point {} is no place: a latitude is from -90 to 90, a longitude from -180 to 180", i + 1));
  if (!(route.corridor_m >= corridor_m_min && route.corridor_m <= corridor_m_max))
    return fail(Errc::malformed, "bad-route",
                fmt::format("a corridor is {} to {} m wide to either side", corridor_m_min, corridor_m_max));
  if (route.until && *route.until <= now)
    return fail(Errc::malformed, "expiry-in-the-past", "the route would be over already");
  return {};
}

Result<void> check_order(const facts::FenceSet& fence) {
  if (auto name = check_id("fence", fence.fence); !name) return fail(Errc::malformed, "bad-fence", name.error().detail);
  if (fence.radius_m == 0) return {};
  if (fence.device && fence.profile)
    return fail(Errc::malformed, "bad-fence", "a fence is of a device, of a profile or of all, not of two");
  if (!plausible(fence.centre.lat, fence.centre.lon))
    return fail(Errc::malformed, "bad-fence",
                "the centre is no place: a latitude is from -90 to 90, a longitude from -180 to 180");
  if (!(fence.radius_m >= radius_m_min && fence.radius_m <= radius_m_max))
    return fail(Errc::malformed, "bad-fence", fmt::format("a radius is {} to {} m", radius_m_min, radius_m_max));
  if (!(fence.dwell_s >= 0 && fence.dwell_s <= dwell_s_max))
    return fail(Errc::malformed, "bad-fence", "what is tolerated is 0 s to 30 days");
  return {};
}

}  // namespace outrider::detect
