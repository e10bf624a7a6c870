#pragma once
// A follower of a ledger in memory that is killed and started again, and what it has said.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/testing/temporary_directory.h"
#include "detect/input/entry_fact.h"
#include "detect/live/follower.h"
#include "detect/testing/entries.h"
#include "detect/testing/memory_ledger.h"

namespace outrider::detect::testing {

inline std::optional<Contract> read_contract(std::string_view) {
  Contract contract;
  contract.interval_s = 60;
  contract.channels[0] = "temperature";
  return contract;
}

// Counts what it is given; its state is that count.
class CountingBook final : public Book {
 public:
  void apply(const ledger::Entry& entry) override {
    EXPECT_EQ(entry.number, next_);
    next_ = entry.number + 1;
  }
  Bytes save(const FleetId&) const override { return std::move(ByteWriter().u64(next_)).take(); }
  Result<void> load(const FleetId&, ByteView state) override {
    ByteReader in(state);
    TRY(next_, in.u64());
    return in.finish();
  }
  void begin(const FleetId&) override { next_ = 0; }
  std::uint64_t next_ = 0;
};

struct Following : ::testing::Test {
  Following() {
    EXPECT_TRUE(ledger.create_fleet(fleet));
    restart();
  }
  // As `kill -9` and a start.
  void restart() {
    follower.reset();
    follower = std::make_unique<Follower>(rooms, fleet);
    const auto opened = follower->open();
    ASSERT_TRUE(opened) << opened.error().text();
  }
  void append(const ledger::Entry& entry) {
    clock.set(std::max(clock.now(), entry.received));
    ledger.append(testing::draft_of(entry), [](const auto& number) { ASSERT_TRUE(number); });
  }
  void follow() {
    for (;;) {
      const auto stepped = follower->step();
      ASSERT_TRUE(stepped) << stepped.error().text();
      if (*stepped == 0) return;
    }
  }
  std::vector<ledger::Entry> entries() const { return *ledger.read(fleet, 0, 1'000'000); }
  std::vector<ledger::Entry> of(Kind kind) const {
    auto all = entries();
    std::erase_if(all, [&](const auto& entry) { return static_cast<Kind>(entry.kind) != kind; });
    return all;
  }

  static std::string key(const facts::AlertRaised& alert) { return "raised " + alert.alert; }
  static std::string key(const facts::AlertGrown& alert) {
    return fmt::format("grown {} {} {}", alert.alert, alert.cause, alert.risk);
  }
  // What the ledger says, and what one run over it without interruption says.
  std::multiset<std::string> said() const {
    std::multiset<std::string> out;
    for (const auto& entry : of(Kind::alert_raised)) out.insert(key(*fact_of<facts::AlertRaised>(entry)));
    for (const auto& entry : of(Kind::alert_grown)) out.insert(key(*fact_of<facts::AlertGrown>(entry)));
    return out;
  }
  std::multiset<std::string> replayed() const {
    std::multiset<std::string> out;
    Detector detector(fleet, read_contract);
    for (const auto& entry : entries()) {
      const auto conclusions = detector.follow(entry);
      for (const auto& alert : conclusions.raised) out.insert(key(alert));
      for (const auto& alert : conclusions.grown) out.insert(key(alert));
    }
    return out;
  }

  testing_support::TemporaryDirectory directory;
  ManualClock clock{from_micros(start_us)};
  MemoryLedger ledger{clock};
  CountingBook book;
  const ContractReader contracts = read_contract;
  FollowerRooms rooms{ledger, contracts, clock, directory.path(), &book};
  std::unique_ptr<Follower> follower;
};

}  // namespace outrider::detect::testing
