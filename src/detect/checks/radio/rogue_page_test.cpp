// Through the engine: who is paged about a rogue base station, and who is not.
#include <gtest/gtest.h>

#include "detect/checks/radio/testing/radio_fleet.h"
#include "detect/engine/engine.h"

namespace outrider::detect {
namespace {

struct RoguePage : ::testing::Test {
  RoguePage() {
    Contract contract;
    contract.profile = "tracker";
    const auto profile = engine.add_contract(contract);
    for (int i = 1; i <= 10; ++i) engine.add_device("t-" + std::to_string(i), profile);
    for (int i = 0; i < 6000; ++i) {  // ten trackers of a yard, some days
      auto reading =
          testing::RadioFleet::at(50.01 + 0.0001 * (i % 7), 8.01, static_cast<std::uint64_t>(100 + i / 10 % 6));
      reading.rsrp = -110 + (i * 7) % 40;
      report(1 + static_cast<std::uint32_t>(i % 10), reading);
    }
    findings.clear();
  }

  void report(std::uint32_t device, const Reading& reading) {
    Observation observation{.what = What::report, .device = device, .entry = ++entry};
    observation.received_s = observation.measured_s = now_s += 60;
    observation.reading = reading;
    engine.observe(observation, findings);
  }
  int count(Level level) const {
    int found = 0;
    for (const auto& finding : findings)
      found += finding.threat == Threat::rogue_base_station && finding.level == level ? 1 : 0;
    return found;
  }

  Engine engine;
  std::vector<Finding> findings;
  double now_s = 1'700'000'000;
  std::uint64_t entry = 0;
};

TEST_F(RoguePage, ADowngradeToACatcherPagesForEveryDeviceOnIt) {
  for (std::uint32_t device = 1; device <= 3; ++device) {
    auto reading = testing::RadioFleet::at(50.01, 8.01, 666);
    reading.rat = Radio::gsm;
    reading.tac = 999;
    reading.cipher = Cipher::none;
    reading.identity_request = Truth::yes;
    reading.neighbours = 0;
    report(device, reading);
  }
  EXPECT_EQ(count(Level::page), 3);
}

TEST_F(RoguePage, AnUncipheredCellAloneIsATicketAtMost) {
  auto reading = testing::RadioFleet::at(50.01, 8.01, 103);
  reading.cipher = Cipher::none;
  report(1, reading);
  EXPECT_EQ(count(Level::page), 0);
  EXPECT_LE(count(Level::ticket), 1);
}

TEST_F(RoguePage, ANewSiteAndMaintenancePageNobody) {
  for (int i = 0; i < 100; ++i) {
    auto site = testing::RadioFleet::at(50.01, 8.01, static_cast<std::uint64_t>(200 + i % 3));
    site.tac = 8;
    site.neighbours = 0;
    site.rsrp = -60;
    report(static_cast<std::uint32_t>(i % 5 + 1), site);
    auto moved = testing::RadioFleet::at(50.01, 8.01, static_cast<std::uint64_t>(100 + i % 6));
    moved.channel = 1300 + (i / 6 + 1) * 100;
    report(static_cast<std::uint32_t>(i % 5 + 6), moved);
  }
  EXPECT_EQ(count(Level::page), 0);
}

}  // namespace
}  // namespace outrider::detect
