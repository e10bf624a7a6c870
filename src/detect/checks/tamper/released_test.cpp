// Firmware against what the profile says is released.
#include "detect/checks/tamper/released.h"

#include <gtest/gtest.h>

#include "detect/testing/watch.h"

namespace outrider::detect {
namespace {

using testing::Watch;

constexpr double hour = 3600, day = 86400;
constexpr double start_s = static_cast<double>(testing::start_us) / 1e6;

ReleasedFirmware list(std::initializer_list<const char*> versions, const char* current) {
  ReleasedFirmware out;
  for (const char* version : versions) out.versions.push_back(pack_firmware(version));
  out.current = pack_firmware(current);
  return out;
}

TEST(ReleasedFirmware, OrdersByNumbersAndElseByTheList) {
  const auto released = list({"2.0.0", "nightly-77", "2.1.0", "nightly-90"}, "2.1.0");
  const auto is_older = [&](const char* one, const char* other) {
    return older(released, pack_firmware(one), pack_firmware(other));
  };
  EXPECT_TRUE(is_older("2.0.0", "2.1.0"));
  EXPECT_TRUE(is_older("1.0", "2.1.0"));  // no list is needed for numbers
  EXPECT_TRUE(is_older("nightly-77", "2.1.0"));
  EXPECT_TRUE(is_older("2.1.0", "nightly-90"));
  EXPECT_FALSE(is_older("nightly-90", "nightly-77"));
  EXPECT_FALSE(is_older("2.1.0", "2.1.0"));
  EXPECT_FALSE(is_older("nightly-1", "2.1.0"));  // nobody knows
  EXPECT_FALSE(is_older("2.1.0", "nightly-1"));
}

struct Released : ::testing::Test {
  Released() : watch(contract({})) {
    for (int i = 0; i < 20; ++i) watch.add(name(i));
  }
  static Contract contract(ReleasedFirmware firmware) {
    Contract out;
    out.profile = "tracker";
    out.interval_s = 300;
    out.firmware = std::move(firmware);
    return out;
  }
  static std::string name(int i) { return "t-" + std::to_string(i); }
  void release(ReleasedFirmware firmware) { watch.engine.add_contract(contract(std::move(firmware))); }
  void runs(int device, const std::string& version) {
    watch.report(name(device), R"([{"n":"firmware","vs":")" + version + R"("}])");
  }
  void all_run(const std::string& version) {
    for (int i = 0; i < 20; ++i) runs(i, version);
  }
  Level level(int device) const { return watch.level(name(device), Threat::firmware_rollback); }
  float nats(int device, CheckId check) const { return watch.nats(name(device), check); }
  double now() const { return start_s + watch.now; }
  Watch watch;
};

TEST_F(Released, FirmwareThatIsNotListedIsATicketFromTheFirstDevice) {
  release(list({"2.0.0", "2.1.0"}, "2.1.0"));
  runs(0, "2.1.0");
  runs(1, "6.6.6");
  runs(2, "evil");
  EXPECT_EQ(level(0), Level::none);
  EXPECT_EQ(level(1), Level::ticket);
  EXPECT_EQ(level(2), Level::ticket);
  EXPECT_EQ(watch.pages(), 0U);
  const auto& evidence = watch.findings.front().evidence[0];
  EXPECT_EQ(info(evidence.check)->explain(evidence),
            "firmware 6.6.6 runs, which is none of the 2 that its profile lists (current: 2.1.0)");
}

TEST_F(Released, AListThatNoLongerHasWhatRunsIsNoticedWithinADay) {
  all_run("2.0.0");
  watch.now += day;
  release(list({"2.1.0"}, "2.1.0"));
  watch.now += day;
  watch.report(name(0));  // many say their version only when they start
  EXPECT_EQ(level(0), Level::ticket);
}

TEST_F(Released, NewFirmwareThatIsListedSurprisesNobody) {
  for (int round = 0; round < 40; ++round) {
    watch.now += day;
    all_run(round % 2 == 0 ? "2.0.0" : "2.0.1");
  }
  watch.findings.clear();
  release(list({"2.0.0", "2.0.1", "nightly-77"}, "2.0.1"));
  runs(0, "nightly-77");
  EXPECT_EQ(nats(0, CheckId::firmware_unknown), 0);
  EXPECT_EQ(nats(0, CheckId::firmware_unlisted), 0);
}

TEST_F(Released, AllThatAreLedBelowTheCurrentVersionPage) {
  release(list({"1.9.0", "2.0.0"}, "2.0.0"));
  all_run("2.0.0");
  watch.now += 30 * day;
  all_run("1.9.0");  // without the profile's word three would have paged, and the others passed for a change of mind
  EXPECT_EQ(watch.pages(), 20U);
}

TEST_F(Released, ARollbackFromAVersionThatIsNoNumberIsProvenByTheList) {
  release(list({"nightly-77", "nightly-90"}, "nightly-90"));
  runs(0, "nightly-90");
  watch.now += day;
  runs(0, "nightly-77");
  EXPECT_EQ(level(0), Level::page);
  const auto& evidence = watch.findings.back().evidence[0];
  EXPECT_EQ(info(evidence.check)->explain(evidence),
            "firmware number 1 of its profile's list runs although number 2 of its profile's list had run since 24 h "
            "before");
}

TEST_F(Released, GoingBackToWhatTheProfileAsksForIsAnOperatorsChangeOfMind) {
  release(list({"2.0.0", "2.1.0"}, "2.1.0"));
  all_run("2.1.0");
  watch.now += 10 * day;
  release(list({"2.0.0", "2.1.0"}, "2.0.0"));
  all_run("2.0.0");
  EXPECT_TRUE(watch.findings.empty());
  watch.now += day;
  runs(0, "2.1.0");
  watch.now += day;
  runs(0, "2.0.0");  // what is asked for, again
  EXPECT_TRUE(watch.findings.empty());
}

TEST_F(Released, WhatIsNotOutYetIsTriedAndLeftAgain) {
  auto released = list({"2.0.0", "2.1.0"}, "2.1.0");
  released.since_s = now() + 30 * day;
  release(released);
  for (int i = 0; i < 8; ++i) runs(i, "2.1.0");
  watch.now += day;
  for (int i = 0; i < 8; ++i) runs(i, "2.0.0");
  EXPECT_EQ(level(0), Level::page);  // one alone may be anything
  EXPECT_EQ(level(7), Level::none);  // many, and the profile does not say that they must not
}

TEST_F(Released, AFailedUpdateStillFallsBack) {
  release(list({"2.0.0", "2.1.0"}, "2.1.0"));
  runs(0, "2.0.0");
  watch.now += day;
  runs(0, "2.1.0");
  watch.now += hour;
  runs(0, "2.0.0");
  EXPECT_EQ(level(0), Level::none);
  EXPECT_GT(nats(0, CheckId::firmware_fallback), 2);
}

TEST_F(Released, WhoHasNotUpdatedInTimeIsATicketAndNoPage) {
  auto released = list({"2.0.0", "2.1.0"}, "2.1.0");
  released.since_s = now() + day;
  released.by_s = now() + 8 * day;
  release(released);
  all_run("2.0.0");
  for (int i = 0; i < 7; ++i) {
    watch.now += day;
    runs(0, "2.0.0");
    runs(1, i < 3 ? "2.0.0" : "2.1.0");
  }
  EXPECT_TRUE(watch.findings.empty());
  for (int i = 0; i < 3; ++i) {
    watch.now += day;
    runs(0, "2.0.0");
    runs(1, "2.1.0");
  }
  EXPECT_EQ(level(0), Level::ticket);
  EXPECT_EQ(level(1), Level::none);
  EXPECT_EQ(watch.pages(), 0U);
}

TEST_F(Released, WhoSleptThroughTheTimeHasADayToUpdate) {
  auto released = list({"2.0.0", "2.1.0"}, "2.1.0");
  released.since_s = now() + day;
  released.by_s = now() + 8 * day;
  release(released);
  runs(0, "2.0.0");
  runs(1, "2.0.0");
  watch.now += 20 * day;
  runs(0, "2.0.0");
  runs(1, "2.0.0");
  watch.now += hour;
  runs(0, "2.1.0");
  watch.now += 2 * day;
  runs(0, "2.1.0");
  runs(1, "2.0.0");
  EXPECT_EQ(level(0), Level::none);
  EXPECT_EQ(level(1), Level::ticket);
}

}  // namespace
}  // namespace outrider::detect
