#include "detect/geo/geo.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>
#include <random>

namespace outrider::detect {
namespace {

TEST(Geo, DistanceBetweenTwoCities) {
  // Hamburg to Munich, 612 km by the ellipsoid.
  EXPECT_NEAR(distance_m({53.5511, 9.9937}, {48.1374, 11.5755}), 612'000, 2'000);
}

TEST(Geo, TheDateLineIsNoWall) {
  EXPECT_NEAR(distance_m({0, 179.99}, {0, -179.99}), 2224, 2);
  EXPECT_NEAR(offset({0, 179.99}, {0, -179.99}).east, 2224, 2);
  EXPECT_NEAR(moved({0, 179.99}, {2224, 0}).lon, -179.99, 1e-4);
}

TEST(Geo, AnOffsetLeadsBackToItsPlace) {
  const Place from{64.1, -21.9};
  const Place to = moved(from, {1500, -2500});
  const Offset there = offset(from, to);
  EXPECT_NEAR(there.east, 1500, 1);
  EXPECT_NEAR(there.north, -2500, 1);
  EXPECT_NEAR(distance_m(from, to), 2915, 3);
}

TEST(Geo, WhatIsNoPlaceIsRefused) {
  EXPECT_TRUE(plausible(53.5, 10));
  EXPECT_FALSE(plausible(0, 0));
  EXPECT_FALSE(plausible(90.1, 0));
  EXPECT_FALSE(plausible(1, 180.5));
  EXPECT_FALSE(plausible(std::numeric_limits<double>::quiet_NaN(), 1));
}

TEST(Geo, DistanceToALineEndsAtItsEnds) {
  const Place a{50, 10}, b = moved(a, {1000, 0});
  EXPECT_NEAR(distance_to_line_m(moved(a, {500, 300}), a, b), 300, 1);
  EXPECT_NEAR(distance_to_line_m(moved(a, {-400, 300}), a, b), 500, 1);
  EXPECT_NEAR(distance_to_line_m(moved(a, {0, 70}), a, a), 70, 1);
}

TEST(Geo, TheCosineOfALatitudeIsOffByLessThanMicrometresOnTheEarth) {
  for (double lat = -90; lat <= 90; lat += 0.01)
    ASSERT_NEAR(cos_of_latitude(lat), std::cos(lat * std::numbers::pi / 180), 1e-12) << lat;
}

TEST(Geo, WithinIsWhatTheDistanceSays) {
  std::mt19937_64 random(7);
  const auto real = [&](double from, double to) { return from + (to - from) * (random() >> 11U) * 0x1p-53; };
  int within = 0;
  for (int i = 0; i < 20'000; ++i) {
    const Place a{real(-89, 89), real(-180, 180)};
    const double reach = std::exp(real(0, 17));
    const Place b =
        i % 3 == 0 ? Place{real(-89, 89), real(-180, 180)} : moved(a, {real(-2, 2) * reach, real(-2, 2) * reach});
    ASSERT_EQ(within_m(a, b, reach), distance_m(a, b) <= reach)
        << a.lat << ' ' << a.lon << ' ' << b.lat << ' ' << b.lon;
    if (within_m(a, b, reach)) ++within;
  }
  EXPECT_GT(within, 2'000);
  EXPECT_LT(within, 18'000);
}

}  // namespace
}  // namespace outrider::detect
