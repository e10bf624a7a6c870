#include "server/anchor/anchor.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

namespace fs = std::filesystem;

class AnchorTest : public testing::Test {
 protected:
  fs::path ledger_directory() const { return directory_.path() / "ledger"; }
  fs::path file() const { return directory_.path() / "anchor"; }
  std::unique_ptr<ledger::Ledger> open() {
    auto ledger = ledger::Ledger::open({.directory = ledger_directory()});
    EXPECT_TRUE(ledger) << ledger.error().text();
    return *std::move(ledger);
  }
  static void say(ledger::Ledger& ledger, const std::string& why) {
    const facts::KeyShredded fact{.subject = "t-1", .why = why, .by = "test"};
    ASSERT_TRUE(ledger.append_and_wait(ledger::draft_of(FleetId("demo"), {ledger::SubjectKind::device, "t-1"}, fact)));
    ASSERT_TRUE(ledger.publish(FleetId("demo")));
  }
  void note(const ledger::Ledger& ledger, std::uint64_t number = 0) {
    auto anchor = Anchor::open(file());
    ASSERT_TRUE(anchor);
    ASSERT_TRUE(anchor->note(ledger, [&](const FleetId&) { return number; }, system_clock().now()));
  }
  std::vector<facts::RollbackAccepted> contradictions() {
    const auto anchor = Anchor::open(file());
    EXPECT_TRUE(anchor);
    auto found = anchor->contradictions(ledger_directory());
    EXPECT_TRUE(found) << found.error().text();
    return found ? *std::move(found) : std::vector<facts::RollbackAccepted>{};
  }

  TempDirectory directory_;
};

TEST_F(AnchorTest, ALedgerThatGoesOnIsBelieved) {
  EXPECT_TRUE(Anchor::open(file())->empty());
  {
    auto ledger = open();
    ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
    say(*ledger, "one");
    note(*ledger);
    EXPECT_TRUE(contradictions().empty());
    for (int i = 0; i < 300; ++i) say(*ledger, "more");  // beyond a tile
    ledger->close();
  }
  EXPECT_TRUE(contradictions().empty());
}

TEST_F(AnchorTest, AnOlderCopyIsNoticedAndSaysHowMuchIsMissing) {
  auto ledger = open();
  ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
  say(*ledger, "one");
  fs::copy(ledger_directory(), directory_.path() / "copy", fs::copy_options::recursive);
  say(*ledger, "a revocation, say");
  note(*ledger, 7);
  ledger->close();
  ledger.reset();
  fs::remove_all(ledger_directory());
  fs::rename(directory_.path() / "copy", ledger_directory());
  const auto found = contradictions();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].fleet, FleetId("demo"));
  EXPECT_EQ(found[0].seen_size, 2U);
  EXPECT_EQ(found[0].size, 1U);
  EXPECT_EQ(rolled_back(found, file()).reason, "ledger-rolled-back");
  EXPECT_EQ(Anchor::open(file())->list_number(FleetId("demo")), 7U);
}

TEST_F(AnchorTest, AnAcceptedRollbackForgetsTheCheckpointAndKeepsTheNumberOfTheList) {
  auto ledger = open();
  ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
  say(*ledger, "one");
  note(*ledger, 7);
  auto anchor = Anchor::open(file());
  ASSERT_TRUE(anchor);
  anchor->forget(FleetId("demo"));
  EXPECT_EQ(anchor->list_number(FleetId("demo")), 7U);
  EXPECT_TRUE(anchor->contradictions(directory_.path() / "elsewhere")->empty());
  ASSERT_TRUE(anchor->note(*ledger, {}, system_clock().now()));
  EXPECT_EQ(Anchor::open(file())->list_number(FleetId("demo")), 7U);
  EXPECT_TRUE(contradictions().empty());
}

TEST_F(AnchorTest, ACopyThatWentOnDifferentlyIsNoticedHoweverLongItIs) {
  auto ledger = open();
  ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
  say(*ledger, "one");
  fs::copy(ledger_directory(), directory_.path() / "copy", fs::copy_options::recursive);
  say(*ledger, "a revocation, say");
  note(*ledger);
  ledger->close();
  ledger.reset();
  fs::remove_all(ledger_directory());
  fs::rename(directory_.path() / "copy", ledger_directory());
  ledger = open();
  for (int i = 0; i < 5; ++i) say(*ledger, "something else");
  ledger->close();
  EXPECT_EQ(contradictions().size(), 1U);
}

TEST_F(AnchorTest, AnotherLedgerOfTheSameNameIsNoticedAndSoIsNone) {
  auto ledger = open();
  ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
  say(*ledger, "one");
  note(*ledger);
  ledger->close();
  ledger.reset();
  fs::remove_all(ledger_directory());
  EXPECT_EQ(contradictions().size(), 1U);
  ledger = open();
  ASSERT_TRUE(ledger->create_fleet(FleetId("demo")));
  for (int i = 0; i < 5; ++i) say(*ledger, "one");
  EXPECT_EQ(contradictions().size(), 1U);
  auto anchor = Anchor::open(file()).value();
  anchor.forget(FleetId("demo"));
  ASSERT_TRUE(anchor.note(*ledger, {}, system_clock().now()));
  EXPECT_TRUE(contradictions().empty()) << "accepted";
}

TEST_F(AnchorTest, ADamagedAnchorIsNotAnEmptyOne) {
  ASSERT_TRUE(write_file_atomic(file(), "{}{}"));
  EXPECT_EQ(Anchor::open(file()).error().reason, "anchor-damaged");
}

TEST_F(AnchorTest, StandsBesideTheDataWhenNobodySaysWhere) {
  EXPECT_EQ(anchor_file("", "/var/lib/outrider"), "/var/lib/outrider.anchor");
  EXPECT_EQ(anchor_file("", "/var/lib/outrider/"), "/var/lib/outrider.anchor");
  EXPECT_EQ(anchor_file("/mnt/anchor", "/var/lib/outrider"), "/mnt/anchor");
}

}  // namespace
}  // namespace outrider::server
