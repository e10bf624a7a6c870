#include "detect/checks/tamper/tamper.h"

#include <gtest/gtest.h>

#include "detect/testing/watch.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr double minute = 60, hour = 3600, day = 86400;

struct Tamper : ::testing::Test {
  Tamper() : watch(contract()) {
    for (int i = 0; i < 20; ++i) {
      watch.add(name(i));
      watch.open(name(i), "198.51.100.1");
    }
  }
  static Contract contract() {
    Contract out;
    out.interval_s = 300;
    return out;
  }
  static std::string name(int i) { return "t-" + std::to_string(i); }
  static std::string runs(const std::string& version) { return R"([{"n":"firmware","vs":")" + version + R"("}])"; }
  // A box that reports that all is well.
  void quiet(const std::string& device, double for_s) {
    for (const double until = watch.now + for_s; watch.now < until; watch.now += 5 * minute)
      watch.report(device, R"([{"n":"light","u":"lx","v":0.4},{"n":"enclosure","vb":false},{"n":"power","vb":true}])");
  }
  Watch watch;
};

TEST_F(Tamper, LightThroughADoorThatIsReportedOpenIsDaylight) {
  quiet("t-0", day);
  watch.report("t-0", R"([{"n":"light","u":"lx","v":300},{"n":"door","vb":true}])");
  EXPECT_EQ(watch.nats("t-0", CheckId::light), 0);
  watch.report("t-0", R"([{"n":"light","u":"lx","v":300},{"n":"door","vb":false}])");
  EXPECT_GT(watch.nats("t-0", CheckId::light), 7);
  // An alarm of its own is one, whatever the door says.
  quiet("t-1", day);
  watch.event("t-1", R"([{"n":"light","u":"lx","v":300},{"n":"door","vb":true}])");
  EXPECT_GT(watch.nats("t-1", CheckId::light), 5);
}

TEST_F(Tamper, TicketsABoxThatIsOpened) {
  quiet("t-0", day);
  watch.event("t-0", R"([{"n":"enclosure","vb":true}])");
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::ticket);
}

TEST_F(Tamper, PagesForTheftWhenTheSupplyIsCutBehindAnOpenLid) {
  quiet("t-0", day);
  watch.event("t-0", R"([{"n":"enclosure","vb":true}])");
  watch.now += 30;
  watch.event("t-0", R"([{"n":"light","u":"lx","v":300}])");
  EXPECT_EQ(watch.pages(), 0U);
  watch.now += 60;
  watch.event("t-0", R"([{"n":"power","vb":false}])");
  EXPECT_EQ(watch.level("t-0", Threat::theft), Level::page);
}

TEST_F(Tamper, PagesForTheftWhenAnOpenedBoxFallsSilent) {
  quiet("t-0", day);
  watch.report("t-0", R"([{"n":"enclosure","vb":true},{"n":"light","u":"lx","v":300}])");
  EXPECT_EQ(watch.pages(), 0U);
  for (int i = 0; i < 20; ++i) {
    watch.now += minute;
    watch.tick();
  }
  EXPECT_EQ(watch.level("t-0", Threat::theft), Level::page);
}

TEST_F(Tamper, PagesForTheftWhenAnOpenedBoxHasAnotherSim) {
  watch.report("t-0", R"([{"n":"iccid","vs":"8949000000000000001"}])");
  quiet("t-0", day);
  watch.event("t-0", R"([{"n":"enclosure","vb":true}])");
  watch.event("t-0", R"([{"n":"power","vb":false}])");
  watch.now += 5 * minute;
  watch.report("t-0", R"([{"n":"iccid","vs":"8949000000000000002"}])");
  EXPECT_EQ(watch.level("t-0", Threat::theft), Level::page);
}

TEST_F(Tamper, LetsATunnelOrAFlatBatteryBeSilence) {
  quiet("t-0", day);
  for (int i = 0; i < 100; ++i) {
    watch.now += minute;
    watch.tick();
  }
  quiet("t-1", day);
  watch.report("t-1", R"([{"n":"battery","u":"%","v":3},{"n":"power","vb":false}])");
  for (int i = 0; i < 100; ++i) {
    watch.now += minute;
    watch.tick();
  }
  EXPECT_EQ(watch.level("t-0", Threat::theft), Level::none);
  EXPECT_EQ(watch.level("t-1", Threat::theft), Level::none);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Tamper, LetsAVehicleThatCutsTheSupplyWhereItParks) {
  for (int i = 0; i < 60; ++i) {
    watch.now += 12 * hour;
    watch.report("t-0", i % 2 == 0 ? R"([{"n":"power","vb":false}])" : R"([{"n":"power","vb":true}])");
  }
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::none);
  EXPECT_LT(watch.nats("t-0", CheckId::power_cut), 3);
}

TEST_F(Tamper, CountsARattlingSwitchAsOneOpening) {
  quiet("t-0", day);
  for (int i = 0; i < 200; ++i) {
    watch.now += 5;
    watch.report("t-0", i % 2 == 0 ? R"([{"n":"enclosure","vb":true}])" : R"([{"n":"enclosure","vb":false}])");
  }
  EXPECT_LT(watch.nats("t-0", CheckId::enclosure), 10);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Tamper, GetsUsedToABoxThatIsOpenedEveryDay) {
  for (int i = 0; i < 30; ++i) {
    watch.now += day;
    watch.event("t-0", R"([{"n":"enclosure","vb":true}])");
    watch.report("t-0", R"([{"n":"enclosure","vb":false}])");
  }
  watch.findings.clear();
  watch.now += 3 * day;
  watch.event("t-0", R"([{"n":"enclosure","vb":true}])");
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::none);
}

TEST_F(Tamper, LetsASensorOutsideTheBoxSeeTheDay) {
  for (int i = 0; i < 1000; ++i) {
    watch.now += 10 * minute;
    watch.report("t-0", i % 144 < 72 ? R"([{"n":"light","u":"lx","v":20000}])" : R"([{"n":"light","u":"lx","v":1}])");
  }
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::none);
  EXPECT_EQ(watch.nats("t-0", CheckId::light), 0);
}

TEST_F(Tamper, FindsAFallButNotAPothole) {
  for (int i = 0; i < 100; ++i) {
    watch.now += hour;
    watch.event("t-0", R"([{"n":"shock","u":"m/s2","v":45}])");
  }
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::none);
  watch.event("t-0", R"([{"n":"shock","u":"m/s2","v":500}])");
  EXPECT_EQ(watch.level("t-0", Threat::tampering), Level::ticket);
}

TEST_F(Tamper, NoticesABoxThatIsTurnedOver) {
  for (int i = 0; i < 20; ++i) watch.report("t-0", R"([{"n":"tilt","u":"deg","v":6}])");
  EXPECT_EQ(watch.nats("t-0", CheckId::tilt), 0);
  watch.report("t-0", R"([{"n":"tilt","u":"deg","v":100}])");
  EXPECT_GT(watch.nats("t-0", CheckId::tilt), 5);
}

TEST_F(Tamper, NoticesADoorThatOpensWhereNobodyStops) {
  const auto doors = [&](int times, const char* opened) {
    for (int i = 0; i < times; ++i) {
      watch.now += hour;
      watch.report("t-0", opened);
      watch.report("t-0", R"([{"n":"door","vb":false}])");
    }
  };
  doors(50, R"([{"n":"door","vb":true},{"n":"speed","u":"m/s","v":0}])");
  EXPECT_EQ(watch.nats("t-0", CheckId::door), 0);
  doors(1, R"([{"n":"door","vb":true},{"n":"speed","u":"m/s","v":20}])");
  EXPECT_GT(watch.nats("t-0", CheckId::door), 5);
  for (int i = 0; i < 50; ++i) {  // a delivery van drives with it open
    watch.now += hour;
    watch.report("t-1", R"([{"n":"door","vb":true},{"n":"speed","u":"m/s","v":6}])");
    watch.report("t-1", R"([{"n":"door","vb":false}])");
  }
  EXPECT_LT(watch.nats("t-1", CheckId::door), 4);
}

TEST_F(Tamper, ProvesARollback) {
  watch.report("t-0", runs("2.1.0"));
  watch.now += 30 * day;
  watch.report("t-0", runs("2.0.9"));
  EXPECT_EQ(watch.level("t-0", Threat::firmware_rollback), Level::page);
}

TEST_F(Tamper, LetsAFailedUpdateFallBackAndAReportComeLate) {
  watch.report("t-0", runs("2.0.0"));
  watch.now += 30 * day;
  watch.report("t-0", runs("2.1.0"));
  watch.now += hour;
  watch.report("t-0", runs("2.0.0"));
  EXPECT_EQ(watch.level("t-0", Threat::firmware_rollback), Level::none);
  watch.report("t-1", runs("2.0.0"));
  watch.now += 5 * day;
  watch.report("t-1", runs("2.1.0"));
  watch.now += 3 * hour;
  watch.report("t-1", R"([{"n":"firmware","vs":"2.0.0","t":-14400}])");
  EXPECT_EQ(watch.level("t-1", Threat::firmware_rollback), Level::none);
}

TEST_F(Tamper, LetsAMassUpdatePass) {
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("2.0.0"));
  watch.now += 30 * day;
  for (int i = 0; i < 20; ++i) {
    watch.now += minute;
    watch.report(name(i), runs("2.1.0"));
  }
  for (int i = 0; i < 20; ++i) EXPECT_EQ(watch.level(name(i), Threat::firmware_rollback), Level::none);
}

TEST_F(Tamper, PagesTheFirstThreeThatAreLedDownAndNoMore) {
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("2.0.0"));
  watch.now += 30 * day;
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("1.9.0"));
  EXPECT_EQ(watch.pages(), 3U);  // what they share is the fleet stage's to see
}

TEST_F(Tamper, PagesEachThatGoesDownByItselfHoweverManyDidBefore) {
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("2.0.0"));
  for (int i = 0; i < 6; ++i) {
    watch.now += 30 * hour;
    watch.report(name(i), runs("1.9.0"));
    EXPECT_EQ(watch.level(name(i), Threat::firmware_rollback), Level::page) << i;
  }
}

TEST_F(Tamper, TicketsAFirmwareThatNobodyElseEverRan) {
  for (int round = 0; round < 40; ++round)
    for (int i = 0; i < 20; ++i) {
      watch.now += day / 20;
      watch.report(name(i), runs("2." + std::to_string(round / 10) + ".0"));
      watch.report(name(i), runs("2." + std::to_string(round / 10) + ".1"));
    }
  watch.findings.clear();
  watch.report("t-0", runs("deadbeef-evil"));
  EXPECT_GT(watch.nats("t-0", CheckId::firmware_unknown), 4);
}

TEST_F(Tamper, NoticesWhoStaysBehindWhenItsPeersHaveMovedOn) {
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("2.0.0"));
  watch.now += day;
  for (int i = 1; i < 20; ++i) watch.report(name(i), runs("2.1.0"));
  watch.now += day;
  watch.report("t-0", runs("2.0.0"));
  EXPECT_EQ(watch.nats("t-0", CheckId::firmware_stale), 0);
  watch.now += 9 * day;
  watch.report("t-0", runs("2.0.0"));
  EXPECT_GT(watch.nats("t-0", CheckId::firmware_stale), 2.5F);
  EXPECT_EQ(watch.level("t-0", Threat::firmware_rollback), Level::none);  // a hint, not a ticket
}

TEST_F(Tamper, RemembersVersionsOverASnapshot) {
  for (int i = 0; i < 20; ++i) watch.report(name(i), runs("2." + std::to_string(i % 3) + ".0"));
  ByteWriter out;
  watch.engine.memory().tamper.save(out);
  TamperMemory loaded;
  ByteReader in(out.bytes());
  ASSERT_TRUE(loaded.load(in));
  ASSERT_TRUE(in.finish());
  ByteWriter again;
  loaded.save(again);
  EXPECT_EQ(out.bytes(), again.bytes());
}

}  // namespace
}  // namespace outrider::detect
