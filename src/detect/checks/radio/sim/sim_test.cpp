#include <gtest/gtest.h>

#include "detect/checks/radio/testing/radio_fleet.h"

namespace outrider::detect {
namespace {

using testing::nats_of;
using testing::RadioFleet;

constexpr float ticket = 7;

Reading with(std::uint64_t iccid, std::uint64_t imsi, std::uint64_t imei) {
  Reading reading;
  reading.iccid = iccid;
  reading.imsi = imsi;
  reading.imei = imei;
  return reading;
}

// A hundred devices keep their SIMs for some weeks.
void live(RadioFleet& fleet, int days = 30) {
  for (int day = 0; day < days; ++day) {
    for (std::uint32_t device = 1; device <= 100; ++device)
      EXPECT_TRUE(fleet.report(device, with(1000 + device, 2000 + device, 3000 + device)).empty());
    fleet.now_s += 86400 - 6000;
  }
}

TEST(Sim, ASimInAnotherModemIsFound) {
  RadioFleet fleet;
  live(fleet);
  EXPECT_GT(nats_of(fleet.report(5, with(1005, 2005, 9999)), CheckId::sim_pairing), ticket);
  EXPECT_EQ(nats_of(fleet.report(5, with(1005, 2005, 9999)), CheckId::sim_pairing), 0) << "said once";
}

TEST(Sim, AnotherSimInTheSameModemIsFound) {
  RadioFleet fleet;
  live(fleet);
  EXPECT_GT(nats_of(fleet.report(5, with(8888, 7777, 3005)), CheckId::sim_pairing), ticket);
}

TEST(Sim, ASimThatTurnsUpInAnotherDeviceIsFoundInThatOne) {
  RadioFleet fleet;
  live(fleet);
  const auto found = fleet.report(6, with(1005, 2005, 3006));
  EXPECT_GT(nats_of(found, CheckId::sim_elsewhere), 5);
  for (const auto& each : found)
    if (each.check == CheckId::sim_elsewhere) {
      EXPECT_EQ(each.entries_used, 2U) << "its own report, and the other device's";
      EXPECT_LT(each.entries[1], each.entries[0]);
    }
}

TEST(Sim, AnEsimThatGoesBackToAnEarlierProfileIsNoSurprise) {
  RadioFleet fleet;
  live(fleet);
  fleet.report(5, with(8888, 7777, 3005));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(nats_of(fleet.report(5, with(1005, 2005, 3005)), CheckId::sim_pairing), 0);
    EXPECT_EQ(nats_of(fleet.report(5, with(8888, 7777, 3005)), CheckId::sim_pairing), 0);
  }
}

TEST(Sim, AWorkshopMayChangeEverything) {
  RadioFleet fleet;
  live(fleet);
  fleet.lead(5, facts::Lifecycle::active);
  EXPECT_TRUE(fleet.report(5, with(8888, 7777, 6666)).empty());
  fleet.now_s += 2 * 86400;
  EXPECT_GT(nats_of(fleet.report(5, with(8889, 7778, 6667)), CheckId::sim_pairing), ticket) << "not for ever";
}

TEST(Sim, ANewDevicesSimIsWatchedFromItsFirstReportOn) {
  RadioFleet fleet;
  live(fleet, 3);
  fleet.lead(500, facts::Lifecycle::active);
  EXPECT_TRUE(fleet.report(500, with(1500, 2500, 3500)).empty());
  EXPECT_GT(nats_of(fleet.report(500, with(1500, 2500, 9999)), CheckId::sim_pairing), ticket);
}

TEST(Sim, ARetiredDevicesSimMayBeGivenOn) {
  RadioFleet fleet;
  live(fleet);
  fleet.lead(5, facts::Lifecycle::retired);
  fleet.lead(6, facts::Lifecycle::active);
  EXPECT_TRUE(fleet.report(6, with(1005, 2005, 3006)).empty());
}

TEST(Sim, WhatFirmwareSaysWhenItKnowsNoSimIsNoSim) {
  RadioFleet fleet;
  live(fleet);
  float last = 0;
  for (std::uint32_t device = 200; device < 230; ++device)
    last = nats_of(fleet.report(device, with(1, 1, 4000 + device)), CheckId::sim_elsewhere);
  EXPECT_EQ(last, 0);
}

TEST(Sim, AMassChangeOfProfilesBecomesUsual) {
  RadioFleet fleet;
  live(fleet);
  float last = 0;
  for (std::uint32_t device = 1; device <= 100; ++device)
    last = nats_of(fleet.report(device, with(5000 + device, 6000 + device, 3000 + device)), CheckId::sim_pairing);
  EXPECT_LT(last, 5);
}

TEST(Sim, EveryRadioCheckExplainsItselfWithItsFigures) {
  for (const auto& check : radio_checks()) {
    Evidence evidence{.check = check.id, .nats = 9, .observed = 7400, .expected = 2, .limit = 1300, .more = {3, 3}};
    const auto text = check.explain(evidence);
    EXPECT_GT(text.size(), 20U) << check.slug;
    EXPECT_EQ(text.find("nan"), std::string::npos) << check.slug;
  }
}

}  // namespace
}  // namespace outrider::detect
