#include <gtest/gtest.h>

#include <cmath>

#include "detect/checks/physics/testing/box.h"

namespace outrider::detect {
namespace {

using testing::Box;
using testing::Reefer;
using testing::strongest;

struct Climate : ::testing::Test {
  FleetMemory fleet;
  Reefer box{fleet};
};

Threat threat_of(const std::vector<Evidence>& all, CheckId check) {
  for (const Evidence& evidence : all)
    if (evidence.check == check) return evidence.threat == Threat{} ? info(check)->threat : evidence.threat;
  return {};
}

TEST_F(Climate, AnUndisturbedBoxIsNoTicketInThreeWeeks) {
  EXPECT_LT(box.quiet(21 * 288), 7);
}

TEST_F(Climate, AnOffsetOfTwoDegreesIsASensorThatLies) {
  box.quiet(500);
  Reading reading = box.live();
  reading.temperature -= 2;
  const auto found = box.report(reading);
  EXPECT_GE(strongest(found, CheckId::thermal), 7);
  EXPECT_EQ(threat_of(found, CheckId::thermal), Threat::sensor_manipulation);
}

TEST_F(Climate, AnOffsetThatGrowsSlowlyIsFound) {
  box.quiet(500);
  float most = 0;
  for (int i = 1; i <= 48; ++i) {
    Reading reading = box.live();
    reading.temperature += 0.2 * i;
    most = std::max(most, strongest(box.report(reading), CheckId::thermal));
  }
  EXPECT_GE(most, 7);
}

TEST_F(Climate, ADoorExplainsWarmAir) {
  box.quiet(500);
  box.door = true;
  float most = 0;
  for (int i = 0; i < 4; ++i) most = std::max(most, strongest(box.report(box.live()), CheckId::thermal));
  box.door = false;
  most = std::max(most, box.quiet(100));
  EXPECT_LT(most, 7);
}

TEST_F(Climate, ADoorThatOpenedAndClosedBetweenTwoReportsIsNoTicket) {
  const auto warmed = [](Reading reading) {  // all of its air
    reading.temperature += 2.5;
    reading.supply_temperature += 2.5;
    return reading;
  };
  for (int i = 0; i < 300; ++i) box.report(box.live(15), 900);
  const auto found = box.report(warmed(box.live(15)), 900);
  EXPECT_GT(strongest(found, CheckId::thermal), 2);
  EXPECT_LT(strongest(found, CheckId::thermal), 7);
  EXPECT_EQ(threat_of(found, CheckId::thermal), Threat::physical_limit);
  // Who reports often enough would have seen it.
  Reefer often(fleet, 2);
  often.quiet(300);
  EXPECT_GT(strongest(often.report(warmed(often.live())), CheckId::thermal), 7);
}

TEST_F(Climate, WithoutPowerTheCargoIsInTroubleAndTheSensorIsBelieved) {
  box.quiet(500);
  box.running = false;
  float warm = 0, lies = 0;
  for (int i = 0; i < 144; ++i) {
    const auto found = box.report(box.live());
    if (threat_of(found, CheckId::range) == Threat::physical_limit)
      warm = std::max(warm, strongest(found, CheckId::range));
    if (threat_of(found, CheckId::thermal) == Threat::sensor_manipulation)
      lies = std::max(lies, strongest(found, CheckId::thermal));
  }
  EXPECT_GE(warm, 7);
  EXPECT_LT(lies, 7);
}

TEST_F(Climate, WarmCargoThatIsBeingCooledIsNoTrouble) {
  box.air = 5;
  EXPECT_LT(box.quiet(300), 7);
}

TEST_F(Climate, AColdSnapOutsideIsNoTrouble) {
  box.quiet(300);
  float most = 0;
  for (int i = 0; i < 60; ++i) {
    box.ambient -= 0.6;
    most = std::max(most, box.quiet(1));
  }
  EXPECT_LT(most, 7);
}

TEST_F(Climate, AnotherSetPointIsFollowedWithoutAlarm) {
  box.quiet(300);
  box.setpoint = -10;
  EXPECT_LT(box.quiet(200), 7);
}

TEST_F(Climate, WhatTheProfileForbidsIsSaid) {
  box.contract.temperature = {.min = -30, .max = 30};
  box.quiet(5);
  Reading reading = box.live();
  reading.temperature = 85;  // what a broken DS18B20 says
  const auto found = box.report(reading);
  EXPECT_GE(strongest(found, CheckId::range), 7);
  EXPECT_EQ(info(CheckId::range)->explain(found.front()), "temperature 85 is beyond the profile's limit 30");
}

TEST_F(Climate, AThermometerWithoutAModelKnowsItsOwnPace) {
  box.contract.thermal = false;
  box.quiet(300);
  Reading reading = box.live();
  reading.temperature += 3;
  EXPECT_GE(strongest(box.report(reading), CheckId::rate), 7);
}

TEST_F(Climate, LateAndRepeatedReportsAreNoStep) {
  box.quiet(300);
  Observation late;
  late.what = What::report;
  late.device = box.device;
  late.received_s = box.now_s;
  late.measured_s = box.now_s - 3600;
  late.reading = box.live();
  late.reading.temperature = 10;
  EXPECT_TRUE(box.observe(late).empty());
}

// Two devices in one truck, each with its thermometer for the weather.
struct Truck {
  FleetMemory fleet;
  Box tractor{fleet, 1}, trailer{fleet, 2};
  double lat = 48, weather = 12;
  Truck() { tractor.contract.thermal = trailer.contract.thermal = false; }
  float drive(int reports, double lie, Box* liar) {
    float most = 0;
    for (int i = 0; i < reports; ++i) {
      lat += 0.02;
      weather += tractor.noise(0.2);
      for (Box* box : {&tractor, &trailer}) {
        Reading reading;
        reading.lat = lat;
        reading.lon = 11;
        reading.ambient_temperature = weather + box->noise(0.1) + (box == liar ? lie : 0) + (box == &trailer ? 1 : 0);
        most = std::max(most, strongest(box->report(reading, 60), CheckId::peer_disagrees));
      }
    }
    return most;
  }
};

TEST(Peers, TravelTogetherAndAgree) {
  Truck truck;
  EXPECT_LT(truck.drive(600, 0, nullptr), 7);
  EXPECT_EQ(truck.trailer.state.peer.with, 1U);
  EXPECT_GE(truck.trailer.state.peer.met, 5);
}

TEST(Peers, TheOneThatLiesStandsOut) {
  Truck truck;
  truck.drive(200, 0, nullptr);
  EXPECT_GE(truck.drive(3, 6, &truck.trailer), 7);
}

TEST(Peers, StandingInOneYardIsNotTravellingTogether) {
  Truck truck;
  for (int i = 0; i < 200; ++i)
    for (Box* box : {&truck.tractor, &truck.trailer}) {
      Reading reading;
      reading.lat = 48;
      reading.lon = 11;
      reading.ambient_temperature = box == &truck.tractor ? 10 : 20 + i % 7;
      EXPECT_TRUE(box->report(reading, 60).empty());
    }
}

}  // namespace
}  // namespace outrider::detect
