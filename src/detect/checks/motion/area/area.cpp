#include "detect/checks/motion/area/area.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "detect/checks/motion/motion_memory.h"
#include "detect/checks/motion/tail.h"

namespace outrider::detect {
namespace {

// Corridor and fences are the operator's own words, so what is found is proof and may page alone: only what one bad
// position cannot bring about counts.
constexpr double sure_nats = 7;  // beyond the line by more than the position's error: one in a thousand
constexpr std::uint16_t fixes_least = 2;
constexpr float nats_max = 30;

constexpr double stop_m = 150;          // what a yard, a queue or a wandering receiver moves
constexpr double ends_m = 1000;         // loading and unloading is no stop on the way
constexpr double break_s = 45 * 60.0;   // a driver's break, (EC) 561/2006 article 7
constexpr double rest_s = 11 * 3600.0;  // a driver's daily rest, article 4 (g)
constexpr double break_nats = 3, rest_nats = 8;
constexpr float support_nats = 6.5;  // below the ticket level: it only lends weight to what other families say

std::uint32_t second(double at_s) {
  return static_cast<std::uint32_t>(std::clamp(at_s, 1.0, 4'294'967'295.0));
}

// Nearest segment; looks around the last one first, because that is where it almost always is.
double distance_to_route(AreaState& area, const Route& route, Place place) {
  const std::size_t segments = route.points.size() - 1;
  const auto distance_to = [&](std::size_t i) {
    return distance_to_line_m(place, route.points[i], route.points[i + 1]);
  };
  double best = std::numeric_limits<double>::infinity();
  const auto search = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < std::min(to, segments); ++i)
      if (const double distance = distance_to(i); distance < best) {
        best = distance;
        area.segment = static_cast<std::uint16_t>(i);
      }
  };
  const std::size_t near = area.segment;
  search(near < 1 ? 0 : near - 1, near + 2);
  if (best > route.corridor_m) search(0, segments);
  return best;
}

void check_corridor(AreaState& area, const Route& route, const Fix& fix, Surprises& surprises) {
  const double distance = distance_to_route(area, route, fix.place);
  const double nats = side_nats((distance - route.corridor_m) / fix.sigma_m);
  if (nats < sure_nats) {
    area.off_route_s = 0;
    area.off_fixes = 0;
    return;
  }
  if (area.off_route_s == 0) area.off_route_s = second(fix.at_s);
  if (area.off_fixes < 0xFFFF) ++area.off_fixes;
  if (area.off_fixes < fixes_least) return;
  Evidence evidence{.check = CheckId::corridor};
  evidence.nats = std::min(static_cast<float>(nats), nats_max);
  evidence.observed = static_cast<float>(distance);
  evidence.limit = static_cast<float>(route.corridor_m);
  evidence.more[0] = static_cast<float>(fix.at_s - area.off_route_s);
  evidence.more[1] = area.off_fixes;
  surprises.add(evidence);
}

void check_stop(AreaState& area, const Route& route, const Fix& fix, Surprises& surprises) {
  const Place stop{area.stop_lat, area.stop_lon};
  if (area.stopped_s == 0 || !within_m(stop, fix.place, std::max(stop_m, 3 * fix.sigma_m))) {
    area.stop_lat = static_cast<float>(fix.place.lat);
    area.stop_lon = static_cast<float>(fix.place.lon);
    area.stopped_s = second(fix.at_s);
    return;
  }
  const double lasted = fix.at_s - area.stopped_s;
  if (lasted < break_s) return;
  const double to_end =
      std::min(distance_m(fix.place, route.points.front()), distance_m(fix.place, route.points.back()));
  if (to_end < ends_m) return;
  const double share = std::log(lasted / break_s) / std::log(rest_s / break_s);
  Evidence evidence{.check = CheckId::unplanned_stop};
  evidence.nats = static_cast<float>(std::min(break_nats + (rest_nats - break_nats) * share, 2 * rest_nats));
  evidence.observed = static_cast<float>(lasted);
  evidence.limit = static_cast<float>(break_s);
  evidence.more[0] = static_cast<float>(to_end);
  surprises.add(evidence);
  evidence.threat = Threat::theft;
  evidence.nats = std::min(evidence.nats, support_nats);
  surprises.add(evidence);
}

AreaState::Outside* slot_of(AreaState& area, std::uint32_t fence, bool make) {
  const auto found = std::ranges::find(area.outside, fence, &AreaState::Outside::fence);
  if (found != area.outside.end()) return &*found;
  if (!make) return nullptr;
  // The one that was not seen for longest makes room: its fence may be gone.
  auto& slot = *std::ranges::min_element(area.outside, {}, &AreaState::Outside::seen_s);
  slot = {fence, 0, 0};
  return &slot;
}

void check_fence(AreaState& area, const Fence& fence, const Fix& fix, Surprises& surprises) {
  const auto mark = static_cast<std::uint32_t>(fence.mark) | 1U;
  const double distance = distance_m(fix.place, fence.centre);
  const double beyond = fence.inside ? distance - fence.radius_m : fence.radius_m - distance;
  const double nats = side_nats(beyond / fix.sigma_m);
  if (nats < sure_nats) {
    if (auto* slot = slot_of(area, mark, false)) *slot = {};
    return;
  }
  auto& slot = *slot_of(area, mark, true);
  const bool first = slot.since_s == 0;
  if (first) slot.since_s = second(fix.at_s);
  slot.seen_s = second(fix.at_s);
  const double lasted = fix.at_s - slot.since_s;
  if (first || lasted < fence.dwell_s) return;
  Evidence evidence{.check = CheckId::geofence};
  evidence.nats = std::min(static_cast<float>(nats), nats_max);
  evidence.observed = static_cast<float>(distance);
  evidence.limit = static_cast<float>(fence.radius_m);
  evidence.more[0] = static_cast<float>(lasted);
  evidence.more[1] = static_cast<float>(fence.dwell_s);
  surprises.add(evidence);
}

}  // namespace

void check_area(AreaState& area, const Fix& fix, const Observation& observation, const Context& context,
                Surprises& surprises) {
  const MotionMemory& memory = context.fleet.motion;
  if (const Route* route = memory.route(observation.device, context.now_s)) {
    check_corridor(area, *route, fix, surprises);
    check_stop(area, *route, fix, surprises);
  } else {
    area.off_route_s = area.stopped_s = 0;
    area.segment = area.off_fixes = 0;
  }
  memory.each_fence(observation.device, context.contract.profile,
                    [&](const Fence& fence) { check_fence(area, fence, fix, surprises); });
}

}  // namespace outrider::detect
