#include "detect/checks/motion/area/area.h"

#include <gtest/gtest.h>

#include "detect/checks/motion/testing/track.h"

namespace outrider::detect {
namespace {

using testing::at;
using testing::depot;
using testing::Track;

facts::RoutePoint point(Place place) {
  return {place.lat, place.lon};
}

facts::RouteAssigned route() {
  facts::RouteAssigned fact;
  fact.device = DeviceId("truck-1");
  for (int i = 0; i <= 10; ++i) fact.points.push_back(point(moved(depot, {0, 5000.0 * i})));
  fact.corridor_m = 2000;
  return fact;
}

facts::FenceSet fence(bool inside, double dwell_s) {
  facts::FenceSet fact;
  fact.fence = "yard";
  fact.device = DeviceId("truck-1");
  fact.centre = point(depot);
  fact.radius_m = 500;
  fact.inside = inside;
  fact.dwell_s = dwell_s;
  return fact;
}

TEST(Corridor, SaysSoWhenItIsTwiceBesideItsRoute) {
  Track track;
  track.fleet.motion.assign(1, route());
  for (int i = 0; i < 10; ++i) track.report(60.0 * i, at(moved(depot, {1500, 1000.0 * i})));
  EXPECT_TRUE(track.strongest.empty());
  EXPECT_FALSE(track.report(660, at(moved(depot, {3400, 10'000}))).contains(CheckId::corridor));
  const auto found = track.report(720, at(moved(depot, {3800, 10'500})));
  ASSERT_TRUE(found.contains(CheckId::corridor));
  EXPECT_EQ(info(CheckId::corridor)->explain(found.at(CheckId::corridor)),
            "3.8 km beside its route for 60 s (corridor 2.0 km)");
}

TEST(Corridor, OneBadPositionIsNoDiversion) {
  Track track;
  track.fleet.motion.assign(1, route());
  for (int i = 0; i < 10; ++i) {
    track.report(120.0 * i, at(moved(depot, {0, 1000.0 * i})));
    EXPECT_FALSE(track.report(120.0 * i + 60, at(moved(depot, {4000, 1000.0 * i}))).contains(CheckId::corridor));
  }
}

TEST(Corridor, AnUncertainPositionIsNoProof) {
  Track track;
  track.fleet.motion.assign(1, route());
  for (int i = 0; i < 5; ++i) track.report(60.0 * i, at(moved(depot, {2600, 1000.0 * i}), 900));
  EXPECT_EQ(track.nats(CheckId::corridor), 0);
}

TEST(Corridor, EndsWithItsTimeAndWithAnEmptyRoute) {
  Track track;
  auto fact = route();
  fact.until = from_micros(static_cast<std::int64_t>((testing::start_s + 100) * 1e6));
  track.fleet.motion.assign(1, fact);
  track.report(150, at(moved(depot, {9000, 0})));
  track.report(160, at(moved(depot, {9000, 10})));
  EXPECT_EQ(track.nats(CheckId::corridor), 0);
  track.fleet.motion.assign(1, route());
  fact.points.clear();
  track.fleet.motion.assign(1, fact);
  EXPECT_EQ(track.fleet.motion.route(1, testing::start_s), nullptr);
}

TEST(Stop, ABreakIsGrantedAndANightIsNot) {
  Track track;
  track.fleet.motion.assign(1, route());
  const Place lay_by = moved(depot, {100, 20'000});
  for (int minute = 0; minute <= 44; ++minute) track.report(60.0 * minute, at(lay_by));
  EXPECT_EQ(track.nats(CheckId::unplanned_stop), 0);
  for (int minute = 45; minute <= 11 * 60; minute += 5) track.report(60.0 * minute, at(lay_by));
  EXPECT_NEAR(track.nats(CheckId::unplanned_stop), 8, 0.2);
}

TEST(Stop, LoadingAtTheEndOfTheRouteIsPlanned) {
  Track track;
  track.fleet.motion.assign(1, route());
  for (int hour = 0; hour < 30; ++hour) track.report(3600.0 * hour, at(moved(depot, {300, 49'800})));
  EXPECT_EQ(track.nats(CheckId::unplanned_stop), 0);
}

TEST(Fence, TolerancePassesBeforeItIsSaid) {
  Track track;
  track.fleet.motion.set(1, fence(true, 600));
  for (int minute = 0; minute < 10; ++minute) track.report(60.0 * minute, at(moved(depot, {2000, 0})));
  EXPECT_EQ(track.nats(CheckId::geofence), 0);
  const auto found = track.report(600, at(moved(depot, {2000, 0})));
  ASSERT_TRUE(found.contains(CheckId::geofence));
  EXPECT_EQ(info(CheckId::geofence)->explain(found.at(CheckId::geofence)),
            "2.0 km from the middle of an area of 500 m that it must not leave, for 10 min (tolerated 10 min)");
}

TEST(Fence, ComingBackBeginsTheToleranceAnew) {
  Track track;
  track.fleet.motion.set(1, fence(true, 300));
  for (int i = 0; i < 20; ++i) track.report(200.0 * i, at(moved(depot, {i % 2 == 0 ? 2000.0 : 0.0, 0})));
  EXPECT_EQ(track.nats(CheckId::geofence), 0);
}

TEST(Fence, StayingOutIsWatchedToo) {
  Track track;
  track.fleet.motion.set(1, fence(false, 0));
  track.report(0, at(moved(depot, {2000, 0})));
  track.report(60, at(moved(depot, {100, 0})));
  EXPECT_EQ(track.nats(CheckId::geofence), 0);  // once is no proof
  track.report(120, at(moved(depot, {90, 0})));
  EXPECT_GT(track.nats(CheckId::geofence), 7);
}

TEST(Fence, OfTheProfileAndOfAllReachesTheDevice) {
  for (const bool of_profile : {true, false}) {
    Track track;
    track.contract.profile = "trailer";
    auto fact = fence(true, 0);
    fact.device.reset();
    if (of_profile) fact.profile = ProfileId("trailer");
    track.fleet.motion.set(0, fact);
    track.report(0, at(moved(depot, {2000, 0})));
    track.report(60, at(moved(depot, {2000, 0})));
    EXPECT_GT(track.nats(CheckId::geofence), 7);
  }
}

TEST(Fence, OfAnotherDeviceOrProfileDoesNot) {
  Track track;
  track.contract.profile = "trailer";
  auto fact = fence(true, 0);
  track.fleet.motion.set(2, fact);
  fact.fence = "other";
  fact.device.reset();
  fact.profile = ProfileId("tractor");
  track.fleet.motion.set(0, fact);
  track.report(0, at(moved(depot, {2000, 0})));
  track.report(60, at(moved(depot, {2000, 0})));
  EXPECT_TRUE(track.strongest.empty());
}

}  // namespace
}  // namespace outrider::detect
