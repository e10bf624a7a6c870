#pragma once
// The base of tests on one house over a ledger in memory: it can be ended, started again, and robbed of its database.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "fleet/testing/house.h"
#include "fleet/testing/memory_ledger.h"

namespace outrider::fleet::testing {

class HouseSuite : public ::testing::Test {
 protected:
  explicit HouseSuite(Timestamp now = from_micros(1'700'000'000'000'000)) : clock_(now) {}

  Operator op() { return {registry()}; }
  Registry& registry() { return *house_->registry; }

  std::filesystem::path file() const { return directory_ / "p.db"; }
  void end() { house_.reset(); }
  void start() { house_ = std::make_unique<House>(ledger_, file(), clock_); }
  // Ends the process and starts another on the same ledger and database.
  void restart() {
    end();
    start();
  }
  void lose_database() {
    end();
    std::filesystem::remove(file());
    start();
  }

  // Empty when it was done.
  static std::string reason(const Result<void>& outcome) { return outcome ? "" : outcome.error().reason; }

  ManualClock clock_;
  TempDirectory directory_;
  MemoryLedger ledger_{clock_};
  std::unique_ptr<House> house_ = std::make_unique<House>(ledger_, file(), clock_);
};

}  // namespace outrider::fleet::testing
