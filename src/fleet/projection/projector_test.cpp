#include "fleet/projection/projector.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <sstream>
#include <thread>

#include "facts/facts.h"
#include "fleet/state/state.h"
#include "fleet/testing/house.h"
#include "fleet/testing/memory_ledger.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using facts::Lifecycle;

// A projection that only counts, and fails when told to.
class Counting final : public Projection {
 public:
  std::string_view name() const override { return "counting"; }
  Result<void> apply(store::Session&, DecodedEntry& entry) override {
    if (broken) return fail(Errc::unavailable, "broken", "the test says so");
    gathered.push_back(entry->number);
    return {};
  }
  Result<void> flush(store::Session&) override { return {}; }
  void committed() override {
    seen.insert(seen.end(), gathered.begin(), gathered.end());
    gathered.clear();
  }
  void rolled_back() override { gathered.clear(); }

  std::atomic<bool> broken{false};
  std::vector<std::uint64_t> gathered;
  std::vector<std::uint64_t> seen;
};

class ProjectorTest : public ::testing::Test {
 protected:
  ProjectorTest() { EXPECT_TRUE(ledger_.create_fleet(demo)); }

  void append(int count) {
    for (int i = 0; i < count; ++i) {
      ledger_.append({.kind = static_cast<std::uint16_t>(Kind::log),
                      .fleet = demo,
                      .subject = {ledger::SubjectKind::device, "t-1"},
                      .content_type = "text/plain"},
                     [](const auto&) {});
    }
  }

  ManualClock clock_{from_micros(1'700'000'000'000'000)};
  TempDirectory directory_;
  MemoryLedger ledger_{clock_};
  std::unique_ptr<store::Database> database_ = *store::Database::open({.file = directory_.path() / "p.db"});
  Counting counting_;
};

TEST_F(ProjectorTest, CatchesUpInBatchesAndTellsHowFar) {
  append(20'000);
  Projector projector(ledger_, *database_, {&counting_});
  EXPECT_EQ(projector.lag(), 20'000U);
  std::vector<std::uint64_t> progress;
  ASSERT_TRUE(projector.catch_up([&](std::uint64_t done, std::uint64_t total) {
    EXPECT_EQ(total, 20'000U);
    progress.push_back(done);
  }));
  EXPECT_EQ(progress, (std::vector<std::uint64_t>{16'384, 20'000}));
  EXPECT_EQ(projector.lag(), 0U);
  EXPECT_EQ(counting_.seen.size(), 20'000U);
}

TEST_F(ProjectorTest, GoesOnWhereItStopped) {
  append(10);
  ASSERT_TRUE(Projector(ledger_, *database_, {&counting_}).catch_up());
  append(5);
  Counting again;
  ASSERT_TRUE(Projector(ledger_, *database_, {&again}).catch_up());
  EXPECT_EQ(again.seen, (std::vector<std::uint64_t>{10, 11, 12, 13, 14}));
}

TEST_F(ProjectorTest, FollowsTheTailUntilStopped) {
  Projector projector(ledger_, *database_, {&counting_});
  ASSERT_TRUE(projector.catch_up());
  projector.start();
  append(100);
  ASSERT_TRUE(projector.wait_until_current(std::chrono::seconds{20}));
  projector.stop();
  EXPECT_EQ(counting_.seen.size(), 100U);
}

TEST_F(ProjectorTest, AnErrorIsToldAndTheBatchTriedAgain) {
  Projector projector(ledger_, *database_, {&counting_});
  counting_.broken = true;
  append(1);
  EXPECT_EQ(projector.catch_up().error().reason, "broken");
  EXPECT_TRUE(counting_.seen.empty());
  projector.start();
  while (projector.problem().empty()) std::this_thread::yield();
  EXPECT_THAT(projector.problem(), ::testing::HasSubstr("the test says so"));
  counting_.broken = false;
  ASSERT_TRUE(projector.wait_until_current(std::chrono::seconds{20}));
  projector.stop();
  EXPECT_EQ(projector.problem(), "");
  EXPECT_EQ(counting_.seen.size(), 1U);
}

TEST_F(ProjectorTest, ADatabaseAheadOfTheLedgerIsRefused) {
  append(10);
  ASSERT_TRUE(Projector(ledger_, *database_, {&counting_}).catch_up());
  MemoryLedger other(clock_);
  ASSERT_TRUE(other.create_fleet(demo));
  const auto refused = Projector(other, *database_, {&counting_}).catch_up();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "database-ahead");
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("delete it"));
}

// --- the rebuild property, on the real ledger

class RebuildTest : public ::testing::Test {
 protected:
  void open() {
    auto ledger = ledger::Ledger::open({.directory = directory_.path() / "ledger", .clock = &clock_});
    ASSERT_TRUE(ledger) << ledger.error().text();
    ledger_ = *std::move(ledger);
    house_ = std::make_unique<House>(*ledger_, file(), clock_);
  }
  void close() {
    house_.reset();
    ledger_->close();
    ledger_.reset();
  }
  void delete_database() const {
    for (const char* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file().string() + suffix);
  }
  std::filesystem::path file() const { return directory_.path() / "p.db"; }

  template <class Fact>
  void append(const std::string& device, const Fact& fact) {
    ASSERT_TRUE(ledger_->append_and_wait(ledger::draft_of(demo, {ledger::SubjectKind::device, device}, fact)));
  }
  void report(const std::string& device, double value, ledger::Privacy privacy) {
    const std::string text =
        fmt::format(R"([{{"n":"temperature","u":"Cel","v":{0}}},{{"n":"battery","u":"%","v":{0}}},)"
                    R"({{"n":"lat","u":"lat","v":{0}}},{{"n":"lon","u":"lon","v":{0}}}])",
                    value);
    ASSERT_TRUE(ledger_->append_and_wait({.kind = static_cast<std::uint16_t>(Kind::telemetry),
                                          .fleet = demo,
                                          .subject = {ledger::SubjectKind::device, device},
                                          .content_type = "application/senml+json",
                                          .payload = to_bytes(as_bytes(text)),
                                          .privacy = privacy}));
  }
  void shred(const std::string& device) {
    ASSERT_TRUE(ledger_->shred(demo, {ledger::SubjectKind::device, device}));
    append(device, facts::KeyShredded{.subject = device, .why = "asked for", .by = "test"});
  }
  // One random thing happens. Refusals are part of it.
  void happen();
  // Everything the registry answers, as text.
  std::string answers() const;

  TempDirectory directory_;
  ManualClock clock_{from_micros(1'700'000'000'000'000)};
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<House> house_;
  std::mt19937 random_{20'261'122};
  int serials_ = 0;
  int codes_ = 0;
  std::map<std::string, std::string> code_of_;
};

void RebuildTest::happen() {
  const auto pick = [this](int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); };
  Operator op{*house_->registry};
  const std::string device = "d-" + std::to_string(pick(8));
  const std::string serial = fmt::format("{:02x}", pick(serials_ + 1));
  const std::string session = "s-" + std::to_string(pick(5));
  const std::string key = fmt::format("{:064x}", pick(60));
  clock_.advance(std::chrono::milliseconds{pick(100'000)});
  const auto now = clock_.now();
  switch (pick(15)) {
    case 0:
      (void)op.add_device(device, pick(2) == 0 ? "handheld" : "container-dry");
      break;
    case 1:
    case 2: {
      const std::string hash = fmt::format("{:064x}", ++codes_);
      if (op.create_code(device, hash, now + std::chrono::minutes{pick(60) + 1})) code_of_[device] = hash;
      break;
    }
    case 3:
    case 4: {
      auto fact = certificate(device, fmt::format("{:02x}", serials_++), 'a', code_of_[device], now);
      fact.spki_sha256 = key;
      (void)op.issue(fact);
      break;
    }
    case 5: {
      auto fact = renewal(device, fmt::format("{:02x}", serials_++), 'a', serial, now);
      fact.spki_sha256 = key;
      (void)op.issue(fact);
      break;
    }
    case 6:
      if (pick(3) == 0) (void)op.revoke(serial);
      break;
    case 7:
      if (pick(4) == 0) (void)op.change(device, static_cast<facts::LifecycleEvent>(pick(5)));
      break;
    case 8:
      if (pick(10) == 0) (void)op.retire(device);
      break;
    case 9:
      append(device, facts::SessionOpened{.device = DeviceId(device), .session = session, .protocol = "mqtt/5.0"});
      break;
    case 10:
      append(device, facts::SessionClosed{.device = DeviceId(device), .session = session, .reason = "bye"});
      break;
    case 11:
      report(device, pick(100), pick(2) == 0 ? ledger::Privacy::open : ledger::Privacy::personal);
      break;
    case 12:
      if (pick(3) == 0) shred(device);
      break;
    case 13:
      (void)(pick(2) == 0 ? op.create_token("t" + std::to_string(pick(3)), hash_of(static_cast<char>('a' + pick(6))))
                          : op.revoke_token("t" + std::to_string(pick(3))));
      break;
    default:
      append(device, facts::AccessRefused{.device = device, .action = "publish", .rule = "not-granted"});
  }
  if (pick(5) == 0) house_->follow();
}

std::string RebuildTest::answers() const {
  const Registry& registry = *house_->registry;
  std::string out = json::write(registry.counts()) + '\n' + json::write(*registry.tokens(demo)) + '\n';
  out += json::write(*registry.identities(demo, IdentityQuery{.limit = page_limit_max})) + '\n';
  for (const Device& device : registry.devices(demo, {})->devices) {
    out += json::write(device) + json::write(*registry.identities(demo, device.id)) + '\n' +
           json::write(*registry.posture(demo, device.id)) + '\n';
    for (const auto& reading : *house_->history->readings({.fleet = demo, .device = device.id, .limit = 1000})) {
      out += json::compact(reading.to_json()) + '\n';
    }
    for (int code = 1; code <= codes_; ++code) {
      const auto good = registry.check_code(demo, device.id, fmt::format("{:064x}", code), clock_.now());
      out += good ? "good " : good.error().reason + ' ';
    }
    out += '\n';
  }
  return out;
}

// The first line that is not the same, of both; empty when all are.
std::string first_difference(const std::string& a, const std::string& b) {
  std::istringstream left(a);
  std::istringstream right(b);
  std::string l;
  std::string r;
  for (;;) {
    const bool more_left = static_cast<bool>(std::getline(left, l));
    const bool more_right = static_cast<bool>(std::getline(right, r));
    if (!more_left && !more_right) return {};
    if (l != r || more_left != more_right) return l + "\n" + r;
  }
}

TEST_F(RebuildTest, DeletingTheDatabaseAndStartingAgainGivesTheSameState) {
  open();
  ASSERT_TRUE((Operator{*house_->registry}.create_fleet()));
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 250; ++i) happen();
    house_->follow();
    close();
    open();  // a restart closes the sessions that were open: now nothing is in flight
    house_->follow();
    const std::string tables = house_->dump();
    const std::string said = answers();
    const auto counts = house_->registry->counts();
    EXPECT_GT(counts.identities + counts.revoked, 0U) << "too little happened to prove anything";
    EXPECT_GT(*house_->history->count(), 0U);

    close();
    delete_database();
    open();
    EXPECT_EQ(first_difference(house_->dump(), tables), "") << "tables differ in round " << round;
    EXPECT_EQ(first_difference(answers(), said), "") << "memory made from entries differs in round " << round;

    close();
    open();
    EXPECT_EQ(first_difference(answers(), said), "") << "memory made from tables differs in round " << round;
  }
}

TEST_F(RebuildTest, AnAnswerMayLookSomethingUpWhileFleetsAreMade) {
  open();
  ASSERT_TRUE((Operator{*house_->registry}.create_fleet()));
  std::atomic<int> answers{0};
  std::atomic<bool> stop{false};
  std::thread adding([&] {
    for (int i = 0; !stop; ++i) {
      Answer<std::vector<Result<void>>> answer;
      house_->registry->add_devices(
          demo, {{.device = DeviceId("x-" + std::to_string(i)), .profile = ProfileId("handheld")}},
          [&, deliver = answer.callback()](Result<std::vector<Result<void>>> outcomes) mutable {
            if (house_->registry->counts().devices > 0) ++answers;  // on the ledger's thread
            deliver(std::move(outcomes));
          });
      ASSERT_TRUE(answer.get());
    }
  });
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE((Operator{*house_->registry, FleetId("f-" + std::to_string(i))}.create_fleet()));
  }
  stop = true;
  adding.join();
  EXPECT_GT(answers, 0);
}

TEST_F(RebuildTest, AnOldDatabaseCatchesUpSoThatARestoreUndoesNoRevocation) {
  open();
  Operator op{*house_->registry};
  ASSERT_TRUE(op.create_fleet());
  ASSERT_TRUE(op.add_device("d-1"));
  ASSERT_TRUE(op.create_code("d-1", hash_of('1'), clock_.now() + std::chrono::hours{1}));
  ASSERT_TRUE(op.issue(certificate("d-1", "a1", 'a', hash_of('1'), clock_.now())));
  house_->follow();
  close();
  std::filesystem::copy_file(file(), directory_.path() / "old.db");
  open();
  ASSERT_TRUE((Operator{*house_->registry}.revoke("a1")));
  house_->follow();
  close();
  delete_database();
  std::filesystem::rename(directory_.path() / "old.db", file());
  open();
  EXPECT_EQ(house_->registry->admit(demo, DeviceId("d-1"), "a1", "").error().reason, "identity-revoked");
}

}  // namespace
}  // namespace outrider::fleet
