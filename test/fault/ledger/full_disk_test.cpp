// A file system that really is full. Needs the right to mount one; skipped otherwise (fault_test.cpp of the room has
// the same case through its seam).
#include <gtest/gtest.h>
#include <sys/mount.h>

#include <fstream>
#include <thread>

#include "ledger/ledger.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

class SmallDisk {
 public:
  explicit SmallDisk(std::filesystem::path path) : path_(std::move(path)) {
    std::filesystem::create_directories(path_);
    mounted_ = ::mount("none", path_.c_str(), "tmpfs", 0, "size=3m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path path_;
  bool mounted_ = false;
};

TEST(FullDisk, RefusesWithAReasonLosesNothingAndGoesOnWhenThereIsSpace) {
  const TestDirectory directory;
  const SmallDisk disk(directory.path() / "small");
  if (!disk.mounted()) GTEST_SKIP() << "mounting is not allowed here";
  Options options = directory.options();
  options.directory = directory.path() / "small/ledger";
  auto ledger = TestDirectory::open(options);
  const FleetId north("north");
  ASSERT_TRUE(ledger->create_fleet(north));
  const auto ballast = directory.path() / "small/ballast";
  {
    // Fills what the ledger has not reserved.
    std::ofstream out(ballast, std::ios::binary);
    const std::string block(64 * 1024, 'x');
    while (out.write(block.data(), static_cast<std::streamsize>(block.size())).flush()) {
    }
  }
  std::uint64_t taken = 0;
  Result<std::uint64_t> number = fail(Errc::internal, "");
  while ((number = ledger->append_and_wait(draft("north", "t-1", std::string(10'000, 'x')))))
    ASSERT_EQ(*number, taken++);
  EXPECT_GT(taken, 5U);
  EXPECT_EQ(number.error().code, Errc::unavailable);
  EXPECT_EQ(number.error().reason, "disk-full");
  std::filesystem::remove(ballast);
  while (!ledger->status().healthy) std::this_thread::yield();
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "there is space")), taken);
  EXPECT_TRUE(ledger->publish(north));
  ledger.reset();
  EXPECT_EQ(TestDirectory::open(options)->durable(north), taken + 1);
  const auto report = verify(options.directory);
  EXPECT_TRUE(report->ok()) << report->problems.front();
}

}  // namespace
}  // namespace outrider::ledger
