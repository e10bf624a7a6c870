// Where devices are told to be: routes and fences.
#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "api/handlers.h"
#include "detect/checks/motion/area/orders.h"
#include "detect/checks/motion/motion_memory.h"
#include "ledger/entry.h"

namespace outrider::api {
namespace {

struct WantedRoute {
  std::vector<facts::RoutePoint> points;  // none: it has no route any more
  std::optional<double> corridor_m;
  std::optional<std::string> until;  // RFC 3339, or how long from now
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedRoute, (), (points, corridor_m, until, dry_run))

struct WantedFence {
  std::string fence;
  std::optional<std::string> device, profile;
  facts::RoutePoint centre;
  double radius_m = 0;
  std::optional<bool> inside;
  std::optional<double> dwell_s;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(WantedFence, (), (fence, device, profile, centre, radius_m, inside, dwell_s, dry_run))

struct Removal {
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Removal, (), (dry_run))

constexpr auto caught_up_max = std::chrono::seconds{5};

// What was set a moment ago is there when it is asked for.
void catch_up(const House& house) {
  (void)house.detection.wait_until_current(caught_up_max);
}

// Two fences at once must not both be the last that fits.
std::mutex& fences_mutex() {
  static std::mutex mutex;
  return mutex;
}

Result<void> check_room(const House& house, const FleetId& fleet, const facts::FenceSet& wanted) {
  std::size_t all = 0, alike = 0;
  for (const auto& fence : house.detection.fences(fleet)) {
    if (fence.fence == wanted.fence) continue;
    ++all;
    if (fence.device == wanted.device && fence.profile == wanted.profile) ++alike;
  }
  if (alike >= detect::MotionMemory::fences_of_one_max)
    return fail(Errc::conflict, "too-many-fences",
                fmt::format("a device, a profile and the whole fleet have at most {} fences each",
                            detect::MotionMemory::fences_of_one_max));
  if (all >= detect::MotionMemory::fences_max)
    return fail(Errc::conflict, "too-many-fences",
                fmt::format("a fleet has at most {} fences", detect::MotionMemory::fences_max));
  return {};
}

template <class Fact>
Result<net::HttpResponse> order(const House& house, const FleetId& fleet, const ledger::Subject& subject,
                                const Fact& fact, bool dry_run) {
  json::Object out = json::from(fact).as_object();
  if (!dry_run) {
    TRY(const auto entry, house.ledger.append_and_wait(ledger::draft_of(fleet, subject, fact)));
    out["entry"] = entry;
  }
  out["dry_run"] = dry_run;
  return answer(out);
}

ledger::Subject subject_of(const FleetId& fleet, const std::optional<DeviceId>& device) {
  if (device) return {ledger::SubjectKind::device, device->value};
  return {ledger::SubjectKind::fleet, fleet.value};
}

}  // namespace

Result<net::HttpResponse> get_route(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto device, call.device());
  CHECK(house.registry.device(fleet, device));
  catch_up(house);
  const auto route = house.detection.route(fleet, device);
  if (!route) return fail(Errc::not_found, "no-route", fmt::format("{} has no route", device.value));
  return answer(json::from(*route));
}

Result<net::HttpResponse> post_route(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto device, call.device());
  TRY(auto wanted, call.body<WantedRoute>());
  CHECK(house.registry.device(fleet, device));
  facts::RouteAssigned fact{.device = device, .points = std::move(wanted.points), .until = {}, .by = call.by()};
  if (wanted.corridor_m) fact.corridor_m = *wanted.corridor_m;
  if (wanted.until) {
    if (const auto span = parse_duration(*wanted.until)) {
      fact.until = call.now() + *span;
    } else {
      TRY(fact.until, from_rfc3339(*wanted.until));
    }
  }
  CHECK(detect::check_order(fact, call.now()));
  return order(house, fleet, subject_of(fleet, device), fact, wanted.dry_run.value_or(false));
}

Result<net::HttpResponse> get_fences(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  catch_up(house);
  json::Array items;
  for (const auto& fence : house.detection.fences(fleet)) items.push_back(json::from(fence));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> post_fence(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(auto wanted, call.body<WantedFence>());
  CHECK(house.registry.fleet(fleet));
  facts::FenceSet fact{.fence = std::move(wanted.fence),
                       .device = {},
                       .profile = {},
                       .centre = wanted.centre,
                       .radius_m = wanted.radius_m,
                       .inside = wanted.inside.value_or(true),
                       .dwell_s = wanted.dwell_s.value_or(0),
                       .by = call.by()};
  if (wanted.device) {
    TRY(fact.device, DeviceId::parse(*wanted.device));
    CHECK(house.registry.device(fleet, *fact.device));
  }
  if (wanted.profile) {
    TRY(fact.profile, ProfileId::parse(*wanted.profile));
    CHECK(house.registry.profile(fleet, *fact.profile));
  }
  if (fact.radius_m == 0) return fail(Errc::malformed, "bad-fence", "a fence has a radius");
  CHECK(detect::check_order(fact));
  const std::lock_guard lock(fences_mutex());
  catch_up(house);
  CHECK(check_room(house, fleet, fact));
  return order(house, fleet, subject_of(fleet, fact.device), fact, wanted.dry_run.value_or(false));
}

Result<net::HttpResponse> post_fence_remove(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto name, call.part("fence"));
  TRY(const auto wanted, call.body<Removal>());
  CHECK(house.registry.fleet(fleet));
  const std::lock_guard lock(fences_mutex());
  catch_up(house);
  const auto fences = house.detection.fences(fleet);
  const auto found = std::ranges::find(fences, name, &facts::FenceSet::fence);
  if (found == fences.end()) return fail(Errc::not_found, "no-such-fence", "there is no fence of that name");
  facts::FenceSet fact = *found;
  fact.radius_m = 0;
  fact.by = call.by();
  return order(house, fleet, subject_of(fleet, fact.device), fact, wanted.dry_run.value_or(false));
}

}  // namespace outrider::api
