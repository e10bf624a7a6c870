#include "detect/live/follower.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "detect/input/entry_fact.h"
#include "detect/live/snapshot/snapshot_file.h"
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
    ledger.append({.kind = entry.kind,
                   .fleet = entry.fleet,
                   .subject = entry.subject,
                   .content_type = entry.content_type,
                   .payload = entry.payload,
                   .received = entry.received},
                  [](const auto& number) { ASSERT_TRUE(number); });
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

TEST_F(Following, SavesNothingWhileItHasSomethingToSay) {
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

TEST_F(Following, GoesOnFromItsSnapshot) {
  for (const auto& entry : random_entries(1, 500, 3)) append(entry);
  follow();
  ASSERT_TRUE(follower->save());
  restart();
  EXPECT_EQ(follower->status().next, *ledger.durable(fleet));
  EXPECT_EQ(book.next_, *ledger.durable(fleet));
  EXPECT_EQ(follower->unsaved(), 0U);
  EXPECT_TRUE(follower->status().problem.empty());
}

TEST_F(Following, ReadsAgainAndSaysNothingTwiceWhenItsSnapshotIsDamaged) {
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

TEST_F(Following, BeginsAnewWhenASnapshotIsWholeAndYetNotReadable) {
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

// As after an upgrade: what this version concludes of the past is not what the one before it said.
TEST_F(Following, TellsOfNoGrowthOfAnAlertThatNobodyWasToldOf) {
  const auto history = random_entries(20261122, 4000, 12);
  const std::size_t past = 2500;
  for (std::size_t i = 0; i < past; ++i) append(history[i]);
  ASSERT_TRUE(ledger.save_cursor("detection", fleet, past));
  restart();
  ASSERT_TRUE(follower->step());
  ASSERT_TRUE(follower->save());
  restart();  // in the middle of reading again
  follow();
  EXPECT_TRUE(said().empty()) << "it is the past";
  for (std::size_t i = past; i < history.size(); ++i) append(history[i]);
  follow();
  std::set<std::string> raised;
  std::size_t grown = 0;
  for (const auto& entry : entries()) {
    if (const auto alert = fact_of<facts::AlertRaised>(entry)) raised.insert(alert->alert);
    if (static_cast<Kind>(entry.kind) != Kind::alert_grown) continue;
    const auto alert = fact_of<facts::AlertGrown>(entry);
    EXPECT_TRUE(raised.contains(alert->alert)) << alert->explanation;
    ++grown;
  }
  EXPECT_GT(raised.size(), 5U);
  EXPECT_GT(grown, 5U);
  const auto before = said();
  std::filesystem::remove(snapshot_path(directory.path(), fleet));
  ASSERT_TRUE(follower->save());
  restart();
  follow();
  EXPECT_EQ(said(), before);
}

TEST_F(Following, PutsACursorRightThatIsAheadOfTheLedger) {
  for (const auto& entry : random_entries(20261122, 2000, 12)) append(entry);
  ASSERT_TRUE(ledger.save_cursor("detection", fleet, 5000));
  ledger.lose_cursor(true);
  restart();
  ledger.lose_cursor(false);
  EXPECT_EQ(*ledger.load_cursor("detection", fleet), 0U);
}

TEST_F(Following, ForgetsOnDiskWhatADataKeyKept) {
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

TEST_F(Following, RemovesTheSnapshotWhenADataKeyGoesWhileDetectionIsOff) {
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

TEST_F(Following, DoesNotTakeTheSnapshotOfAnotherLedger) {
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
