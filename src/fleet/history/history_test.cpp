#include "fleet/history/history.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "facts/facts.h"
#include "fleet/history/retention.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using ::testing::ElementsAre;

class HistoryTest : public HouseSuite {
 protected:
  HistoryTest() : HouseSuite(at(100'000)) {
    EXPECT_TRUE(op().create_fleet());
    first_ = *ledger_.durable(demo);
  }

  void append(Kind kind, const std::string& device, std::string_view payload,
              ledger::Privacy privacy = ledger::Privacy::open) {
    ledger_.append({.kind = static_cast<std::uint16_t>(kind),
                    .fleet = demo,
                    .subject = {ledger::SubjectKind::device, device},
                    .content_type = "application/senml+json",
                    .payload = to_bytes(as_bytes(payload)),
                    .privacy = privacy},
                   [](const auto&) {});
  }
  // A report of one temperature, `seconds` after the start.
  void report(const std::string& device, double value, int seconds, ledger::Privacy privacy = ledger::Privacy::open) {
    append(Kind::telemetry, device,
           fmt::format(R"([{{"n":"temperature","u":"Cel","v":{},"t":{}}}])", value, start_s + seconds), privacy);
  }
  void shred(const std::string& device) {
    ASSERT_TRUE(ledger_.shred(demo, {ledger::SubjectKind::device, device}));
    ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, device},
                                    facts::KeyShredded{.subject = device, .why = "asked for", .by = "test"}),
                   [](const auto&) {});
  }
  // "name=value unit", in the order of the answer.
  std::vector<std::string> ask(ReadingQuery query) {
    house_->follow();
    query.fleet = demo;
    const auto readings = house_->history->readings(query);
    if (!readings) return {readings.error().text()};
    return words(*readings);
  }
  std::vector<std::string> latest(const std::string& device) {
    house_->follow();
    return words(*house_->history->latest(demo, DeviceId(device)));
  }
  static std::vector<std::string> words(const std::vector<Reading>& readings) {
    std::vector<std::string> out;
    for (const auto& reading : readings) {
      out.push_back(reading.name + "=" + json::compact(reading.to_json().at("value")) + " " + reading.unit);
    }
    return out;
  }
  static Timestamp at(int seconds) { return from_micros((start_s + seconds) * 1'000'000); }

  static constexpr std::int64_t start_s = 1'700'000'000;
  std::uint64_t first_ = 0;  // number of the first entry of the test
};

TEST_F(HistoryTest, KeepsNumbersTextsAndBooleansWithTimeUnitAndEntry) {
  append(
      Kind::telemetry, "t-1",
      R"([{"bt":1700000000,"n":"temperature","u":"Cel","v":4.5},{"n":"firmware","vs":"1.2"},{"n":"door","vb":true}])");
  EXPECT_THAT(ask({.device = DeviceId("t-1"), .order = Order::oldest_first}),
              ElementsAre("temperature=4.5 Cel", "firmware=\"1.2\" ", "door=true "));
  const auto reading = house_->history->latest(demo, DeviceId("t-1"))->at(2);
  EXPECT_EQ(reading.name, "temperature");
  EXPECT_EQ(reading.time, at(0));
  EXPECT_EQ(reading.entry, first_);
}

TEST_F(HistoryTest, EventsAreReadingsToo) {
  append(Kind::event, "t-1", R"([{"n":"door","vb":true}])");
  EXPECT_THAT(latest("t-1"), ElementsAre("door=true "));
}

TEST_F(HistoryTest, AnswersByTimeNameOrderAndLimit) {
  for (int i = 0; i < 10; ++i) report("t-1", i, i);
  append(Kind::telemetry, "t-1", R"([{"n":"battery","u":"%","v":50,"t":1700000004}])");
  report("t-2", 99, 5);
  const DeviceId device("t-1");
  EXPECT_THAT(ask({.device = device, .limit = 2}), ElementsAre("temperature=9.0 Cel", "temperature=8.0 Cel"));
  EXPECT_THAT(ask({.device = device, .since = at(3), .until = at(5), .order = Order::oldest_first}),
              ElementsAre("temperature=3.0 Cel", "temperature=4.0 Cel", "battery=50.0 %"));
  EXPECT_THAT(ask({.device = device, .name = "battery"}), ElementsAre("battery=50.0 %"));
  EXPECT_THAT(ask({.device = device, .name = "nothing"}), ElementsAre());
  EXPECT_THAT(ask({.device = DeviceId("nobody")}), ElementsAre());
}

TEST_F(HistoryTest, AReportThatCameTwiceIsTwoEntries) {
  report("t-1", 1, 0);
  report("t-1", 1, 0);
  EXPECT_EQ(ask({.device = DeviceId("t-1")}).size(), 2U);
}

TEST_F(HistoryTest, WithinOneReportTheFirstOfANameAndTimeCounts) {
  append(Kind::telemetry, "t-1", R"([{"n":"a","v":1,"t":1700000000},{"n":"a","v":2,"t":1700000000}])");
  EXPECT_THAT(ask({.device = DeviceId("t-1")}), ElementsAre("a=1.0 "));
  EXPECT_THAT(latest("t-1"), ElementsAre("a=1.0 "));
}

TEST_F(HistoryTest, WhatADeviceKeptAndSendsLaterDoesNotHideTheNewest) {
  report("t-1", 20, 100);
  report("t-1", 10, 50);
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=20.0 Cel"));
}

TEST_F(HistoryTest, AReadingFromTheFutureIsTheNewestOnlyUntilTheNextOne) {
  report("t-1", 1, 1'000'000'000);  // a clock that jumped by 30 years
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=1.0 Cel"));
  clock_.advance(std::chrono::seconds{10});
  report("t-1", 2, 100'005);
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=2.0 Cel"));
}

TEST_F(HistoryTest, WhatIsNotSenmlHasNoReadingsAndStopsNothing) {
  append(Kind::telemetry, "t-1", "not senml at all");
  append(Kind::telemetry, "t-1", "[]");
  report("t-1", 3, 0);
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=3.0 Cel"));
}

TEST_F(HistoryTest, ShreddingASubjectsKeyRemovesItsPersonalReadingsOnly) {
  report("t-1", 1, 0);
  report("t-1", 2, 1, ledger::Privacy::personal);
  report("t-2", 3, 2, ledger::Privacy::personal);
  EXPECT_EQ(ask({.device = DeviceId("t-1")}).size(), 2U);
  shred("t-1");
  EXPECT_THAT(ask({.device = DeviceId("t-1")}), ElementsAre("temperature=1.0 Cel"));
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=1.0 Cel")) << "the newest of what is left";
  EXPECT_THAT(latest("t-2"), ElementsAre("temperature=3.0 Cel"));
  report("t-1", 4, 5, ledger::Privacy::personal);
  EXPECT_THAT(latest("t-1"), ElementsAre("temperature=4.0 Cel")) << "with a new key";
}

TEST_F(HistoryTest, ShreddingTheKeyOfAnOperatorOfTheSameNameRemovesNothing) {
  report("t-1", 2, 1, ledger::Privacy::personal);
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::operator_, "t-1"},
                                  facts::KeyShredded{.subject = "t-1", .why = "", .by = ""}),
                 [](const auto&) {});
  EXPECT_EQ(ask({.device = DeviceId("t-1")}).size(), 1U);
}

TEST_F(HistoryTest, ShreddingInTheSameBatchAsTheReadingsRemovesThem) {
  report("t-1", 2, 1, ledger::Privacy::personal);
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, "t-1"},
                                  facts::KeyShredded{.subject = "t-1", .why = "", .by = ""}),
                 [](const auto&) {});
  EXPECT_THAT(ask({.device = DeviceId("t-1")}), ElementsAre());
}

TEST_F(HistoryTest, ARebuildAfterShreddingGivesTheSame) {
  report("t-1", 1, 0);
  report("t-1", 2, 1, ledger::Privacy::personal);
  house_->follow();
  shred("t-1");
  report("t-1", 3, 2, ledger::Privacy::personal);
  house_->follow();
  const std::string before = house_->dump();
  lose_database();
  EXPECT_EQ(house_->dump(), before);
}

TEST_F(HistoryTest, ReadingsOlderThanTheHorizonAreRemoved) {
  for (int i = 0; i < 10; ++i) report("t-1", i, i);
  report("t-2", 5, 0);
  house_->follow();
  const auto removed = house_->history->remove_before(demo, {DeviceId("t-1"), DeviceId("nobody")}, at(7));
  ASSERT_TRUE(removed) << removed.error().text();
  EXPECT_EQ(*removed, 7U);
  EXPECT_EQ(ask({.device = DeviceId("t-1")}).size(), 3U);
  EXPECT_EQ(*house_->history->count(), 4U);
}

TEST_F(HistoryTest, ReadingsLeaveWhenTheirProfilesRetentionIsOver) {
  Operator op{*house_->registry};
  ASSERT_TRUE(op.add_device("wearable", "medical-wearable"));  // 30 days
  ASSERT_TRUE(op.add_device("reefer", "container-reefer"));    // three years
  report("wearable", 1, 0);
  report("wearable", 2, 24 * 3600);
  report("reefer", 3, 0);
  house_->follow();
  const auto removed = enforce_retention(*house_->registry, *house_->history, at(30 * 24 * 3600 + 1));
  ASSERT_TRUE(removed) << removed.error().text();
  EXPECT_EQ(*removed, 1U);
  EXPECT_THAT(ask({.device = DeviceId("wearable")}), ElementsAre("temperature=2.0 Cel"));
  EXPECT_EQ(ask({.device = DeviceId("reefer")}).size(), 1U);
}

TEST_F(HistoryTest, ALimitBeyondTheLargestIsCut) {
  report("t-1", 1, 0);
  EXPECT_EQ(ask({.device = DeviceId("t-1"), .limit = 10'000'000}).size(), 1U);
  EXPECT_EQ(ask({.device = DeviceId("t-1"), .limit = 0}).size(), 1U);
}

}  // namespace
}  // namespace outrider::fleet
