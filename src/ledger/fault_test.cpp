// Disks that are full or fail, through the Disk seam.
#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

#include "ledger/files/disk.h"
#include "ledger/ledger.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

const FleetId north{"north"};

// Fails what it is told to, where the name of the file has a certain part.
class FaultyDisk final : public Disk {
 public:
  Result<void> reserve(int fd, std::uint64_t bytes, std::string_view name) override {
    if (full) return fail(Errc::unavailable, std::string(disk_full_reason), "reserve: the disk is full");
    return Disk::reserve(fd, bytes, name);
  }
  Result<void> write_at(int fd, ByteView bytes, std::uint64_t offset, std::string_view name) override {
    if (fails(name) && fail_write) {
      // As a medium does that dies in between: a part is there.
      (void)Disk::write_at(fd, bytes.first(bytes.size() / 2), offset, name);
      return std::unexpected(system_error("write", name, EIO));
    }
    if (fails(name) && full_inside)
      return fail(Errc::unavailable, std::string(disk_full_reason), "write: the disk is full");
    return Disk::write_at(fd, bytes, offset, name);
  }
  Result<void> sync(int fd, std::string_view name) override {
    ++syncs;
    if (fails(name) && fail_sync) return std::unexpected(system_error("fdatasync", name, EIO));
    return Disk::sync(fd, name);
  }

  Result<void> sync_file_system(int fd, std::string_view name) override {
    ++syncs;
    if (fails(name) && fail_sync) return std::unexpected(system_error("syncfs", name, EIO));
    return Disk::sync_file_system(fd, name);
  }

  std::atomic<bool> full{false};         // for new reservations
  std::atomic<bool> full_inside{false};  // for writes, where nothing was reserved
  std::atomic<bool> fail_write{false};
  std::atomic<bool> fail_sync{false};
  std::atomic<int> syncs{0};
  std::string where = ".wal";

 private:
  bool fails(std::string_view name) const { return name.find(where) != std::string_view::npos; }
};

class FaultTest : public testing::Test {
 protected:
  std::unique_ptr<Ledger> open() {
    Options options = directory_.options();
    options.disk = &disk_;
    return TestDirectory::open(options);
  }
  std::unique_ptr<Ledger> open_with_north() {
    auto ledger = open();
    EXPECT_TRUE(ledger->create_fleet(north));
    return ledger;
  }
  std::uint64_t durable_after_restart() { return *directory_.open()->durable(north); }

  TestDirectory directory_;
  FaultyDisk disk_;
};

TEST_F(FaultTest, AFailedSyncRefusesEverythingUntilARestartAndLosesNothingAcknowledged) {
  auto ledger = open_with_north();
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "kept")));
  disk_.fail_sync = true;
  const auto lost = ledger->append_and_wait(draft("north", "t-1", "unknown"));
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Errc::unavailable);
  disk_.fail_sync = false;  // a second fsync would say yes, and lie
  const int syncs = disk_.syncs;
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "refused")).error().reason, "ledger-failed");
  EXPECT_EQ(disk_.syncs, syncs);
  EXPECT_FALSE(ledger->status().healthy);
  EXPECT_NE(ledger->status().problem.find("fdatasync"), std::string::npos);
  EXPECT_EQ(ledger->durable(north), 1U);
  EXPECT_EQ(as_text(ledger->read(north, 0, 1)->front().payload), "kept");
  ledger.reset();
  // The entry in doubt may be there or not; the refused one may not.
  ledger = directory_.open();
  const auto entries = *ledger->read(north, 0, 10);
  ASSERT_GE(entries.size(), 1U);
  ASSERT_LE(entries.size(), 2U);
  EXPECT_EQ(as_text(entries[0].payload), "kept");
  if (entries.size() == 2) EXPECT_EQ(as_text(entries[1].payload), "unknown");
}

TEST_F(FaultTest, AWriteThatDiesHalfWayIsCutOffAtTheNextStart) {
  auto ledger = open_with_north();
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "kept")));
  disk_.fail_write = true;
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", std::string(5000, 'x'))).error().code, Errc::unavailable);
  disk_.fail_write = false;
  ledger.reset();
  EXPECT_EQ(durable_after_restart(), 1U);
  EXPECT_TRUE(verify(directory_.options().directory)->ok());
}

TEST_F(FaultTest, AFullDiskRefusesNewWorkAndTakesItAgainByItselfWhenThereIsSpace) {
  auto ledger = open_with_north();
  disk_.full = true;
  const std::string large(20'000, 'x');
  std::uint64_t taken = 0;
  Error error;
  for (;;) {
    auto number = ledger->append_and_wait(draft("north", "t-1", large));
    if (!number) {
      error = number.error();
      break;
    }
    ASSERT_EQ(*number, taken++);
  }
  EXPECT_GT(taken, 5U);  // what was reserved is used up first
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.reason, disk_full_reason);
  EXPECT_FALSE(ledger->status().healthy);
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "small")).error().reason, disk_full_reason);
  EXPECT_EQ(ledger->read(north, 0, 100)->size(), taken);
  disk_.full = false;
  // Nobody tells it; it looks for itself.
  while (!ledger->status().healthy) std::this_thread::yield();
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "small")), taken);
  EXPECT_TRUE(ledger->status().healthy);
  ledger.reset();
  EXPECT_EQ(durable_after_restart(), taken + 1);
  EXPECT_TRUE(verify(directory_.options().directory)->ok());
}

TEST_F(FaultTest, AKeyThatCannotBeStoredSealsNothing) {
  auto ledger = open_with_north();
  disk_.where = "keyring";
  disk_.full_inside = true;
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "x", Privacy::personal)).error().reason, disk_full_reason);
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "open")), 0U);
  disk_.full_inside = false;
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "x", Privacy::personal)), 1U);
  disk_.fail_sync = true;
  EXPECT_FALSE(ledger->append_and_wait(draft("north", "t-2", "x", Privacy::personal)));
  EXPECT_FALSE(ledger->shred(north, {SubjectKind::device, "t-1"}));
  disk_.fail_sync = false;
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-3", "x", Privacy::personal)).error().reason, "keyring-failed");
  ledger.reset();
  EXPECT_EQ(durable_after_restart(), 2U);
  EXPECT_TRUE(verify(directory_.options().directory)->ok());
}

TEST_F(FaultTest, ATreeThatCannotBeWrittenIsWrittenLaterAndEntriesAreTakenMeanwhile) {
  auto ledger = open_with_north();
  for (const char* where : {"tile/", "signed", "checkpoint"}) {
    disk_.where = where;
    const std::uint64_t before = ledger->status().fleets.front().integrated;
    disk_.fail_sync = true;
    ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", where)));
    EXPECT_FALSE(ledger->publish(north)) << where;
    EXPECT_FALSE(ledger->publish(north)) << where;
    EXPECT_NE(ledger->status().problem, "") << where;
    EXPECT_TRUE(ledger->status().healthy);
    EXPECT_EQ(ledger->status().fleets.front().integrated, before);
    disk_.fail_sync = false;
    EXPECT_TRUE(ledger->publish(north)) << where;
    EXPECT_EQ(ledger->status().problem, "");
  }
  ledger.reset();
  EXPECT_TRUE(verify(directory_.options().directory)->ok());
}

TEST_F(FaultTest, ManyTilesAreSyncedTogetherAndNotPublishedWhenThatFails) {
  auto ledger = open_with_north();
  disk_.where = "tile/";
  disk_.fail_sync = true;
  constexpr int count = 2000;  // seven whole bundles and their tiles
  std::atomic<int> answers{0};
  for (int i = 0; i < count; ++i)
    ledger->append(draft("north", "t-1", std::to_string(i)), [&](const Result<std::uint64_t>&) { ++answers; });
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "last")));
  EXPECT_EQ(answers, count);
  EXPECT_FALSE(ledger->publish(north));
  EXPECT_EQ(ledger->status().fleets.front().integrated, 0U);
  EXPECT_NE(ledger->status().problem.find("syncfs"), std::string::npos);
  disk_.fail_sync = false;
  const int before = disk_.syncs;
  EXPECT_TRUE(ledger->publish(north));
  EXPECT_LE(disk_.syncs - before, 6);
  ledger.reset();
  EXPECT_TRUE(verify(directory_.options().directory)->ok());
}

TEST_F(FaultTest, EntriesFoundInTheLogAtStartDoNotCountAsFreedWhenTheyArePublished) {
  {
    auto ledger = open_with_north();
    disk_.where = "tile/";
    disk_.fail_sync = true;
    ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "not published before the restart")));
  }
  disk_.fail_sync = false;
  auto ledger = open();
  ASSERT_TRUE(ledger->publish(north));
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "taken as ever")), 1U);
}

TEST_F(FaultTest, EveryAppendIsAnsweredExactlyOnceWhateverHappens) {
  auto ledger = open_with_north();
  std::atomic<int> answers{0};
  constexpr int count = 2000;
  for (int i = 0; i < count; ++i) {
    if (i == count / 2) disk_.fail_sync = true;
    ledger->append(draft("north", "t-1", std::to_string(i)), [&](const Result<std::uint64_t>&) { ++answers; });
  }
  ledger->close();
  EXPECT_EQ(answers, count);
}

TEST_F(FaultTest, ABatchIsOneSyncHoweverManyWait) {
  auto ledger = open_with_north();
  // The first append's answer holds the writer until the others are queued.
  std::promise<void> queued;
  std::atomic<int> answers{0};
  ledger->append(draft("north", "t-1", "first"), [&](const Result<std::uint64_t>&) { queued.get_future().wait(); });
  const int before = disk_.syncs;
  for (int i = 0; i < 500; ++i) {
    ledger->append(draft("north", "t-1", std::to_string(i)), [&](const Result<std::uint64_t>&) { ++answers; });
  }
  queued.set_value();
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "last")));
  EXPECT_EQ(answers, 500);
  EXPECT_LE(disk_.syncs - before, 3);
}

}  // namespace
}  // namespace outrider::ledger
