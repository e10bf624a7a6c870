#include "detect/checks/motion/track/track.h"

#include <gtest/gtest.h>

#include <random>

#include "detect/checks/motion/tail.h"
#include "detect/checks/motion/testing/track.h"

namespace outrider::detect {
namespace {

using testing::at;
using testing::depot;
using testing::served_by;
using testing::Track;

// An hour in town: 14 m/s with turns, errors of 8 m, a report every 10 s.
template <class Each>
void drive(Track& track, std::uint32_t seed, Each&& each) {
  std::mt19937 random(seed);
  std::normal_distribution<double> error(0, 5), turn(0, 0.3);
  Place place = depot;
  double heading = 1;
  for (int i = 0; i < 360; ++i) {
    heading += turn(random);
    place = moved(place, {140 * std::sin(heading), 140 * std::cos(heading)});
    Reading reading = at(moved(place, {error(random), error(random)}));
    reading.speed = 14;
    reading.heading = heading / degree;
    each(10.0 * i, place, reading);
  }
  (void)track;
}

TEST(Travel, AJumpIsFartherThanAnythingDrives) {
  Track track;
  track.report(-30, served_by(at(moved(depot, {5, 0})), 5));
  track.report(0, served_by(at(depot), 5));
  const auto found = track.report(30, served_by(at(moved(depot, {7400, 0})), 5));
  ASSERT_TRUE(found.contains(CheckId::impossible_travel));
  const Evidence& evidence = found.at(CheckId::impossible_travel);
  EXPECT_GT(evidence.nats, 12);
  EXPECT_EQ(info(evidence.check)->explain(evidence),
            "position moved 7.4 km in 30 s (limit 2.1 km) while the serving cell stayed");
}

TEST(Travel, AFastCarIsNoJump) {
  Track track;
  track.report(0, at(depot));
  EXPECT_FALSE(track.report(30, at(moved(depot, {1800, 0}))).contains(CheckId::impossible_travel));
}

TEST(Travel, AnErrorAsLargeAsTheStepExcusesIt) {
  Track track;
  track.report(0, at(depot, 3000));
  EXPECT_FALSE(track.report(10, at(moved(depot, {3000, 0}), 3000)).contains(CheckId::impossible_travel));
}

TEST(Travel, WhatHeldItsLastFixInATunnelMayComeOutOfIt) {
  Track track;
  for (int i = 0; i <= 25; ++i) track.report(i, at(depot));
  EXPECT_FALSE(track.report(26, at(moved(depot, {700, 0}))).contains(CheckId::impossible_travel));
}

TEST(Travel, AReceiverMayBeginWithAnOldFixOnce) {
  Track track;
  track.report(0, at(depot));
  track.report(1, at(depot));  // repeated is not agreed with
  track.report(2, at(moved(depot, {3000, 0})));
  track.report(3, at(moved(depot, {3010, 0})));
  for (const auto& [check, evidence] : track.strongest) EXPECT_LT(evidence.nats, 3) << info(check)->slug;
  EXPECT_GT(track.report(4, at(depot))[CheckId::impossible_travel].nats, 12);  // and no more
}

TEST(Travel, AnOldFixAfterAPauseIsOneToo) {
  Track track;
  for (int i = 0; i < 10; ++i) track.report(i, at(moved(depot, {14.0 * i, 0})));
  track.report(7200, at(depot));
  track.report(7201, at(moved(depot, {3000, 0})));
  EXPECT_LT(track.nats(CheckId::impossible_travel), 3);
  EXPECT_LT(track.nats(CheckId::kalman_innovation), 3);
}

TEST(Travel, WhoStandsStillForLongHasNoOldFix) {
  Track track;
  for (int i = 0; i <= 9; ++i) track.report(10 * i, at(depot));
  EXPECT_GT(track.report(100, at(moved(depot, {7400, 0})))[CheckId::impossible_travel].nats, 12);
}

TEST(Travel, AJumpBetweenSparseReportsIsOne) {
  Track track;
  track.contract.interval_s = 900;
  for (int i = 0; i < 4; ++i) track.report(900.0 * i, at(moved(depot, {100.0 * i, 0})));
  EXPECT_GT(track.report(3600, at(moved(depot, {400'000, 0})))[CheckId::impossible_travel].nats, 12);
}

TEST(Travel, AProfileThatMovesSlowlyIsHeldToIt) {
  Track track;
  track.contract.speed_max = 3;
  track.report(-60, at(moved(depot, {5, 0})));
  track.report(0, at(depot));
  EXPECT_GT(track.report(60, at(moved(depot, {900, 0})))[CheckId::impossible_travel].nats, 12);
}

TEST(Travel, AReportFromTheFutureDoesNotUseUpTime) {
  Track track;
  track.report(-10, at(moved(depot, {5, 0})));
  track.report(0, at(depot));
  Observation liar;
  liar.what = What::report;
  liar.received_s = testing::start_s + 10;
  liar.measured_s = testing::start_s + 1e6;
  liar.reading = at(moved(depot, {50'000, 0}));
  EXPECT_GT(track.observe(liar)[CheckId::impossible_travel].nats, 12);
}

TEST(Travel, ALateReportChangesNothing) {
  Track track;
  track.report(100, at(depot));
  EXPECT_TRUE(track.report(40, at(moved(depot, {50'000, 0}))).empty());
  EXPECT_TRUE(track.report(110, at(depot)).empty());
}

TEST(Drive, AnHourInTownIsEverydayLife) {
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    Track track;
    drive(track, seed, [&](double at_s, Place, const Reading& reading) { track.report(at_s, reading); });
    for (const auto& [check, evidence] : track.strongest)
      EXPECT_LT(evidence.nats, 7) << info(check)->slug << ", seed " << seed;
  }
}

TEST(Kalman, AStepAsideThatACarCouldDriveIsOddAllTheSame) {
  Track track;
  double last = 0;
  Place place;
  drive(track, 3, [&](double at_s, Place where, const Reading& reading) {
    track.report(at_s, reading);
    last = at_s;
    place = where;
  });
  track.forget();
  Reading aside = at(moved(place, {450, 450}));
  track.report(last + 10, aside);
  EXPECT_EQ(track.nats(CheckId::impossible_travel), 0);
  EXPECT_GT(track.nats(CheckId::kalman_innovation), 3);
}

TEST(Speed, PositionsThatLeaveTheReportedSpeedBehind) {
  Track track;
  for (int i = 0; i <= 12; ++i) {
    Reading reading = at(moved(depot, {0, 150.0 * i}));  // 15 m/s
    reading.speed = 2;
    track.report(10.0 * i, reading);
  }
  EXPECT_GT(track.nats(CheckId::speed_disagrees), 4);
}

TEST(Speed, ADriftBesideTheRoadDisagreesWithTheHeading) {
  Track track;
  for (int i = 0; i <= 70; ++i) {
    Reading reading = at(moved(depot, {10.0 * i, 14.0 * i}));  // north, dragged east at 10 m/s
    reading.speed = 14;
    reading.heading = 0;
    track.report(i, reading);
  }
  EXPECT_GT(track.nats(CheckId::speed_disagrees), 8);
}

TEST(Standing, CellsThatGoByAFrozenPosition) {
  Track track;
  for (int i = 0; i < 12; ++i) track.report(60.0 * i, served_by(at(depot), 100 + i));
  EXPECT_GT(track.nats(CheckId::frozen_position), 7);
}

TEST(Standing, AParkedDeviceGoesBackAndForth) {
  Track track;
  std::mt19937 random(5);
  for (int i = 0; i < 2000; ++i) track.report(60.0 * i, served_by(at(depot), 100 + random() % 6));
  EXPECT_LT(track.nats(CheckId::frozen_position), 5);
}

// Four sites on a road, 2 km apart; a car passes one every 140 s.
struct Road {
  Track track;
  Road() {
    for (int site = -20; site < 60; ++site) {
      const Place mast = moved(depot, {400.0 * (site % 3 - 1), 2000.0 * site});
      track.fleet.cells.seed({262, 1, 7, cell_at(site)}, Radio::lte, mast.lat, mast.lon, 900, 50, testing::start_s);
    }
  }
  static std::uint64_t cell_at(int site) { return static_cast<std::uint64_t>(1000 + site); }
  Reading reading(double north_m, double drift_m) const {
    return served_by(at(moved(depot, {drift_m, north_m})), cell_at(static_cast<int>(std::lround(north_m / 2000))));
  }
};

TEST(Drag, TenMetresASecondAreFoundInFiveMinutes) {
  Road road;
  for (int i = 0; i < 60; ++i) road.track.report(10.0 * i, road.reading(140.0 * i, 0));
  EXPECT_LT(road.track.nats(CheckId::drag_off), 5);
  for (int i = 60; i < 90; ++i) road.track.report(10.0 * i, road.reading(140.0 * i, 100.0 * (i - 60)));
  EXPECT_GT(road.track.nats(CheckId::drag_off), 7);
}

TEST(Drag, AParkedDeviceFarFromItsMastIsNotDragged) {
  Road road;
  for (int i = 0; i < 3000; ++i) road.track.report(60.0 * i, road.reading(900, 1500));
  EXPECT_LT(road.track.nats(CheckId::drag_off), 5);
}

TEST(Drag, AParkedDeviceThatHearsManyCellsFromOneSideIsNotDragged) {
  Track track;
  const Place town = moved(depot, {0, 1100});
  for (std::uint64_t cell = 1; cell <= 15; ++cell)
    track.fleet.cells.seed({262, 1, 7, cell}, Radio::lte, town.lat, town.lon, 900, 50, testing::start_s);
  std::mt19937 random(1);
  for (int i = 0; i < 3000; ++i) track.report(60.0 * i, served_by(at(depot), 1 + random() % 15));
  EXPECT_LT(track.nats(CheckId::drag_off), 7);
}

TEST(Tail, StudentsTailsAreThoseOfTheTables) {
  EXPECT_NEAR(side_nats(2.776) + std::log(2.0), -std::log(0.025), 1e-3);  // t(4), 2.5 %
  EXPECT_NEAR(side_nats(4.604) + std::log(2.0), -std::log(0.005), 1e-3);
  EXPECT_NEAR(side_nats(49.99), side_nats(50.01), 0.01);
  EXPECT_EQ(side_nats(-3), 0);
  EXPECT_NEAR(sides_nats(-2.776), side_nats(2.776), 1e-12);
  EXPECT_NEAR(plane_nats(3), -std::log(std::pow(1 + 9.0 / 4, -2)), 1e-12);
}

}  // namespace
}  // namespace outrider::detect
