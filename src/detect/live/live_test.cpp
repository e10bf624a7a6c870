#include "detect/live/live.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "detect/testing/entries.h"
#include "detect/testing/memory_ledger.h"

namespace outrider::detect {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 60s;

std::optional<Contract> read_contract(std::string_view) {
  return Contract{};
}

struct Living : ::testing::Test {
  Living() {
    for (const auto& fleet : fleets) EXPECT_TRUE(ledger.create_fleet(fleet));
  }
  void append(const FleetId& fleet, std::size_t count) {
    for (const auto& entry : testing::random_entries(1, count, 3))
      EXPECT_TRUE(ledger.append_and_wait(testing::draft_of(entry, fleet)));
  }
  std::uint64_t next(const FleetId& fleet) const {
    for (const auto& status : live.status())
      if (status.fleet == fleet) return status.next;
    return 0;
  }
  template <class Condition>
  bool eventually(Condition condition) const {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      (void)live.wait_until_current(10ms);
    }
    return true;
  }

  const FleetId sick{"a-sick"}, well{"b-well"};
  const std::vector<FleetId> fleets{sick, well};
  testing_support::TemporaryDirectory directory;
  ManualClock clock{from_micros(testing::start_us)};
  testing::MemoryLedger ledger{clock};
  Metrics metrics;
  Live live{ledger,  read_contract, [this] { return fleets; }, LiveOptions{.directory = directory / "detect"},
            metrics, clock};
};

TEST_F(Living, AFleetThatCannotBeReadHoldsNobodyUpAndOnlyItsOwnReadersHearWhy) {
  append(sick, 300);
  ledger.break_reading(sick);
  ASSERT_TRUE(live.start());
  append(well, 5000);  // several batches: it does not wait for the other one between them
  EXPECT_TRUE(eventually([&] { return next(well) >= 5000; }));
  EXPECT_TRUE(eventually([&] { return !live.problem(sick).empty(); }));
  EXPECT_EQ(live.problem(well), "");
  EXPECT_EQ(next(sick), 0U);
  ledger.break_reading(sick, false);
  EXPECT_TRUE(eventually([&] { return next(sick) >= 300 && live.problem(sick).empty(); }));
}

TEST_F(Living, WritesWhatItKnowsWhenItStops) {
  append(well, 300);
  ASSERT_TRUE(live.start());
  EXPECT_TRUE(eventually([&] { return next(well) >= 300; }));
  live.stop();
  EXPECT_TRUE(std::filesystem::exists(snapshot_path(directory / "detect", well)));
  EXPECT_EQ(live.status().size(), 2U) << "it still tells";
}

TEST_F(Living, RemovesWhatAKilledWriterHasLeft) {
  const auto file = snapshot_path(directory / "detect", well);
  ASSERT_TRUE(make_directories(directory / "detect", 0700));
  ASSERT_TRUE(write_file_atomic(file.string() + ".new-4711-0", "half of it"));
  ASSERT_TRUE(write_file_atomic(directory / "detect" / "other", "not ours"));
  ASSERT_TRUE(live.start());
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".new-4711-0"));
  EXPECT_TRUE(std::filesystem::exists(directory / "detect" / "other"));
}

TEST_F(Living, ADestroyedDataKeyIsOffTheDiskWithoutWaitingForTheNextSnapshot) {
  ASSERT_TRUE(live.start());
  append(well, 300);
  auto entry = testing::fact("t-1", 1e6, facts::KeyShredded{"t-1", "request 12", "op"});
  ASSERT_TRUE(ledger.append_and_wait(testing::draft_of(entry, well)));
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(snapshot_path(directory / "detect", well)); }));
}

}  // namespace
}  // namespace outrider::detect
