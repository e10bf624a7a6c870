#include "detect/checks/traffic/traffic.h"

#include <gtest/gtest.h>

#include "detect/testing/watch.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr double minute = 60, hour = 3600, day = 86400;

struct Traffic : ::testing::Test {
  Traffic() : watch(contract()) {
    watch.add("t-0");
    watch.add("t-1");
    watch.open("t-0", "198.51.100.1");
    watch.open("t-1", "198.51.100.2");
  }
  static Contract contract() {
    Contract out;
    out.interval_s = 60;
    out.messages_per_minute_max = 60;
    return out;
  }
  void reports(const std::string& device, double for_s, double every_s) {
    for (const double until = watch.now + for_s; watch.now < until; watch.now += every_s) watch.report(device);
  }
  void wait(double for_s) {
    for (const double until = watch.now + for_s; watch.now < until; watch.now += minute) watch.tick();
  }
  Watch watch;
};

TEST_F(Traffic, TicketsAFlood) {
  reports("t-0", 6 * hour, 60);
  const double began = watch.now;
  reports("t-0", minute, 0.5);
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::ticket);
  EXPECT_LE(watch.now - began, minute);
}

TEST_F(Traffic, SeesASteadySurplusByItsSum) {
  reports("t-0", 6 * hour, 60);
  reports("t-0", 15 * minute, 4);  // fifteen a minute, each minute little remarkable
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::ticket);
}

TEST_F(Traffic, LetsAVehicleReportOftenerWhileItDrives) {
  for (int i = 0; i < 14; ++i) {
    reports("t-0", 8 * hour, 3600);
    reports("t-0", hour, 15);
  }
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::none);
}

TEST_F(Traffic, LetsAFerryCatchUp) {
  reports("t-0", 6 * hour, 60);
  watch.now += 12 * hour;
  reports("t-0", 5 * minute, 0.5);  // six hundred of the seven hundred and twenty that it kept
  watch.refuse("t-0", "publish", "d/t-0/telemetry", "rate-exceeded", 700);
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::none);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Traffic, DoesNotMindHowManyTimesAReportHolds) {
  reports("t-0", hour, 60);
  std::string records = "[";
  for (int i = 0; i < 200; ++i)
    records +=
        (i == 0 ? "" : ",") + std::string(R"({"n":"battery","u":"%","v":80,"t":-)") + std::to_string(200 - i) + "}";
  watch.report("t-0", records + "]");
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::none);
}

TEST_F(Traffic, ProvesAFloodThatTheContractStops) {
  reports("t-0", hour, 60);
  for (int i = 0; i < 6; ++i) {
    watch.now += 10;
    watch.report("t-0");
    watch.refuse("t-0", "publish", "d/t-0/telemetry", "rate-exceeded", 1000);
  }
  EXPECT_EQ(watch.level("t-0", Threat::flooding), Level::page);
}

TEST_F(Traffic, NoticesReportsThatHaveGrown) {
  reports("t-0", 6 * hour, 60);
  const std::string big = R"([{"n":"battery","u":"%","v":80},{"n":"log","vs":")" + std::string(15'000, 'x') + R"("}])";
  for (int i = 0; i < 10; ++i) watch.report("t-0", big);
  EXPECT_GT(watch.nats("t-0", CheckId::byte_rate), 7);
}

TEST_F(Traffic, ProvesThatItSpeaksForOthers) {
  for (int i = 0; i < 3; ++i)
    watch.refuse("t-0", "publish", "d/t-1" + std::to_string(i) + "/telemetry", "foreign-topic");
  EXPECT_EQ(watch.pages(), 0U);
  for (int i = 3; i < 8; ++i)
    watch.refuse("t-0", "publish", "d/t-1" + std::to_string(i) + "/telemetry", "foreign-topic");
  EXPECT_EQ(watch.level("t-0", Threat::impersonation), Level::page);
}

TEST_F(Traffic, ProvesItOfOneEntryThatStandsForMany) {
  facts::AccessRefused refused{"t-0", "publish", "d/t-9/telemetry", "foreign-topic", "", "203.0.113.1:1", 900, 800};
  watch.say(testing::fact("t-0", 0, refused));
  EXPECT_EQ(watch.level("t-0", Threat::impersonation), Level::page);
}

TEST_F(Traffic, ProvesThatItListensToOthers) {
  for (int i = 0; i < 8; ++i)
    watch.refuse("t-0", "subscribe", "d/t-1" + std::to_string(i) + "/command", "foreign-topic");
  EXPECT_EQ(watch.level("t-0", Threat::lateral_movement), Level::page);
}

TEST_F(Traffic, TicketsAWildcard) {
  watch.refuse("t-0", "subscribe", "#", "cross-device-wildcard");
  EXPECT_EQ(watch.level("t-0", Threat::lateral_movement), Level::ticket);
  watch.refuse("t-1", "subscribe", "d/+/telemetry", "cross-device-wildcard");
  EXPECT_EQ(watch.level("t-1", Threat::lateral_movement), Level::ticket);
}

TEST_F(Traffic, ProvesThatItConnectsAsOthers) {
  for (int i = 0; i < 8; ++i) watch.refuse("t-0", "connect", "t-1" + std::to_string(i), "client-identifier-not-valid");
  EXPECT_EQ(watch.level("t-0", Threat::impersonation), Level::page);
}

TEST_F(Traffic, LetsAWrongTemplateBeAMistake) {
  for (int i = 0; i < 2000; ++i) {
    watch.now += minute;
    watch.refuse("t-0", "publish", "d/template/telemetry", "foreign-topic");
    watch.refuse("t-1", "publish", "sensors/" + std::to_string(i % 9), "foreign-topic");
  }
  EXPECT_EQ(watch.pages(), 0U);
  EXPECT_EQ(watch.level("t-0", Threat::impersonation), Level::none);
  EXPECT_EQ(watch.level("t-1", Threat::impersonation), Level::none);
}

TEST_F(Traffic, NoticesReportsThatMakeNoSense) {
  facts::ReportRefused refused;
  refused.device = DeviceId("t-0");
  refused.topic = "d/t-0/telemetry";
  refused.reason = "bad-json";
  watch.say(testing::fact("t-0", 0, refused));
  EXPECT_EQ(watch.level("t-0", Threat::stolen_credentials), Level::none);
  for (int i = 0; i < 30; ++i) watch.say(testing::fact("t-0", 1, refused));
  EXPECT_EQ(watch.level("t-0", Threat::stolen_credentials), Level::ticket);
}

TEST_F(Traffic, NoticesSilenceAgainstItsOwnRhythm) {
  reports("t-0", 20 * day, 300);
  wait(2 * hour);
  EXPECT_EQ(watch.level("t-0", Threat::silence), Level::none);
  wait(10 * hour);
  EXPECT_EQ(watch.level("t-0", Threat::silence), Level::ticket);
  EXPECT_EQ(watch.pages(), 0U);
}

// Twenty devices that report every quarter of an hour for ten days; of every hundred reports, `missing` in a row do not
// come.
struct Quarters {
  explicit Quarters(int missing) : watch(contract()) {
    for (int i = 0; i < 20; ++i) {
      watch.add(name(i));
      watch.open(name(i), "198.51.100.1");
    }
    for (int round = 0; round < 960; ++round, watch.now += 900)
      for (int i = 0; i < 20; ++i)
        if ((round + 5 * i) % 100 >= missing) watch.report(name(i));
  }
  static Contract contract() {
    Contract out;
    out.interval_s = 900;
    return out;
  }
  static std::string name(int i) { return "t-" + std::to_string(i); }
  // All report but the first one.
  void hush(int rounds) {
    for (int round = 0; round < rounds; ++round, watch.now += 900)
      for (int i = 1; i < 20; ++i) watch.report(name(i));
  }
  Watch watch;
};

TEST(Silence, ThreeReportsCountInAFleetThatNeverMissesOne) {
  Quarters quarters(0);
  quarters.hush(5);  // the last one came a quarter of an hour before
  EXPECT_GE(quarters.watch.nats("t-0", CheckId::silence), 2);
  EXPECT_EQ(quarters.watch.level("t-0", Threat::silence), Level::none);
  quarters.hush(96);
  EXPECT_EQ(quarters.watch.level("t-0", Threat::silence), Level::ticket);
  EXPECT_EQ(quarters.watch.pages(), 0U);
}

TEST(Silence, HolesThatTheWholeFleetDrivesThroughAreEverydayLife) {
  Quarters quarters(4);
  quarters.hush(5);
  EXPECT_EQ(quarters.watch.nats("t-0", CheckId::silence), 0);
  EXPECT_EQ(quarters.watch.nats("t-7", CheckId::silence), 0);
}

TEST(Rhythm, ComesBackFromItsSnapshotAndRefusesOneThatMakesNoSense) {
  RhythmMemory rhythm;
  for (int i = 0; i < 5000; ++i) rhythm.add(900, i % 50 == 0 ? 3 : 0.5);
  ByteWriter out;
  rhythm.save(out);
  RhythmMemory again;
  ByteReader in(out.bytes());
  ASSERT_TRUE(again.load(in));
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(again.days(), rhythm.days());
  EXPECT_EQ(again.probability(2.5), rhythm.probability(2.5));
  Bytes bytes = out.bytes();
  std::ranges::fill(std::span(bytes).first(8), 0xff);  // not a number of days
  ByteReader bad(bytes);
  EXPECT_EQ(again.load(bad).error().code, Errc::corrupt);
  ByteReader half(ByteView(out.bytes()).first(20));
  EXPECT_FALSE(again.load(half));
  EXPECT_EQ(again.days(), rhythm.days());
}

TEST(Rhythm, LongerGapsAreNeverLikelierAndNothingIsImpossible) {
  RhythmMemory rhythm;
  for (int i = 0; i < 100'000; ++i) rhythm.add(900, i % 1000 == 0 ? 4 : 0.9);
  double before = 1;
  for (double ratio = 1; ratio < 1e6; ratio *= 1.1) {
    EXPECT_LE(rhythm.probability(ratio), before);
    EXPECT_GT(rhythm.probability(ratio), 0);
    before = rhythm.probability(ratio);
  }
}

TEST_F(Traffic, ExcusesAFlatBattery) {
  reports("t-0", 10 * day, 300);
  watch.report("t-0", R"([{"n":"battery","u":"%","v":4}])");
  wait(4 * hour);
  EXPECT_EQ(watch.nats("t-0", CheckId::silence), 0);
}

TEST_F(Traffic, ExcusesBadReception) {
  reports("t-0", 10 * day, 300);
  watch.report("t-0", R"([{"n":"rsrp","u":"dBm","v":-122}])");
  wait(hour);
  EXPECT_EQ(watch.nats("t-0", CheckId::silence), 0);
}

TEST_F(Traffic, KnowsADeviceThatSleepsForHours) {
  for (int i = 0; i < 30; ++i) {
    reports("t-0", 12 * hour, 300);
    wait(12 * hour);
  }
  watch.findings.clear();
  reports("t-0", 12 * hour, 300);
  wait(13 * hour);
  EXPECT_EQ(watch.level("t-0", Threat::silence), Level::none);
}

TEST_F(Traffic, NeverPagesForARebootStorm) {
  reports("t-0", day, 60);
  for (int i = 0; i < 60; ++i) {
    watch.now += 20;
    const auto session = watch.open("t-0", "198.51.100.1");
    watch.event("t-0", R"([{"n":"boot","vs":"watchdog"},{"n":"boot_count","v":)" + std::to_string(100 + i) + "}]");
    watch.close("t-0", session, "reset");
  }
  EXPECT_EQ(watch.pages(), 0U);
}

}  // namespace
}  // namespace outrider::detect
