#include "detect/checks/cells/cell_map.h"

#include <gtest/gtest.h>

#include <cmath>

#include "detect/checks/cells/plane.h"

namespace outrider::detect {
namespace {

constexpr double start_s = 1'700'000'000;

Reading at(double lat, double lon, std::uint64_t cell) {
  Reading reading;
  reading.lat = lat;
  reading.lon = lon;
  reading.rat = Radio::lte;
  reading.mcc = 262;
  reading.mnc = 1;
  reading.tac = 7;
  reading.cell = cell;
  return reading;
}

TEST(CellMap, KnowsACellFromThreePlaces) {
  CellMap map;
  map.learn(at(50.00, 8.00, 5), 1, start_s);
  map.learn(at(50.01, 8.00, 5), 1, start_s);
  EXPECT_FALSE(map.place(262, 1, 7, 5));
  map.learn(at(50.02, 8.00, 5), 1, start_s);
  const auto place = map.place(262, 1, 7, 5);
  ASSERT_TRUE(place);
  EXPECT_NEAR(place->lat, 50.01, 1e-9);
  EXPECT_EQ(place->samples, 3U);
  EXPECT_FALSE(map.place(262, 2, 7, 5)) << "the same number of another operator is another cell";
}

// The i-th of 36 places, 250 m apart: a few streets.
Reading among_streets(int i, std::uint64_t cell) {
  return at(50 + (i % 6) * 0.0023, 8 + (i / 6 % 6) * 0.0036, cell);
}

TEST(CellMap, ARangeFollowsWhatIsHeard) {
  CellMap map;
  for (int i = 0; i < 200; ++i) map.learn(at(50 + (i % 40) * 0.003, 8, 5), 1, start_s + 3600.0 * i);
  for (int i = 0; i < 200; ++i) map.learn(among_streets(i, 6), 1, start_s + 3600.0 * i);
  EXPECT_GT(map.place(262, 1, 7, 5)->range_m, 3000);
  EXPECT_LT(map.place(262, 1, 7, 6)->range_m, 700);
}

TEST(CellMap, AYardWhereTheWholeFleetStandsIsOnePlace) {
  CellMap map;
  for (std::uint32_t device = 1; device <= 300; ++device) map.learn(at(50, 8, 5), device, start_s + 3600.0 * device);
  const auto place = map.place(262, 1, 7, 5);
  ASSERT_TRUE(place);
  EXPECT_GT(place->range_m, 700) << "three hundred vehicles at one place do not say how far a cell reaches";
  EXPECT_GT(place->error_m, 700) << "nor where its middle is";
  EXPECT_LT(map.distance_nats(*place, 2000), 2);
}

TEST(CellMap, NobodyKnowsAnEdgeFromHavingSeenNothingBeyondIt) {
  CellMap map;
  map.seed({262, 1, 7, 5}, Radio::lte, 50, 8, 1000, 10, start_s);
  const auto place = *map.place(262, 1, 7, 5);
  const double typical = std::hypot(place.range_m, place.error_m);
  for (int i = 0; i < 5000; ++i) map.calibrate(place, typical);
  EXPECT_LT(map.distance_nats(place, 2 * typical), 3);
  EXPECT_LT(map.distance_nats(place, 3 * typical), 5);
  EXPECT_GT(map.distance_nats(place, 20 * typical), 10);
}

TEST(CellMap, WhatSurprisesIsCountedToo) {
  CellMap map;
  map.seed({262, 1, 7, 5}, Radio::lte, 50, 8, 1000, 10, start_s);
  const auto place = *map.place(262, 1, 7, 5);
  const double typical = std::hypot(place.range_m, place.error_m);
  const double before = map.distance_nats(place, 6 * typical);
  for (int i = 0; i < 900; ++i) map.calibrate(place, i % 10 == 0 ? 6.1 * typical : typical);
  EXPECT_GT(before, 5);
  EXPECT_LT(map.distance_nats(place, 6 * typical), 3);
}

TEST(CellMap, OneDriveThroughACellDoesNotSayHowFarItReaches) {
  CellMap once, often;
  for (int i = 0; i < 100; ++i) {
    once.learn(among_streets(i, 5), 1, start_s + i);
    often.learn(among_streets(i, 5), 1, start_s + 3600.0 * i);
  }
  EXPECT_GT(once.place(262, 1, 7, 5)->range_m, 800);
  EXPECT_LT(often.place(262, 1, 7, 5)->range_m, 700);
  EXPECT_LT(once.distance_nats(*once.place(262, 1, 7, 5), 5000), 5);
}

TEST(CellMap, OneWrongCellMovesNothingWhenOthersAreHeard) {
  CellMap map;
  for (std::uint64_t cell = 1; cell <= 5; ++cell)
    map.seed({262, 1, 7, cell}, Radio::lte, 50 + 0.001 * static_cast<double>(cell), 8, 1000, 10, start_s);
  map.seed({262, 1, 7, 6}, Radio::lte, 52, 13, 1000, 10, start_s);
  auto reading = at(50, 8, 6);
  for (std::uint64_t cell = 1; cell <= 5; ++cell) reading.visible[cell - 1] = {262, 1, 7, cell};
  const auto where = map.locate(reading);
  ASSERT_TRUE(where);
  EXPECT_EQ(where->cells, 6U);
  EXPECT_LT(plane_distance_m(where->lat, where->lon, 50, 8), 600);
}

TEST(CellMap, DistanceSurprisesByWhatTrustedPositionsHaveShown) {
  CellMap fresh, learnt;
  for (auto* map : {&fresh, &learnt}) map->seed({262, 1, 7, 5}, Radio::lte, 50, 8, 1000, 10, start_s);
  for (int i = 0; i < 2000; ++i) {
    const Reading reading = at(50 + (i % 31 - 15) * 0.0023, 8, 5);
    const auto place = *learnt.place(262, 1, 7, 5);
    learnt.calibrate(place, plane_distance_m(place.lat, place.lon, reading.lat, reading.lon));
    learnt.learn(reading, 1, start_s + 3600.0 * i);
  }
  const auto near = learnt.distance_nats(*learnt.place(262, 1, 7, 5), 300);
  const auto far = learnt.distance_nats(*learnt.place(262, 1, 7, 5), 20'000);
  EXPECT_LT(near, 1);
  EXPECT_GT(far, 8);
  // A list alone is worth less: nobody has tried it yet.
  EXPECT_LT(fresh.distance_nats(*fresh.place(262, 1, 7, 5), 20'000), far);
  EXPECT_GT(fresh.distance_nats(*fresh.place(262, 1, 7, 5), 20'000), 5);
}

TEST(CellMap, WhatTheFleetHasLearntStaysWhenAListSaysOtherwise) {
  CellMap map;
  for (int i = 0; i < 5; ++i) map.learn(at(50 + 0.01 * i, 8, 5), 1, start_s);
  map.seed({262, 1, 7, 5}, Radio::lte, 10, 10, 1000, 10, start_s);
  EXPECT_NEAR(map.place(262, 1, 7, 5)->lat, 50.02, 1e-9);
}

TEST(CellMap, WhenItIsFullTheLeastUsedMakeRoomAndWhatIsInAListStays) {
  CellMap map;
  for (std::uint64_t cell = 1; cell <= 100; ++cell) map.seed({262, 1, 1, cell}, Radio::lte, 50, 8, 1000, 10, start_s);
  for (std::uint64_t cell = 1; cell <= CellMap::cells_max + 50'000; ++cell)
    map.hear({262, 1, 2, cell}, Radio::lte, 1, start_s + static_cast<double>(cell));
  EXPECT_EQ(map.cells().size(), CellMap::cells_max);
  for (std::uint64_t cell = 1; cell <= 100; ++cell) EXPECT_NE(map.find({262, 1, 1, cell}), nullptr);
  EXPECT_NE(map.find({262, 1, 2, CellMap::cells_max + 50'000}), nullptr);
}

TEST(CellMap, ASnapshotGivesTheSameMapAndDamageIsRefused) {
  CellMap map;
  for (int i = 0; i < 300; ++i) {
    map.learn(at(50 + 0.01 * (i % 7), 8 + 0.02 * i, static_cast<std::uint64_t>(i % 40 + 1)), 3, start_s + i);
    map.squares.at(50, 8 + 0.02 * i, start_s + i).samples++;
  }
  ByteWriter first;
  map.save(first);
  CellMap other;
  ByteReader in(first.bytes());
  ASSERT_TRUE(other.load(in));
  EXPECT_TRUE(in.empty());
  ByteWriter second;
  other.save(second);
  EXPECT_EQ(first.bytes(), second.bytes());
  EXPECT_EQ(other.place(262, 1, 7, 5)->lat, map.place(262, 1, 7, 5)->lat);

  for (const std::size_t size : {std::size_t{0}, std::size_t{3}, first.size() / 2, first.size() - 1}) {
    ByteReader cut(ByteView(first.bytes()).first(size));
    EXPECT_FALSE(other.load(cut)) << size;
  }
  auto twice = first.bytes();
  std::copy_n(twice.begin() + 8, sizeof(Cell), twice.begin() + 8 + sizeof(Cell));
  ByteReader in_twice(twice);
  const auto refused = other.load(in_twice);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "cell-twice");
  auto other_size = first.bytes();
  other_size[7] ^= 8;  // of a record
  ByteReader in_other_size(other_size);
  const auto other_version = other.load(in_other_size);
  ASSERT_FALSE(other_version);
  EXPECT_EQ(other_version.error().reason, "other-snapshot");
}

}  // namespace
}  // namespace outrider::detect
