#include "detect/checks/motion/area/orders.h"

#include <gtest/gtest.h>

#include <limits>

namespace outrider::detect {
namespace {

const Timestamp now = from_micros(1'790'000'000'000'000);
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

facts::RouteAssigned route() {
  facts::RouteAssigned fact;
  fact.points = {{53.55, 10.0}, {53.6, 10.1}};
  return fact;
}

facts::FenceSet fence() {
  facts::FenceSet fact;
  fact.fence = "yard";
  fact.centre = {53.55, 10.0};
  fact.radius_m = 500;
  return fact;
}

template <class... Args>
std::string refusal(const Args&... args) {
  const auto outcome = check_order(args...);
  return outcome ? "" : std::string(outcome.error().reason);
}

TEST(Orders, ARouteAndItsEndAreTaken) {
  EXPECT_TRUE(check_order(route(), now));
  EXPECT_TRUE(check_order(facts::RouteAssigned{}, now));
}

TEST(Orders, WhatIsNoRouteIsRefused) {
  auto fact = route();
  fact.points.resize(1);
  EXPECT_EQ(refusal(fact, now), "bad-route");
  fact.points.assign(501, {53.55, 10.0});
  EXPECT_EQ(refusal(fact, now), "bad-route");
  for (const facts::RoutePoint wrong : {facts::RoutePoint{91, 0}, {0, 181}, {nan, 0}, {0, 0}}) {
    fact = route();
    fact.points[1] = wrong;
    EXPECT_EQ(refusal(fact, now), "bad-route");
  }
  for (const double corridor : {0.0, -1.0, 1e9, nan}) {
    fact = route();
    fact.corridor_m = corridor;
    EXPECT_EQ(refusal(fact, now), "bad-route");
  }
  fact = route();
  fact.until = now;
  EXPECT_EQ(refusal(fact, now), "expiry-in-the-past");
}

TEST(Orders, AFenceAndItsRemovalAreTaken) {
  EXPECT_TRUE(check_order(fence()));
  facts::FenceSet removal;
  removal.fence = "yard";
  EXPECT_TRUE(check_order(removal));
}

TEST(Orders, WhatIsNoFenceIsRefused) {
  auto fact = fence();
  fact.fence = "no such/name";
  EXPECT_EQ(refusal(fact), "bad-fence");
  fact = fence();
  fact.device = DeviceId("t-1");
  fact.profile = ProfileId("tracker");
  EXPECT_EQ(refusal(fact), "bad-fence");
  fact = fence();
  fact.centre.lat = nan;
  EXPECT_EQ(refusal(fact), "bad-fence");
  for (const double radius : {-5.0, 1.0, 1e8, nan}) {
    fact = fence();
    fact.radius_m = radius;
    EXPECT_EQ(refusal(fact), "bad-fence") << radius;
  }
  for (const double dwell : {-1.0, 1e9, nan}) {
    fact = fence();
    fact.dwell_s = dwell;
    EXPECT_EQ(refusal(fact), "bad-fence") << dwell;
  }
}

}  // namespace
}  // namespace outrider::detect
