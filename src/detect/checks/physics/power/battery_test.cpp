#include <gtest/gtest.h>

#include <cmath>

#include "detect/checks/physics/testing/box.h"

namespace outrider::detect {
namespace {

using testing::Box;
using testing::strongest;

struct Battery : ::testing::Test {
  FleetMemory fleet;
  Box box{fleet};
  double level = 90;

  std::vector<Evidence> say(double percent, Truth power = Truth::no, double after_s = 600) {
    Reading reading;
    reading.battery = std::round(percent);
    reading.battery_v = std::round((3.3 + percent * 0.008 + box.noise(0.01)) * 100) / 100;
    reading.power = power;
    return box.report(reading, after_s);
  }
  float use(int reports, double each) {
    float most = 0;
    for (int i = 0; i < reports; ++i) {
      level -= each;
      for (const Evidence& evidence : say(level)) most = std::max(most, evidence.nats);
    }
    return most;
  }
};

TEST_F(Battery, ADayOfUseIsNothing) {
  EXPECT_LT(use(300, 0.1), 3);
}

TEST_F(Battery, ChargingIsNothing) {
  use(200, 0.1);
  float most = 0;
  for (int i = 0; i < 20; ++i)
    for (const Evidence& evidence : say(level += 1, Truth::yes)) most = std::max(most, evidence.nats);
  for (int i = 0; i < 5; ++i)
    for (const Evidence& evidence : say(level)) most = std::max(most, evidence.nats);
  EXPECT_LT(most, 3);
}

TEST_F(Battery, OneThatFillsByItselfIsFound) {
  use(200, 0.1);
  const auto found = say(level + 25);
  EXPECT_GE(strongest(found, CheckId::battery_rise), 7);
  EXPECT_EQ(info(CheckId::battery_rise)->threat, Threat::battery_attack);
}

TEST_F(Battery, ADeviceThatNeverSaysThatItChargesIsLearnt) {
  float last = 0;
  for (int day = 0; day < 12; ++day) {
    last = 0;
    for (int i = 0; i < 30; ++i) last = std::max(last, strongest(say(90 - i), CheckId::battery_rise));
  }
  EXPECT_EQ(last, 0);
}

TEST_F(Battery, SuddenDrainIsFound) {
  use(200, 0.05);
  float most = 0;
  for (int i = 0; i < 3; ++i) most = std::max(most, strongest(say(level -= 5), CheckId::battery_drain));
  EXPECT_GE(most, 7);
}

TEST_F(Battery, AGaugeThatJumpsAPerCentIsNoDrain) {
  use(200, 0.05);
  EXPECT_EQ(strongest(say(level - 2, Truth::no, 60), CheckId::battery_drain), 0);
}

}  // namespace
}  // namespace outrider::detect
