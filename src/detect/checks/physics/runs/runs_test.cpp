#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "detect/checks/physics/runs/resolution.h"
#include "detect/checks/physics/testing/box.h"

namespace outrider::detect {
namespace {

using testing::Box;
using testing::strongest;

// A thermometer in tenths with noise, no box around it.
struct Runs : ::testing::Test {
  FleetMemory fleet;
  Box box{fleet};
  double level = 4;
  std::vector<double> history;

  Runs() { box.contract.thermal = false; }
  double live() {
    level += 0.02 * (4 - level) + box.noise(0.05);
    return std::round((level + box.noise(0.2)) * 10) / 10;
  }
  std::vector<Evidence> say(Box& device, double value) {
    Reading reading;
    reading.temperature = value;
    return device.report(reading);
  }
  float clean(int count, CheckId check) {
    float most = 0;
    for (int i = 0; i < count; ++i) {
      history.push_back(live());
      most = std::max(most, strongest(say(box, history.back()), check));
    }
    return most;
  }
};

TEST(Resolution, IsTheCoarsestStepThatAllValuesAreMultiplesOf) {
  std::uint8_t at = 0;
  for (const double value : {4.0, -18.0, 3.5}) at = resolution_of(value, at);
  EXPECT_EQ(resolutions[at], 0.5);
  for (const double value : {-18.3, 0.7, 21.1}) at = resolution_of(value, at);
  EXPECT_EQ(resolutions[at], 0.1);
  at = resolution_of(3.14159, at);
  EXPECT_EQ(resolutions[at], 0.0001);
}

TEST_F(Runs, NoiseIsNeitherFrozenNorReplayed) {
  EXPECT_LT(clean(20000, CheckId::frozen_run), 7);
  EXPECT_EQ(clean(20000, CheckId::replayed_run), 0);
}

TEST_F(Runs, AFrozenSensorIsFound) {
  clean(500, CheckId::frozen_run);
  float most = 0;
  for (int i = 0; i < 40; ++i) most = std::max(most, strongest(say(box, history.back()), CheckId::frozen_run));
  EXPECT_GE(most, 7);
}

TEST_F(Runs, ASensorThatRestsForHoursIsBelieved) {
  // Once an hour or two a tenth up or down.
  float most = 0;
  double value = -18;
  for (int run = 0; run < 400; ++run) {
    value = value < -18 ? -18 : -18.1;
    const int length = 12 + static_cast<int>(std::abs(box.noise(8)));
    for (int i = 0; i < length; ++i) most = std::max(most, strongest(say(box, value), CheckId::frozen_run));
  }
  EXPECT_LT(most, 7);
}

TEST_F(Runs, OneAttackDoesNotExcuseTheNext) {
  clean(500, CheckId::frozen_run);
  float second = 0;
  for (int attack = 0; attack < 2; ++attack) {
    second = 0;
    for (int i = 0; i < 100; ++i) second = std::max(second, strongest(say(box, 3.3), CheckId::frozen_run));
    clean(100, CheckId::frozen_run);
  }
  EXPECT_GE(second, 7);
}

TEST_F(Runs, AnOwnStretchThatComesAgainIsProof) {
  clean(2000, CheckId::replayed_run);
  float most = 0;
  std::vector<Evidence> last;
  for (int i = 0; i < 60; ++i) {
    auto found = say(box, history[1200U + static_cast<std::size_t>(i)]);
    if (strongest(found, CheckId::replayed_run) > most) {
      most = strongest(found, CheckId::replayed_run);
      last = found;
    }
  }
  ASSERT_GE(most, 28);
  EXPECT_TRUE(info(CheckId::replayed_run)->proof);
  for (const Evidence& evidence : last)
    if (evidence.check == CheckId::replayed_run) {
      EXPECT_EQ(evidence.more[0], 800);  // readings ago
    }
}

TEST_F(Runs, ACopyWithAnotherOffsetIsFound) {
  clean(2000, CheckId::replayed_run);
  float most = 0;
  for (std::size_t i = 0; i < 60; ++i)
    most = std::max(most, strongest(say(box, history[1200U + i] - 2.5), CheckId::replayed_run));
  EXPECT_GE(most, 28);
}

TEST_F(Runs, AStretchOfAnotherDeviceIsFound) {
  clean(600, CheckId::replayed_run);
  Box other(fleet, 2);
  other.contract.thermal = false;
  other.random.seed(99);
  for (int i = 0; i < 300; ++i) say(other, std::round(other.noise(3)) / 10 - 18);
  float most = 0;
  for (std::size_t i = 0; i < 60; ++i)
    most = std::max(most, strongest(say(other, history[400U + i] - 22), CheckId::replayed_run));
  EXPECT_GE(most, 28);
}

TEST_F(Runs, ARegularSawToothIsNoReplay) {
  float most = 0;
  for (int i = 0; i < 5000; ++i) most = std::max(most, strongest(say(box, -18 + 0.1 * (i % 8)), CheckId::replayed_run));
  EXPECT_EQ(most, 0);
}

TEST(Prints, FindRoomInAllOfTheFleetsMemory) {
  PhysicsMemory memory;
  std::uint32_t hash = 1;
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    hash = hash * 1664525U + 1013904223U;
    memory.add_print({hash | 1U, 1, i, i + 1});  // a fingerprint is odd: 0 is none
  }
  EXPECT_GT(memory.print_count(), 15'000U);
}

TEST_F(Runs, TheFleetsMemoryComesBackFromItsSnapshot) {
  clean(2000, CheckId::replayed_run);
  ByteWriter out;
  fleet.physics.save(out);
  PhysicsMemory again;
  ByteReader in(out.bytes());
  ASSERT_TRUE(again.load(in));
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(again.print_count(), fleet.physics.print_count());
  ByteWriter twice;
  again.save(twice);
  EXPECT_EQ(twice.bytes(), out.bytes());
}

TEST_F(Runs, ADamagedSnapshotIsRefused) {
  clean(200, CheckId::replayed_run);
  ByteWriter out;
  fleet.physics.save(out);
  Bytes bytes = out.bytes();
  bytes[0] = 0xff;  // more prints than there may be
  PhysicsMemory again;
  ByteReader in(bytes);
  EXPECT_EQ(again.load(in).error().code, Errc::corrupt);
  ByteReader half(ByteView(out.bytes()).first(out.size() / 2));
  EXPECT_FALSE(again.load(half));
  EXPECT_EQ(again.print_count(), 0U);
}

}  // namespace
}  // namespace outrider::detect
