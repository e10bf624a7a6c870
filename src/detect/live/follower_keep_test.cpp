#include "base/file.h"
#include "detect/live/snapshot/snapshot_file.h"
#include "detect/testing/following.h"

namespace outrider::detect {
namespace {

using namespace testing;

using Keeping = Following;

TEST_F(Keeping, SavesNothingWhileItHasSomethingToSay) {
  for (const auto& entry : random_entries(20261122, 2000, 12)) append(entry);
  ledger.fail_after(0);
  ASSERT_FALSE(follower->step());
  ASSERT_TRUE(follower->save());
  EXPECT_FALSE(*read_snapshot(snapshot_path(directory.path(), fleet)));
  ledger.fail_after(std::nullopt);
  follow();
  ASSERT_TRUE(follower->save());
  EXPECT_EQ((*read_snapshot(snapshot_path(directory.path(), fleet)))->next, *ledger.durable(fleet));
  EXPECT_EQ(said(), replayed());
}

TEST_F(Keeping, GoesOnFromItsSnapshot) {
  for (const auto& entry : random_entries(1, 500, 3)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  restart();
  EXPECT_EQ(follower->status().next, *ledger.durable(fleet));
  EXPECT_EQ(book.next_, *ledger.durable(fleet));
  EXPECT_EQ(follower->unsaved(), 0U);
  EXPECT_TRUE(follower->status().problem.empty());
}

TEST_F(Keeping, ReadsAgainAndSaysNothingTwiceWhenItsSnapshotIsDamaged) {
  for (const auto& entry : random_entries(20261122, 2000, 12)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  const auto before = said();
  ASSERT_FALSE(before.empty());
  const auto path = snapshot_path(directory.path(), fleet);
  auto bytes = *read_file(path, 1U << 30U);
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(write_file_atomic(path, bytes));
  restart();
  EXPECT_NE(follower->status().problem.find("damaged"), std::string::npos) << follower->status().problem;
  EXPECT_EQ(follower->status().next, 0U);
  follow();
  EXPECT_EQ(said(), before);
}

TEST_F(Keeping, BeginsAnewWhenASnapshotIsWholeAndYetNotReadable) {
  for (const auto& entry : random_entries(1, 300, 3)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  const auto path = snapshot_path(directory.path(), fleet);
  const auto good = **read_snapshot(path);
  auto of_another_book = good;
  of_another_book.book.pop_back();
  auto of_another_detector = good;
  of_another_detector.detector.pop_back();
  for (const auto& other : {of_another_book, of_another_detector}) {
    ASSERT_TRUE(write_snapshot(path, other));
    restart();
    EXPECT_EQ(follower->status().next, 0U);
    EXPECT_FALSE(follower->status().problem.empty());
    EXPECT_EQ(book.next_, 0U);
    follow();
    EXPECT_EQ(book.next_, *ledger.durable(fleet));
  }
  ASSERT_TRUE(write_snapshot(path, good));
  restart();
  EXPECT_TRUE(follower->status().problem.empty()) << follower->status().problem;
}

TEST_F(Keeping, PutsACursorRightThatIsAheadOfTheLedger) {
  for (const auto& entry : random_entries(20261122, 2000, 12)) append(entry);
  ASSERT_TRUE(ledger.save_cursor("detection", fleet, 5000));
  ledger.lose_cursor(true);
  restart();
  ledger.lose_cursor(false);
  EXPECT_EQ(*ledger.load_cursor("detection", fleet), 0U);
}

TEST_F(Keeping, ForgetsOnDiskWhatADataKeyKept) {
  ContractReader personal = [](std::string_view) {
    Contract contract;
    contract.personal = true;
    return std::optional(contract);
  };
  const FollowerRooms there{ledger, personal, clock, directory.path(), nullptr};
  follower = std::make_unique<Follower>(there, fleet);
  ASSERT_TRUE(follower->open());
  append(fact("", 0, facts::ProfileAdded{ProfileId("tracker"), "x"}));
  append(fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("tracker"), {}, {}}));
  append(fact("t-1", 1, facts::DeviceStateChanged{DeviceId("t-1"), {}, {}, facts::Lifecycle::active, "", "", {}}));
  for (int i = 0; i < 10; ++i) append(position("t-1", 60.0 * i, 48.1234, 11.5));
  append(position("t-1", 630, 52.5678, 13.4));
  append(position("t-1", 660, 48.1234, 11.5));
  follow();
  ASSERT_FALSE(of(Kind::alert_raised).empty());
  for (const auto& entry : of(Kind::alert_raised)) EXPECT_EQ(entry.privacy, ledger::Privacy::personal);
  ASSERT_TRUE(follower->save());
  const auto holds_the_place = [&] {
    const float place = 48.1234F;
    const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&place);
    const auto file = *read_file(snapshot_path(directory.path(), fleet), 1U << 30U);
    return !std::ranges::search(file, std::span(bytes, sizeof place)).empty();
  };
  EXPECT_TRUE(holds_the_place());
  EXPECT_FALSE(follower->must_save());
  append(fact("t-1", 700, facts::KeyShredded{"t-1", "request 12", "op"}));
  follow();
  EXPECT_TRUE(follower->must_save()) << "not in five minutes, but now";
  ASSERT_TRUE(follower->save());
  EXPECT_FALSE(holds_the_place());
  EXPECT_FALSE(follower->must_save());
  follower->look([&](const Engine& engine) {
    EXPECT_EQ(engine.state(1).lifecycle, static_cast<std::uint32_t>(facts::Lifecycle::active));
  });
}

TEST_F(Keeping, RemovesTheSnapshotWhenADataKeyGoesWhileDetectionIsOff) {
  for (const auto& entry : random_entries(1, 300, 3)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  rooms.detecting = false;
  restart();
  append(fact("t-1", 1e6, facts::KeyShredded{"t-1", "request 12", "op"}));
  follow();
  ASSERT_TRUE(follower->must_save());
  ASSERT_TRUE(follower->save());
  EXPECT_FALSE(*read_snapshot(snapshot_path(directory.path(), fleet)));
  EXPECT_FALSE(follower->must_save());
}

TEST_F(Keeping, DoesNotTakeTheSnapshotOfAnotherLedger) {
  for (const auto& entry : random_entries(1, 300, 3)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  MemoryLedger other(clock);
  ASSERT_TRUE(other.create_fleet(fleet));
  const FollowerRooms there{other, contracts, clock, directory.path(), &book};
  Follower of_other(there, fleet);
  ASSERT_TRUE(of_other.open());
  EXPECT_EQ(of_other.status().next, 0U);
  EXPECT_NE(of_other.status().problem.find("another ledger"), std::string::npos);
}

}  // namespace
}  // namespace outrider::detect
