#include "respond/actuate/watch.h"

#include <gtest/gtest.h>

namespace outrider::respond {
namespace {

using wire::senml::Record;

const ActuatingRule route{.name = "route", .when = Condition::leaves_route};
const ActuatingRule warm{.name = "warm", .when = Condition::above, .reading = "temperature", .limit = 8};

Report at(std::initializer_list<std::pair<int, std::pair<double, double>>> positions) {
  Report out;
  for (const auto& [second, place] : positions) {
    const Timestamp time{std::chrono::seconds{1'700'000'000 + second}};
    out.pack.push_back({.name = "lat", .value = place.first, .time = time});
    out.pack.push_back({.name = "lon", .value = place.second, .time = time});
  }
  return out;
}

Report temperature(double value) {
  Report out;
  out.pack.push_back({.name = "temperature", .value = value, .time = Timestamp{std::chrono::seconds{1'700'000'000}}});
  return out;
}

TEST(Watch, MeasuresToTheNearestPartOfARoute) {
  const std::vector<facts::RoutePoint> east{{0, 0}, {0, 1}};
  EXPECT_NEAR(distance_m(0.01, 0.5, east), 1112, 2);
  EXPECT_NEAR(distance_m(0, 2, east), 111'195, 50) << "beyond its end";
  EXPECT_NEAR(distance_m(0, -179.99, {{0, 179.99}}), 2224, 5) << "over the date line";
}

TEST(Watch, FiresWhenTheCorridorIsLeftAndAgainOnlyAfterItWasInside) {
  Watch watch;
  watch.set_route({.device = DeviceId("t-1"), .points = {{0, 0}, {0, 1}}, .corridor_m = 2000});
  EXPECT_FALSE(watch.look("p/route", route, "t-1", at({{0, {0.001, 0.5}}})));
  const auto fired = watch.look("p/route", route, "t-1", at({{60, {0.001, 0.5}}, {120, {0.1, 0.5}}}));
  ASSERT_TRUE(fired);
  EXPECT_EQ(fired->lat, 0.1);
  EXPECT_FALSE(watch.look("p/route", route, "t-1", at({{180, {0.2, 0.5}}}))) << "still outside";
  EXPECT_FALSE(watch.look("p/route", route, "t-1", at({{240, {0.001, 0.5}}})));
  EXPECT_TRUE(watch.look("p/route", route, "t-1", at({{300, {0.2, 0.5}}})));
  EXPECT_FALSE(watch.look("p/route", route, "t-2", at({{300, {9, 9}}}))) << "without a route there is nothing to leave";
}

TEST(Watch, WhatWasTrueAndIsNotAnyMoreInTheSameReportDoesNotFire) {
  Watch watch;
  watch.set_route({.device = DeviceId("t-1"), .points = {{0, 0}, {0, 1}}, .corridor_m = 2000});
  EXPECT_FALSE(watch.look("p/route", route, "t-1", at({{0, {0.1, 0.5}}, {60, {0, 0.5}}})));
}

TEST(Watch, WithoutRoomToRememberItIsSaidThatItMayNotBeNew) {
  Watch watch(1);
  EXPECT_FALSE(watch.look("p/warm", warm, "t-1", temperature(9))->crowded);
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(watch.look("p/warm", warm, "t-2", temperature(9))->crowded);
  EXPECT_FALSE(watch.look("p/warm", warm, "t-1", temperature(9))) << "who was remembered is";
  EXPECT_FALSE(watch.look("p/warm", warm, "t-1", temperature(4)));
  EXPECT_FALSE(watch.look("p/warm", warm, "t-2", temperature(9))->crowded);
}

TEST(Watch, ForgetsTheRulesOfOnePlaybook) {
  Watch watch;
  for (const auto* key : {"p/warm", "p2/warm", "q/warm"}) EXPECT_TRUE(watch.look(key, warm, "t-1", temperature(9)));
  watch.forget_rules("p/");
  EXPECT_TRUE(watch.look("p/warm", warm, "t-1", temperature(9)));
  EXPECT_FALSE(watch.look("p2/warm", warm, "t-1", temperature(9)));
  EXPECT_FALSE(watch.look("q/warm", warm, "t-1", temperature(9)));
}

TEST(Watch, ALimitIsPassedOrNot) {
  Watch watch;
  EXPECT_FALSE(watch.look("p/warm", warm, "t-1", temperature(8)));
  EXPECT_TRUE(watch.look("p/warm", warm, "t-1", temperature(8.1)));
}

}  // namespace
}  // namespace outrider::respond
