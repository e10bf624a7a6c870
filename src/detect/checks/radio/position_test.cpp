#include <gtest/gtest.h>

#include "detect/checks/radio/testing/radio_fleet.h"

namespace outrider::detect {
namespace {

using testing::nats_of;
using testing::RadioFleet;

constexpr float ticket = 7;

TEST(PositionAgainstCells, AnHonestFleetSurprisesNobody) {
  RadioFleet fleet;
  int surprises = 0;
  for (int i = 0; i < 6000; ++i) {
    const int where = (i / 10) % 12;
    const auto cell = static_cast<std::uint64_t>(where < 6 ? where : 11 - where);
    const auto found = fleet.report(1 + static_cast<std::uint32_t>(i % 10),
                                    RadioFleet::at(50.01 + 0.004 * static_cast<double>(cell), 8.01, 100 + cell));
    for (const auto& each : found) surprises += each.nats >= ticket ? 1 : 0;
  }
  EXPECT_EQ(surprises, 0);
}

TEST(PositionAgainstCells, APositionFarFromTheServingCellIsFound) {
  RadioFleet fleet;
  fleet.drive();
  const auto found = fleet.report(1, RadioFleet::at(50.5, 8.01, 103));
  EXPECT_GT(nats_of(found, CheckId::cell_distance), ticket);
  // And what a doubted position says is not learnt.
  const auto before = fleet.memory.cells.place(262, 1, 7, 103);
  fleet.report(1, RadioFleet::at(50.6, 8.01, 103));
  EXPECT_EQ(fleet.memory.cells.place(262, 1, 7, 103)->lat, before->lat);
}

TEST(PositionAgainstCells, AnInaccuratePositionIsNotHeldAgainstIt) {
  RadioFleet fleet;
  fleet.drive();
  auto reading = RadioFleet::at(50.4, 8.01, 103);  // 42 km
  reading.accuracy = 50'000;
  EXPECT_EQ(nats_of(fleet.report(1, reading), CheckId::cell_distance), 0);
}

TEST(PositionAgainstCells, TimingAdvanceThatFitsIsNoSurpriseAndOneThatDoesNotIs) {
  RadioFleet fleet;
  fleet.drive();
  auto reading = RadioFleet::at(50.022, 8.01, 103);
  for (int i = 0; i < 500; ++i) {
    reading.timing_advance = 3 + i % 4;  // 0.3 to 0.5 km
    EXPECT_LT(nats_of(fleet.report(1, reading), CheckId::timing_advance), ticket);
  }
  reading.timing_advance = 400;  // 31 km
  EXPECT_GT(nats_of(fleet.report(1, reading), CheckId::timing_advance), 5);
  reading.timing_advance = 1e300;
  EXPECT_EQ(nats_of(fleet.report(1, reading), CheckId::timing_advance), 0) << "no such step: says nothing";
}

TEST(PositionAgainstCells, AnotherCountrysNetworkInAWellKnownRegionIsFoundAndABorderIsNot) {
  RadioFleet fleet;
  fleet.drive();
  auto reading = RadioFleet::at(50.02, 8.01, 7);
  reading.mcc = 440;
  EXPECT_GT(nats_of(fleet.report(1, reading), CheckId::cell_country), 5);

  // Around a border both countries are heard every day.
  RadioFleet border;
  for (int i = 0; i < 3000; ++i) {
    auto there = RadioFleet::at(50.02, 8.01, static_cast<std::uint64_t>(100 + i / 10 % 4));
    there.mcc = i / 10 % 2 != 0 ? 262 : 208;
    EXPECT_LT(nats_of(border.report(static_cast<std::uint32_t>(i % 10 + 1), there), CheckId::cell_country), ticket);
  }
}

TEST(PositionAgainstCells, HostileNumbersDoNothing) {
  RadioFleet fleet;
  fleet.drive(300);
  for (const double value : {-1e300, 1e300, 91.0, absent, std::numeric_limits<double>::infinity()}) {
    auto reading = RadioFleet::at(value, value, 103);
    reading.accuracy = value;
    reading.rsrp = reading.rssi = reading.pci = reading.channel = reading.neighbours = reading.timing_advance = value;
    fleet.report(1, reading);
  }
  for (const auto& cell : fleet.memory.cells.cells()) {
    EXPECT_TRUE(std::isfinite(cell.lat));
    EXPECT_TRUE(std::isfinite(cell.power));
  }
}

}  // namespace
}  // namespace outrider::detect
