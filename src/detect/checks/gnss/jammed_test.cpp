// What makes jamming more than a ticket: a jammer that comes along, and several devices that are each other's
// witnesses.
#include <gtest/gtest.h>

#include "detect/engine/detector.h"
#include "detect/geo/geo.h"
#include "detect/testing/watch.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr Place car_park{53.55, 10.0};

// A receiver's figures, a little different each time.
std::string report(Place place, int step, bool jammed, int cell = 0) {
  const double wobble = 0.3 * (step % 7 - 3);
  std::string records =
      fmt::format(R"([{{"n":"agc","v":{:.1f}}},{{"n":"noise","v":{:.1f}}},{{"n":"cn0","v":{:.1f}}})",
                  (jammed ? 24 : 40) + wobble, (jammed ? 190 : 92) + wobble, (jammed ? 21 : 39) + wobble);
  if (!jammed)
    records +=
        fmt::format(R"(,{{"n":"lat","u":"lat","v":{:.6f}}},{{"n":"lon","u":"lon","v":{:.6f}}},{{"n":"hdop","v":1}})",
                    place.lat, place.lon);
  if (cell != 0)
    records += fmt::format(
        R"(,{{"n":"rat","vs":"lte"}},{{"n":"mcc","v":262}},{{"n":"mnc","v":1}},{{"n":"tac","v":7}},{{"n":"cell","v":{}}})",
        cell);
  return records + "]";
}

struct Road : ::testing::Test {
  Road() {
    watch.add("t-0");
    for (int i = 0; i < 200; ++i) {
      const Place mast = at(2.0 * i);
      watch.engine.memory().cells.seed({262, 1, 7, static_cast<std::uint64_t>(1000 + i)}, Radio::lte, mast.lat,
                                       mast.lon, 900, 50, 0);
    }
  }
  static Place at(double km) { return moved(car_park, {0, 1000 * km}); }
  // For so many reports of ten seconds, at so many m/s.
  void drive(int reports, double speed, bool jammed, bool mapped = true) {
    for (int i = 0; i < reports; ++i) {
      watch.now += 10;
      km += speed / 100;
      const int site = static_cast<int>(std::lround(km / 2));
      watch.report("t-0", report(at(km), step++, jammed, (mapped ? 1000 : 5000) + site));
    }
  }
  Level level() const { return watch.level("t-0", Threat::gnss_jamming); }
  Watch watch;
  double km = 0;
  int step = 0;
};

TEST_F(Road, AJammerBesideTheRoadIsATicket) {
  drive(200, 22, false);
  drive(6, 22, true);  // a kilometre and a half
  EXPECT_EQ(level(), Level::ticket);
  drive(200, 22, false);
  EXPECT_EQ(level(), Level::ticket);
}

TEST_F(Road, OneThatComesAlongPages) {
  drive(200, 22, false);
  drive(20, 22, true);
  EXPECT_EQ(level(), Level::ticket);
  drive(50, 22, true);
  EXPECT_EQ(level(), Level::page);
  const auto& evidence = watch.engine.state(watch.engine.device("t-0")).risk.evidence;
  const auto aboard = std::ranges::find(evidence, CheckId::jammer_aboard, &Evidence::check);
  ASSERT_NE(aboard, evidence.end());
  const auto text = info(CheckId::jammer_aboard)->explain(*aboard);
  EXPECT_TRUE(text.starts_with("jammed for ") && text.ends_with(" went by")) << text;
}

TEST_F(Road, ItsCellsAreEnoughWhereNobodyKnowsWhereTheyAre) {
  drive(200, 22, false, false);
  drive(70, 22, true, false);
  EXPECT_EQ(level(), Level::ticket);
  drive(60, 22, true, false);
  EXPECT_EQ(level(), Level::page);
}

TEST_F(Road, WhoIsParkedBesideAJammerAllNightIsATicket) {
  drive(200, 22, false);
  for (int i = 0; i < 2000; ++i) {
    km += (i % 3 - 1) * 2.0;  // handed over between three sites
    drive(1, 0, true);
  }
  EXPECT_EQ(level(), Level::ticket);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Road, AJammerAndAnOpenedDoorTogetherAreATheft) {
  drive(200, 22, false);
  for (int i = 0; i < 60; ++i) {
    watch.now += 3600;
    watch.report("t-0", R"([{"n":"door","vb":true},{"n":"speed","u":"m/s","v":0}])");
    watch.report("t-0", R"([{"n":"door","vb":false}])");
  }
  drive(6, 22, true);
  EXPECT_EQ(watch.level("t-0", Threat::theft), Level::none);  // jamming alone is none
  watch.report("t-0", R"([{"n":"door","vb":true},{"n":"speed","u":"m/s","v":20}])");
  EXPECT_GE(watch.level("t-0", Threat::theft), Level::ticket);
}

// From ledger entries to what is said: a jammer at a car park.
struct CarPark : ::testing::Test {
  CarPark()
      : detector(testing::fleet, [](std::string_view) {
          Contract contract;
          contract.interval_s = 10;
          return contract;
        }) {
    say(testing::fact("", 0, facts::ProfileAdded{ProfileId("tracker"), ""}));
    for (int i = 0; i < 40; ++i)
      say(testing::fact(name(i), 0, facts::DeviceAdded{DeviceId(name(i)), ProfileId("tracker"), {}, {}}));
  }
  static std::string name(int i) { return "t-" + std::to_string(i); }
  // Two kilometres of car park; from device 20 on each in a town of its own.
  static Place place(int i) { return i < 20 ? moved(car_park, {100.0 * i, 0}) : moved(car_park, {0, 50'000.0 * i}); }
  void say(ledger::Entry one) {
    one.number = next++;
    const auto conclusions = detector.follow(one);
    for (const auto& alert : conclusions.raised) raised.push_back(alert);
  }
  void reports(int times, const std::vector<int>& jammed) {
    for (int i = 0; i < times; ++i, now += 10)
      for (int device = 0; device < 40; ++device) {
        const bool is = std::ranges::find(jammed, device) != jammed.end();
        say(testing::telemetry(name(device), now, report(place(device), i + device, is)));
      }
  }
  std::vector<facts::AlertRaised> of(facts::AlertLevel level) const {
    std::vector<facts::AlertRaised> out;
    for (const auto& alert : raised)
      if (alert.level == level) out.push_back(alert);
    return out;
  }
  Detector detector;
  std::vector<facts::AlertRaised> raised;
  std::uint64_t next = 0;
  double now = 60;
};

TEST_F(CarPark, OneDeviceThatIsJammedIsATicket) {
  reports(100, {});
  reports(30, {3});
  EXPECT_TRUE(of(facts::AlertLevel::page).empty());
  ASSERT_EQ(of(facts::AlertLevel::ticket).size(), 1U);
  EXPECT_EQ(raised[0].threat, "gnss-jamming");
}

TEST_F(CarPark, SeveralAreOneIncidentThatPages) {
  reports(100, {});
  EXPECT_TRUE(raised.empty());
  reports(30, {3, 4, 5, 6});
  const auto pages = of(facts::AlertLevel::page);
  ASSERT_EQ(pages.size(), 1U);
  EXPECT_EQ(pages[0].threat, "gnss-jamming");
  EXPECT_GE(pages[0].devices.size(), 3U);
  EXPECT_TRUE(of(facts::AlertLevel::ticket).empty());
}

TEST_F(CarPark, SeveralFarFromEachOtherAreNot) {
  reports(100, {});
  reports(30, {21, 25, 29});
  EXPECT_TRUE(of(facts::AlertLevel::page).empty());
  EXPECT_EQ(of(facts::AlertLevel::ticket).size(), 3U);
}

}  // namespace
}  // namespace outrider::detect
