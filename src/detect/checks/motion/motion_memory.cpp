#include "detect/checks/motion/motion_memory.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

constexpr std::size_t text_bytes_max = 1024;  // of a name; the API allows far less

double seconds(Timestamp at) {
  return static_cast<double>(to_micros(at)) / 1e6;
}

bool sane(const facts::RouteAssigned& fact) {
  return fact.points.size() >= 2 && fact.points.size() <= MotionMemory::route_points_max && fact.corridor_m > 0 &&
         std::ranges::all_of(fact.points, [](const auto& point) { return plausible(point.lat, point.lon); });
}

void number(ByteWriter& out, double value) {
  out.u64(std::bit_cast<std::uint64_t>(value));
}

Result<double> number(ByteReader& in) {
  TRY(const auto bits, in.u64());
  const double value = std::bit_cast<double>(bits);
  if (!std::isfinite(value)) return fail(Errc::corrupt, "bad-number", "a number in the snapshot is not finite");
  return value;
}

void write(ByteWriter& out, const Fence& fence) {
  for (const std::string* text : {&fence.name, &fence.profile, &fence.by}) out.block16(as_bytes(*text));
  out.u32(fence.device);
  for (const double value : {fence.centre.lat, fence.centre.lon, fence.radius_m, fence.dwell_s}) number(out, value);
  out.u8(fence.inside ? 1 : 0);
}

Result<Fence> read_fence(ByteReader& in) {
  Fence fence;
  for (std::string* text : {&fence.name, &fence.profile, &fence.by}) {
    TRY(auto block, in.block16());
    *text = as_text(block.rest());
  }
  fence.mark = hash_of(fence.name);
  TRY(fence.device, in.u32());
  for (double* value : {&fence.centre.lat, &fence.centre.lon, &fence.radius_m, &fence.dwell_s}) {
    TRY(*value, number(in));
  }
  TRY(const auto inside, in.u8());
  fence.inside = inside != 0;
  return fence;
}

Result<Route> read_route(ByteReader& in) {
  Route route;
  TRY(route.order, in.u64());
  TRY(route.corridor_m, number(in));
  TRY(route.until_s, number(in));
  TRY(auto by, in.block16());
  route.by = as_text(by.rest());
  TRY(const auto count, in.u16());
  if (count > MotionMemory::route_points_max) return fail(Errc::corrupt, "too-many-points", "a route is too long");
  for (std::size_t i = 0; i < count; ++i) {
    Place point;
    TRY(point.lat, number(in));
    TRY(point.lon, number(in));
    route.points.push_back(point);
  }
  return route;
}

}  // namespace

// Devices are small numbers; a profile's scope has the top bit, so that the two never meet.
std::uint64_t MotionMemory::scope_of(std::string_view profile) {
  return hash_of(profile) | 1ULL << 63U;
}

void MotionMemory::assign(std::uint32_t device, const facts::RouteAssigned& fact) {
  if (device == 0) return;
  if (const auto old = routes_.find(device); old != routes_.end()) {
    points_ -= old->second.points.size();
    routes_.erase(old);
  }
  if (!sane(fact)) return;
  Route route{.corridor_m = fact.corridor_m, .until_s = fact.until ? seconds(*fact.until) : 0, .order = ++order_};
  route.by = fact.by.substr(0, text_bytes_max);
  for (const auto& point : fact.points) route.points.push_back({point.lat, point.lon});
  points_ += route.points.size();
  routes_.emplace(device, std::move(route));
  while (points_ > points_max) forget_oldest();
}

void MotionMemory::forget_oldest() {
  const auto oldest = std::ranges::min_element(routes_, {}, [](const auto& entry) { return entry.second.order; });
  points_ -= oldest->second.points.size();
  routes_.erase(oldest);
}

void MotionMemory::set(std::uint32_t device, const facts::FenceSet& fact) {
  const std::uint64_t mark = hash_of(fact.fence);
  remove(mark);
  if (!(fact.radius_m > 0) || !plausible(fact.centre.lat, fact.centre.lon)) return;
  if (fact.device && device == 0) return;  // of a device that is not known
  if (scopes_.size() >= fences_max) return;
  const std::uint64_t scope = fact.device    ? scope_of(device)
                              : fact.profile ? scope_of(std::string_view(fact.profile->value))
                                             : scope_of_all;
  auto& fences = fences_[scope];
  if (fences.size() >= fences_of_one_max) return;
  Fence fence{
      mark,  {fact.centre.lat, fact.centre.lon}, fact.radius_m, std::max(fact.dwell_s, 0.0), fact.inside, {}, {}, {},
      device};
  fence.name = fact.fence.substr(0, text_bytes_max);
  if (fact.profile) fence.profile = fact.profile->value;
  fence.by = fact.by.substr(0, text_bytes_max);
  fences.push_back(std::move(fence));
  scopes_[mark] = scope;
}

void MotionMemory::remove(std::uint64_t mark) {
  const auto scope = scopes_.find(mark);
  if (scope == scopes_.end()) return;
  const auto fences = fences_.find(scope->second);
  std::erase_if(fences->second, [mark](const Fence& fence) { return fence.mark == mark; });
  if (fences->second.empty()) fences_.erase(fences);
  scopes_.erase(scope);
}

const Route* MotionMemory::route(std::uint32_t device, double now_s) const {
  if (routes_.empty()) return nullptr;
  const auto found = routes_.find(device);
  if (found == routes_.end()) return nullptr;
  return found->second.until_s == 0 || now_s <= found->second.until_s ? &found->second : nullptr;
}

void MotionMemory::save(ByteWriter& out) const {
  out.u64(order_).u32(static_cast<std::uint32_t>(routes_.size()));
  for (const auto& [device, route] : routes_) {
    out.u32(device).u64(route.order);
    number(out, route.corridor_m);
    number(out, route.until_s);
    out.block16(as_bytes(route.by));
    out.u16(static_cast<std::uint16_t>(route.points.size()));
    for (const Place& point : route.points) {
      number(out, point.lat);
      number(out, point.lon);
    }
  }
  out.u32(static_cast<std::uint32_t>(fences_.size()));
  for (const auto& [scope, fences] : fences_) {
    out.u64(scope).u16(static_cast<std::uint16_t>(fences.size()));
    for (const Fence& fence : fences) write(out, fence);
  }
}

Result<void> MotionMemory::load(ByteReader& in) {
  *this = MotionMemory{};
  TRY(order_, in.u64());
  TRY(const auto routes, in.u32());
  for (std::uint32_t i = 0; i < routes; ++i) {
    TRY(const auto device, in.u32());
    TRY(Route route, read_route(in));
    points_ += route.points.size();
    if (points_ > points_max) return fail(Errc::corrupt, "too-many-points", "the snapshot's routes are too many");
    routes_[device] = std::move(route);
  }
  TRY(const auto scopes, in.u32());
  for (std::uint32_t i = 0; i < scopes; ++i) {
    TRY(const auto scope, in.u64());
    TRY(const auto count, in.u16());
    if (count > fences_of_one_max) return fail(Errc::corrupt, "too-many-fences", "too many fences in the snapshot");
    for (std::size_t j = 0; j < count; ++j) {
      TRY(Fence fence, read_fence(in));
      scopes_[fence.mark] = scope;
      fences_[scope].push_back(std::move(fence));
    }
  }
  return {};
}

}  // namespace outrider::detect
