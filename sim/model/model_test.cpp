// Every model through simulated days: what a physicist, a network engineer or a detector would find suspicious must not
// happen in a benign fleet.
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "sim/model/catalogue.h"
#include "sim/model/parts/reefer_box.h"
#include "sim/model/parts/vehicle.h"
#include "sim/model/world/climate.h"
#include "sim/model/world/corridors.h"
#include "sim/model/world/geo.h"
#include "sim/model/world/radio.h"

namespace outrider::sim {
namespace {

using Sample = std::map<std::string, std::variant<double, bool, std::string>>;

Sample sample(DeviceModel& model) {
  Report report;
  model.report(report);
  Sample out;
  for (const auto& reading : report.readings()) {
    const auto added = std::visit(
        [&](auto v) {
          if constexpr (std::same_as<decltype(v), std::string_view>)
            return out.emplace(reading.name, std::string(v)).second;
          else
            return out.emplace(reading.name, v).second;
        },
        reading.value);
    EXPECT_TRUE(added) << reading.name << " is reported twice";
  }
  return out;
}

double number(const Sample& s, const std::string& name) {
  const auto found = s.find(name);
  if (found == s.end()) {
    ADD_FAILURE() << "no " << name;
    return 0;
  }
  return std::get<double>(found->second);
}
bool flag(const Sample& s, const std::string& name) {
  return std::get<bool>(s.at(name));
}

class EveryModel : public testing::TestWithParam<ModelEntry> {};

TEST_P(EveryModel, GivesTheSameReportsForTheSameSeed) {
  const auto run = [&](std::uint64_t seed) {
    auto model = GetParam().make({.seed = seed, .boot_count = 1});
    std::vector<Sample> out;
    for (int i = 0; i < 50; ++i) {
      model->advance(37.5);
      out.push_back(sample(*model));
    }
    return out;
  };
  EXPECT_EQ(run(7), run(7));
  EXPECT_NE(run(7), run(8));
}

TEST_P(EveryModel, DoesNotCareHowTimeIsCutIntoPieces) {
  auto coarse = GetParam().make({.seed = 3, .boot_count = 1});
  auto fine = GetParam().make({.seed = 3, .boot_count = 1});
  coarse->advance(600);
  for (int i = 0; i < 1200; ++i) fine->advance(0.5);
  EXPECT_EQ(sample(*coarse), sample(*fine));
}

TEST_P(EveryModel, CountsItsBoots) {
  auto model = GetParam().make({.seed = 1, .boot_count = 4});
  EXPECT_EQ(number(sample(*model), "boot_count"), 4);
}

TEST_P(EveryModel, KeepsItsPlaceItsBatteryAndItsNetworkPlausibleForADay) {
  // 40 m/s is a little more than a van at 119 km/h; the error of a fix may add some metres between two reports.
  constexpr double speed_max = 40.0;
  constexpr double fix_error_m = 120.0;
  constexpr double step_s = 60.0;
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    auto model = GetParam().make({.seed = seed, .boot_count = 1});
    auto before = sample(*model);
    for (double t = step_s; t <= day_s; t += step_s) {
      model->advance(step_s);
      const auto now = sample(*model);
      if (now.contains("lat")) {
        const Position a{number(before, "lat"), number(before, "lon")};
        const Position b{number(now, "lat"), number(now, "lon")};
        ASSERT_LE(distance_m(a, b), speed_max * step_s + fix_error_m) << "seed " << seed << " teleported at " << t;
      }
      if (now.contains("speed")) {
        ASSERT_GE(number(now, "speed"), 0);
        ASSERT_LE(number(now, "speed"), speed_max);
      }
      if (now.contains("heading")) {
        ASSERT_GE(number(now, "heading"), 0);
        ASSERT_LT(number(now, "heading"), 360);
      }
      ASSERT_GE(number(now, "battery"), 0);
      ASSERT_LE(number(now, "battery"), 100);
      ASSERT_GE(number(now, "battery_v"), 2.8);
      ASSERT_LE(number(now, "battery_v"), 25.6);
      ASSERT_LE(number(now, "rsrp"), -44);
      ASSERT_GE(number(now, "rsrp"), -140);
      ASSERT_LE(number(now, "timing_advance"), 1282);  // TS 36.213, 4.2.3
      ASSERT_GE(number(now, "mcc"), 200);
      before = now;
    }
  }
}

TEST_P(EveryModel, SaysTheSameNamesInEveryReport) {
  auto model = GetParam().make({.seed = 5, .boot_count = 1});
  std::set<std::string> names;
  for (const auto& [name, value] : sample(*model)) names.insert(name);
  names.insert("pci");
  for (int i = 0; i < 200; ++i) {
    model->advance(300);
    std::set<std::string> now;
    for (const auto& [name, value] : sample(*model)) now.insert(name);
    now.insert("pci");  // left out on the GSM cell of a ship
    ASSERT_EQ(now, names);
  }
}

std::string name_of_model(const testing::TestParamInfo<ModelEntry>& info) {
  std::string out;
  for (const char c : info.param.profile) out += c == '-' ? '_' : c;
  return out;
}
INSTANTIATE_TEST_SUITE_P(Profiles, EveryModel, testing::ValuesIn(catalogue().begin(), catalogue().end()),
                         name_of_model);

TEST(Catalogue, SuggestsTheProfileThatWasMeant) {
  const auto none = model_of("fleet-traker");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().detail.find("did you mean 'fleet-tracker'"), std::string::npos) << none.error().detail;
}

TEST(FleetTracker, DrivesWithinTheLimitsOfALorryOrAVan) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    Random random(seed);
    RoadDriver driver(roads()[seed % roads().size()], seed % 2 == 0, 25.0, random);
    double before_speed = 0;
    double heading = driver.heading();
    double moved_m = 0;
    double still_s = 0;
    for (double t = 0; t < day_s; t += tick_road_s) {
      const Position was = driver.where().at;
      const bool turned = driver.arrived();
      if (turned) driver.turn_round(600);
      if (turned) heading = driver.heading();
      driver.tick(random);
      const double step = distance_m(was, driver.where().at);
      ASSERT_LE(driver.speed() - before_speed, road_limits.accelerate + 1e-9);
      ASSERT_LE(step, std::max(before_speed, driver.speed()) * 1.03 + 0.01) << "faster than it says";
      ASSERT_LE(std::abs(turn_deg(heading, driver.heading())), road_limits.turn + 1e-9);
      before_speed = driver.speed();
      heading = driver.heading();
      moved_m += step;
      still_s += driver.speed() < 0.1 ? 1 : 0;
    }
    EXPECT_GT(moved_m, 200e3) << "a day's work";
    EXPECT_GT(still_s, 45 * 60) << "drivers rest";
  }
}

TEST(FleetTracker, ChargesItsBatteryOnlyWhileTheEngineRuns) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    auto model = model_of("fleet-tracker").value()->make({.seed = seed, .boot_count = 1});
    auto before = sample(*model);
    for (int i = 0; i < 1440; ++i) {
      model->advance(60);
      const auto now = sample(*model);
      if (!flag(before, "ignition") && !flag(now, "ignition")) {
        ASSERT_LE(number(now, "battery"), number(before, "battery"));
      }
      before = now;
    }
  }
}

TEST(ContainerDry, NeverGainsChargeFromNothing) {
  auto model = model_of("container-dry").value()->make({.seed = 4, .boot_count = 1});
  double before = number(sample(*model), "battery");
  for (int i = 0; i < 24 * 7; ++i) {
    model->advance(3600);
    const double now = number(sample(*model), "battery");
    ASSERT_LE(now, before);
    before = now;
  }
}

TEST(Containers, CrossTheSeaByShipAndReachTheOtherShore) {
  auto model = model_of("container-dry").value()->make({.seed = 2, .boot_count = 1});
  std::set<double> countries;
  for (int i = 0; i < 24 * 25; ++i) {
    model->advance(3600);
    const auto now = sample(*model);
    countries.insert(number(now, "mcc"));
    if (number(now, "mcc") == 901) {
      ASSERT_LE(number(now, "speed"), 11.0);  // 21 knots
    }
  }
  EXPECT_TRUE(countries.contains(901)) << "twenty-five days without a ship";
  EXPECT_GE(countries.size(), 3U);
}

TEST(ContainerReefer, HoldsItsTemperatureByADutyCycle) {
  Random random(1);
  ReeferBox box(-20, random);
  double running_s = 0;
  int starts = 0;
  double before = box.return_air();
  for (int t = 0; t < 86'400; ++t) {
    const bool was = box.compressor();
    box.tick(1, 32, true, false, random);
    running_s += box.compressor() ? 1 : 0;
    starts += !was && box.compressor() ? 1 : 0;
    ASSERT_NEAR(box.return_air(), -20, 2.0);
    ASSERT_LE(std::abs(box.return_air() - before), 0.1) << "no air changes that fast behind a closed door";
    before = box.return_air();
  }
  EXPECT_GT(running_s / 86'400, 0.15);
  EXPECT_LT(running_s / 86'400, 0.75);
  EXPECT_GT(starts, 20);
  EXPECT_LT(starts, 400);
}

TEST(ContainerReefer, WarmsThroughAnOpenDoorAndWithoutPowerButSlowly) {
  Random random(2);
  ReeferBox open(4, random);
  for (int t = 0; t < 900; ++t) open.tick(1, 30, true, true, random);
  EXPECT_GT(open.return_air(), 9);
  EXPECT_LT(open.return_air(), 26);
  for (int t = 0; t < 7200; ++t) open.tick(1, 30, true, false, random);
  EXPECT_NEAR(open.return_air(), 4, 2.0) << "an hour or two later it is cold again";

  ReeferBox dark(-18, random);
  for (int t = 0; t < 12 * 3600; ++t) dark.tick(1, 30, false, false, random);
  EXPECT_GT(dark.return_air(), -18);
  EXPECT_LT(dark.return_air(), 5) << "twelve hours do not thaw eighteen tonnes";
}

TEST(MedicalWearable, HasAHeartThatFollowsItsOwner) {
  auto model = model_of("medical-wearable").value()->make({.seed = 9, .boot_count = 1});
  double low = 300;
  double high = 0;
  double before = number(sample(*model), "heart_rate");
  for (int i = 0; i < 8640; ++i) {
    model->advance(10);
    const auto now = sample(*model);
    const double rate = number(now, "heart_rate");
    ASSERT_LE(std::abs(rate - before), 25) << "within ten seconds";
    ASSERT_GE(number(now, "spo2"), 88);
    ASSERT_LE(number(now, "spo2"), 100);
    low = std::min(low, rate);
    high = std::max(high, rate);
    before = rate;
  }
  EXPECT_GT(low, 40);
  EXPECT_LT(high, 140);
  EXPECT_GT(high - low, 20);
}

TEST(DroneSensor, FliesLandsAndChargesInADay) {
  auto model = model_of("drone-sensor").value()->make({.seed = 3, .boot_count = 1});
  double low = 1e9;
  double high = -1e9;
  int flights = 0;
  bool was = false;
  for (int i = 0; i < 86'400 / 5; ++i) {
    model->advance(5);
    const auto now = sample(*model);
    low = std::min(low, number(now, "alt"));
    high = std::max(high, number(now, "alt"));
    const bool armed = flag(now, "armed");
    flights += armed && !was ? 1 : 0;
    was = armed;
    ASSERT_GT(number(now, "battery"), 10) << "it fell out of the sky";
  }
  EXPECT_GT(high - low, 30);
  EXPECT_LT(high - low, 160) << "120 m is the law";
  EXPECT_GE(flights, 4);
}

TEST(Corridors, KeepTheirRoadPointsCloseTogether) {
  for (const auto& road : roads()) {
    for (std::size_t i = 1; i < road.points().size(); ++i) {
      EXPECT_LE(distance_m(road.points()[i - 1].at, road.points()[i].at), 95e3) << road.name() << " leg " << i;
    }
  }
}

TEST(Corridors, JoinTheirLegsInsideAHarbour) {
  for (const auto& journey : journeys()) {
    const auto end = [](const Corridor& c, bool onwards) {
      return onwards ? c.points().back().at : c.points().front().at;
    };
    EXPECT_LE(distance_m(end(*journey.inland, journey.inland_onwards), end(*journey.lane, !journey.lane_onwards)), 15e3)
        << journey.inland->name() << " to " << journey.lane->name();
    EXPECT_LE(
        distance_m(end(*journey.lane, journey.lane_onwards), end(*journey.hinterland, !journey.hinterland_onwards)),
        15e3)
        << journey.lane->name() << " to " << journey.hinterland->name();
  }
}

TEST(Modem, StaysOnItsCellUntilAnotherIsClearlyBetter) {
  Random random(1);
  Modem modem(Access::lte);
  Position at{51.9, 4.5};
  int handovers = 0;
  std::int64_t before = 0;
  for (int i = 0; i < 2000; ++i) {  // 40 km eastwards
    at = moved(at, 90, 20);
    modem.camp(at, 204, 0, 0, random);
    const std::int64_t site = modem.serving().cell >> 8;
    handovers += site != before ? 1 : 0;
    before = site;
    EXPECT_LE(modem.serving().timing_advance * 78.12, 5000.0);
  }
  EXPECT_GE(handovers, 8);
  EXPECT_LE(handovers, 30);
}

}  // namespace
}  // namespace outrider::sim
