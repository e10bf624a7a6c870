#include "detect/replay/replay.h"

#include <gtest/gtest.h>

#include <set>

#include "base/testing/temporary_directory.h"
#include "detect/input/readings/firmware.h"
#include "detect/live/follower.h"
#include "detect/testing/entries.h"
#include "detect/testing/memory_ledger.h"

namespace outrider::detect {
namespace {

using namespace testing;

std::optional<Contract> read_contract(std::string_view) {
  Contract contract;
  contract.interval_s = 60;
  contract.channels[0] = "temperature";
  return contract;
}

bool go_on(std::uint64_t, std::uint64_t) {
  return true;
}

// A history that detection has followed; a snapshot in the middle.
struct Replaying : ::testing::Test {
  Replaying() {
    const FollowerRooms rooms{ledger, contracts, clock, directory.path()};
    Follower follower(rooms, fleet);
    EXPECT_TRUE(ledger.create_fleet(fleet));
    EXPECT_TRUE(follower.open());
    for (const auto& entry : random_entries(20261122, 3000, 12)) {
      clock.set(std::max(clock.now(), entry.received));
      ledger.append(testing::draft_of(entry), [](const auto&) {});
      EXPECT_TRUE(follower.step());
      if (entry.number == 1500) {
        EXPECT_TRUE(follower.save());
        middle = clock.now() + std::chrono::seconds{1};
      }
      if (entry.number <= 1500 || clock.now() < middle) before_middle = entry.number;
    }
    EXPECT_TRUE(follower.step());
    pages_and_tickets = follower.status().pages + follower.status().tickets;
    question.until = clock.now() + std::chrono::hours{1};
  }
  ReplayReport ask(const ReplayProgress& progress = go_on) {
    auto report = replay({ledger, read_contract, directory.path()}, question, progress);
    EXPECT_TRUE(report) << report.error().text();
    return report.value_or(ReplayReport());
  }

  testing_support::TemporaryDirectory directory;
  ManualClock clock{from_micros(start_us)};
  MemoryLedger ledger{clock};
  const ContractReader contracts = read_contract;
  Timestamp middle;
  std::uint64_t before_middle = 0;  // number of the last entry before it
  std::uint64_t pages_and_tickets = 0;
  ReplayQuestion question{.fleet = fleet, .since = from_micros(start_us)};
};

TEST_F(Replaying, SaysOfAWholeHistoryWhatWasSaid) {
  const auto before = *ledger.durable(fleet);
  const auto report = ask();
  EXPECT_EQ(report.begun_at, "the fleet's beginning");
  EXPECT_EQ(report.compared_with, "what was said");
  EXPECT_EQ(report.entries, before);
  EXPECT_EQ(report.entries_warm_up, 0U);
  EXPECT_GT(report.pages + report.tickets, 5U);
  EXPECT_EQ(report.pages, report.other_pages);
  EXPECT_EQ(report.tickets, report.other_tickets);
  EXPECT_EQ(report.alerts.size(), report.pages + report.tickets);
  for (const auto& alert : report.alerts) EXPECT_TRUE(alert.both) << alert.explanation;
  EXPECT_TRUE(report.missing.empty());
  EXPECT_EQ(*ledger.durable(fleet), before) << "a replay appends nothing";
}

TEST_F(Replaying, WarmsUpFromTheSnapshotWhenThatIsOlder) {
  question.since = middle;
  const auto fast = ask();
  EXPECT_NE(fast.begun_at.find("the snapshot at entry"), std::string::npos) << fast.begun_at;
  std::filesystem::remove(directory / "demo.snapshot");
  const auto whole = ask();
  EXPECT_EQ(whole.begun_at, "the fleet's beginning");
  EXPECT_GT(whole.entries_warm_up, fast.entries_warm_up + 1000);
  EXPECT_EQ(whole.entries, fast.entries);
  ASSERT_EQ(whole.alerts.size(), fast.alerts.size());
  for (std::size_t i = 0; i < whole.alerts.size(); ++i) EXPECT_EQ(whole.alerts[i].alert, fast.alerts[i].alert);
}

TEST_F(Replaying, ShowsWhatADialWouldChange) {
  question.since = middle;
  question.change = facts::DetectionTuned{.what = "ticket-risk", .factor = 1000};
  const auto deaf = ask();
  EXPECT_EQ(deaf.compared_with, "the dials as they are");
  // What was found before, and only waited for others like it, is said by both.
  for (const auto& alert : deaf.alerts) EXPECT_LE(alert.cause, before_middle) << alert.explanation;
  EXPECT_EQ(deaf.missing.size() + deaf.alerts.size(), deaf.other_pages + deaf.other_tickets);
  EXPECT_FALSE(deaf.missing.empty());
}

TEST_F(Replaying, ListensToTheChecksAskedForAlone) {
  const auto all = ask();
  std::set<std::string> threats;
  for (const auto& alert : all.alerts) threats.insert(alert.threat);
  ASSERT_GT(threats.size(), 1U);
  question.checks = {CheckId::enclosure};
  const auto some = ask();
  EXPECT_LT(some.alerts.size(), all.alerts.size());
  for (const auto& alert : some.alerts)
    EXPECT_TRUE(alert.threat == "tampering" || alert.threat == "theft") << alert.threat;
}

// The profile of the time: an edition of it is an entry as all else.
TEST(ReplayOfAProfile, HoldsEachReportToTheEditionOfItsTime) {
  constexpr double day = 86400;
  ManualClock clock(from_micros(start_us));
  MemoryLedger ledger(clock);
  ASSERT_TRUE(ledger.create_fleet(fleet));
  const auto say = [&](const ledger::Entry& entry) { ledger.append(testing::draft_of(entry), [](const auto&) {}); };
  const auto edition = [&](double at_s, const char* current) {
    say(fact("", at_s, facts::ProfileAdded{ProfileId("tracker"), current}));
  };
  const auto runs = [&](double at_s, const char* version) {
    say(telemetry("t-1", at_s, fmt::format(R"([{{"n":"firmware","vs":"{}"}}])", version)));
  };
  edition(0, "1.0.0");
  say(fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("tracker"), {}, {}}));
  runs(60, "1.0.0");
  runs(10 * day, "2.0.0");  // not in the list of that time
  edition(20 * day, "2.0.0");
  runs(30 * day, "2.0.0");
  testing_support::TemporaryDirectory directory;
  const auto only = [](std::string_view toml) -> std::optional<Contract> {
    Contract contract;
    contract.firmware.versions = {pack_firmware(toml)};
    contract.firmware.current = contract.firmware.versions[0];
    return contract;
  };
  const auto ask = [&](double since_s) {
    const ReplayQuestion question{.fleet = fleet,
                                  .since = from_micros(start_us + static_cast<std::int64_t>(since_s * 1e6)),
                                  .until = from_micros(start_us + static_cast<std::int64_t>(40 * day * 1e6))};
    return replay({ledger, only, directory.path()}, question, go_on).value_or(ReplayReport());
  };
  const auto whole = ask(0);
  ASSERT_EQ(whole.alerts.size(), 1U);
  EXPECT_EQ(whole.alerts[0].threat, "firmware-rollback");
  EXPECT_TRUE(ask(25 * day).alerts.empty());
}

TEST_F(Replaying, GoesOnBehindAnEntryOfAClockThatWasWrong) {
  const auto before = *ledger.durable(fleet);
  const auto now = clock.now();
  const auto tick = [&](Timestamp at) {
    auto draft = ledger::draft_of(fleet, {ledger::SubjectKind::fleet, fleet.value}, facts::ClockTicked{});
    draft.received = at;
    ASSERT_TRUE(ledger.append_and_wait(std::move(draft)));
  };
  tick(now + std::chrono::hours{24 * 365});
  for (int i = 0; i < 5; ++i) tick(now + std::chrono::seconds{i});
  EXPECT_EQ(ask().entries, before + 5);
}

TEST_F(Replaying, EndsWhenNobodyListens) {
  const auto ended = replay({ledger, read_contract, directory.path()}, question,
                            [](std::uint64_t done, std::uint64_t) { return done < 1024; });
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().reason, "cancelled");
}

TEST_F(Replaying, OfNoTimeIsRefused) {
  question.until = question.since;
  const auto refused = replay({ledger, read_contract, directory.path()}, question, go_on);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "bad-range");
}

}  // namespace
}  // namespace outrider::detect
