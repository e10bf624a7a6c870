#include "detect/live/follower.h"

#include <random>

#include "detect/live/snapshot/snapshot_file.h"
#include "detect/testing/following.h"

namespace outrider::detect {
namespace {

using namespace testing;

TEST_F(Following, SaysEverythingOnceWhereverItIsKilled) {
  std::mt19937_64 random(4);
  for (const auto& entry : random_entries(20261122, 4000, 12)) {
    append(entry);
    const auto what = random() % 200;
    if (what < 20) follow();
    if (what < 4) ASSERT_TRUE(follower->save());
    if (what == 5) {  // the disk is full after some of what it wants to say, and the power fails
      ledger.fail_after(random() % 3);
      (void)follower->step();
      if (random() % 2 == 0) (void)follower->save();
      ledger.fail_after(std::nullopt);
    }
    if (what == 4 || what == 5) restart();
  }
  follow();
  EXPECT_GT(said().size(), 10U);
  EXPECT_EQ(said(), replayed());
  EXPECT_EQ(book.next_, *ledger.durable(fleet));
}

// As after an upgrade: what this version concludes of the past is not what the one before it said.
class ReadingAgain : public Following, public ::testing::WithParamInterface<std::size_t> {};

TEST_P(ReadingAgain, TellsOfNoGrowthOfAnAlertThatNobodyWasToldOf) {
  const auto history = random_entries(20261122, 4000, 12);
  for (std::size_t i = 0; i < GetParam(); ++i) append(history[i]);
  ASSERT_TRUE(ledger.save_cursor("detection", fleet, GetParam()));
  restart();
  ASSERT_TRUE(follower->step());
  ASSERT_TRUE(follower->save());
  restart();  // in the middle of reading again
  follow();
  EXPECT_TRUE(said().empty()) << "it is the past";
  for (std::size_t i = GetParam(); i < history.size(); ++i) append(history[i]);
  follow();
  std::set<std::string> raised;
  for (const auto& entry : entries()) {
    const auto kind = static_cast<Kind>(entry.kind);
    if (kind == Kind::alert_raised) raised.insert(fact_of<facts::AlertRaised>(entry)->alert);
    if (kind != Kind::alert_grown) continue;
    const auto alert = fact_of<facts::AlertGrown>(entry);
    EXPECT_TRUE(raised.contains(alert->alert)) << alert->explanation;
  }
  EXPECT_FALSE(raised.empty());
  const auto before = said();
  restart();  // without a snapshot of what came since
  follow();
  EXPECT_EQ(said(), before);
}

INSTANTIATE_TEST_SUITE_P(After, ReadingAgain, ::testing::Values(300, 1100, 2700, 3100, 3850, 3900),
                         [](const auto& entries) { return std::to_string(entries.param) + "Entries"; });

TEST_F(Following, TicksWhenNobodySpeaksWhoShould) {
  using namespace std::chrono_literals;
  append(fact("", 0, facts::ProfileAdded{ProfileId("tracker"), "x"}));
  append(fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("tracker"), {}, {}}));
  follow();
  clock.advance(1h);
  ASSERT_TRUE(follower->tick(60s));
  EXPECT_TRUE(of(Kind::clock_ticked).empty()) << "the device was never there";

  facts::IdentityIssued issued;
  issued.device = DeviceId("t-1");
  append(fact("t-1", 3601, issued));
  facts::SessionOpened opened;
  opened.device = DeviceId("t-1");
  append(fact("t-1", 3602, opened));
  follow();
  clock.advance(59s);
  ASSERT_TRUE(follower->tick(60s));
  EXPECT_TRUE(of(Kind::clock_ticked).empty());
  clock.advance(2s);
  ASSERT_TRUE(follower->tick(60s));
  ASSERT_TRUE(follower->tick(60s));
  EXPECT_EQ(of(Kind::clock_ticked).size(), 1U) << "one is enough until it is read";
  follow();
  clock.advance(61s);
  ASSERT_TRUE(follower->tick(60s));
  EXPECT_EQ(of(Kind::clock_ticked).size(), 2U);
}

TEST_F(Following, KeepsTheBookWhenDetectionIsOff) {
  rooms.detecting = false;
  restart();
  for (const auto& entry : random_entries(20261122, 2000, 12)) append(entry);
  follow();
  EXPECT_EQ(book.next_, 2000U);
  EXPECT_TRUE(said().empty());
  ASSERT_TRUE(follower->save());
  EXPECT_FALSE(*read_snapshot(snapshot_path(directory.path(), fleet)));
  rooms.detecting = true;
  restart();
  follow();
  EXPECT_EQ(said(), replayed());
  EXPECT_FALSE(said().empty());
}

}  // namespace
}  // namespace outrider::detect
