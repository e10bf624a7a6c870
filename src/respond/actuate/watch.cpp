#include "respond/actuate/watch.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace outrider::respond {
namespace {

constexpr double earth_radius_m = 6'371'008.8;  // mean radius, IUGG
constexpr double rad = std::numbers::pi / 180;

struct Flat {
  double x = 0, y = 0;  // metres east and north of the position
};

// Equirectangular around the position: routes are near or far, and far need not be exact.
Flat flat(double lat, double lon, const facts::RoutePoint& point) {
  const double east = std::remainder(point.lon - lon, 360.0);
  return {east * rad * std::cos(lat * rad) * earth_radius_m, (point.lat - lat) * rad * earth_radius_m};
}

double to_segment(const Flat& a, const Flat& b) {
  const double dx = b.x - a.x;
  const double dy = b.y - a.y;
  const double length2 = dx * dx + dy * dy;
  const double along = length2 == 0 ? 0 : std::clamp(-(a.x * dx + a.y * dy) / length2, 0.0, 1.0);
  return std::hypot(a.x + along * dx, a.y + along * dy);
}

std::optional<double> number_of(const wire::senml::Record& record) {
  const auto* const value = std::get_if<double>(&record.value);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

}  // namespace

double distance_m(double lat, double lon, const std::vector<facts::RoutePoint>& route) {
  double out = HUGE_VAL;
  for (std::size_t i = 0; i < route.size(); ++i) {
    const Flat here = flat(lat, lon, route[i]);
    out = std::min(out, to_segment(i == 0 ? here : flat(lat, lon, route[i - 1]), here));
  }
  return out;
}

void Watch::set_route(const facts::RouteAssigned& route) {
  if (route.points.empty() || route.points.size() > route_points_max) {
    routes_.erase(route.device.value);
  } else if (routes_.contains(route.device.value) || routes_.size() < routes_max) {
    routes_.insert_or_assign(route.device.value, route);
  }
}

// Nothing: it cannot be said of this moment.
std::optional<bool> Watch::holds(const ActuatingRule& rule, const std::string& device, const Fired& at) const {
  switch (rule.when) {
    case Condition::above:
      return at.value ? std::optional(*at.value > rule.limit) : std::nullopt;
    case Condition::below:
      return at.value ? std::optional(*at.value < rule.limit) : std::nullopt;
    case Condition::leaves_area:
      if (!at.lat || !at.lon) return std::nullopt;
      return distance_m(*at.lat, *at.lon, {{rule.lat, rule.lon}}) > rule.radius_m;
    case Condition::leaves_route:
      break;
  }
  const auto route = routes_.find(device);
  if (route == routes_.end() || !at.lat || !at.lon) return std::nullopt;
  if (route->second.until && at.measured > *route->second.until) return std::nullopt;
  return distance_m(*at.lat, *at.lon, route->second.points) > route->second.corridor_m;
}

std::optional<Fired> Watch::look(const std::string& key, const ActuatingRule& rule, const std::string& device,
                                 const Report& report) {
  const std::string name = key + "/" + device;
  std::optional<Fired> out;
  Fired at;
  for (std::size_t i = 0; i < report.pack.size(); ++i) {
    const auto& record = report.pack[i];
    if (record.time != at.measured) at = {.measured = record.time};
    if (record.name == "lat") at.lat = number_of(record);
    if (record.name == "lon") at.lon = number_of(record);
    if (record.name == rule.reading) at.value = number_of(record);
    if (i + 1 < report.pack.size() && report.pack[i + 1].time == record.time) continue;  // the moment is not whole yet
    const auto now = holds(rule, device, at);
    if (!now) continue;
    if (!*now) {
      holding_.erase(name);
      out.reset();  // it was true and is not any more
    } else if (!holding_.contains(name)) {
      out = at;
      out->crowded = holding_.size() >= most_;
      if (!out->crowded) holding_.insert(name);
    }
  }
  return out;
}

void Watch::forget_rules(const std::string& keys) {
  const auto begin = holding_.lower_bound(keys);
  auto end = begin;
  while (end != holding_.end() && end->starts_with(keys)) ++end;
  holding_.erase(begin, end);
}

}  // namespace outrider::respond
