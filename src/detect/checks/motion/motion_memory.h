#pragma once
// Routes and fences that were set for devices, as entries said it. Bounded: what does not fit leaves the oldest route;
// fences beyond the limit are not watched (the API refuses them before, decision 0076).
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/geo/geo.h"
#include "facts/alerts.h"

namespace outrider::detect {

struct Route {
  std::vector<Place> points;
  double corridor_m = 0;  // to either side
  double until_s = 0;     // 0: until another one is assigned
  std::uint64_t order = 0;
  std::string by;
};

struct Fence {
  std::uint64_t mark = 0;  // hash of its name
  Place centre;
  double radius_m = 0;
  double dwell_s = 0;
  bool inside = true;  // must stay in; false: must stay out
  // For those who ask what is set.
  std::string name, profile, by;
  std::uint32_t device = 0;  // 0: of the profile, or of all
};

class MotionMemory {
 public:
  static constexpr std::size_t route_points_max = 500;  // one route
  static constexpr std::size_t points_max = 2'000'000;  // of all routes: 32 MB
  static constexpr std::size_t fences_max = 10'000;
  static constexpr std::size_t fences_of_one_max = 32;  // looked at with every position

  // `device`: index in the engine. Values were judged when the fact was decided; what makes no sense is passed over.
  void assign(std::uint32_t device, const facts::RouteAssigned& fact);
  // `device`: 0 when the fact names none.
  void set(std::uint32_t device, const facts::FenceSet& fact);

  // nullptr: none, or over.
  const Route* route(std::uint32_t device, double now_s) const;
  // Calls `look` with every fence of the device, of its profile and of all.
  template <class Look>
  void each_fence(std::uint32_t device, std::string_view profile, Look&& look) const {
    if (fences_.empty()) return;
    for (const std::uint64_t scope : {scope_of(device), scope_of(profile), scope_of_all})
      if (const auto found = fences_.find(scope); found != fences_.end())
        for (const Fence& fence : found->second) look(fence);
  }

  // Every fence, in an order of its own.
  template <class Look>
  void each_fence(Look&& look) const {
    for (const auto& [scope, fences] : fences_)
      for (const Fence& fence : fences) look(fence);
  }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  static constexpr std::uint64_t scope_of_all = 0;
  static std::uint64_t scope_of(std::uint32_t device) { return device; }
  static std::uint64_t scope_of(std::string_view profile);
  void forget_oldest();
  void remove(std::uint64_t mark);

  std::map<std::uint32_t, Route> routes_;
  std::map<std::uint64_t, std::vector<Fence>> fences_;       // by scope
  std::unordered_map<std::uint64_t, std::uint64_t> scopes_;  // of fences, by mark
  std::size_t points_ = 0;
  std::uint64_t order_ = 0;
};

}  // namespace outrider::detect
