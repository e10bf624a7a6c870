#include "ledger/ledger.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "base/file.h"
#include "ledger/proof/note.h"
#include "ledger/testing/test_directory.h"
#include "ledger/tree/tiles.h"

namespace outrider::ledger {
namespace {

const FleetId north{"north"};
const FleetId south{"south"};

std::unique_ptr<Ledger> open_with_north(const TestDirectory& directory) {
  auto ledger = directory.open();
  EXPECT_TRUE(ledger->create_fleet(north));
  return ledger;
}

void append_many(Ledger& ledger, std::size_t count, const std::string& what = "entry ") {
  std::atomic<std::size_t> done{0};
  for (std::size_t i = 0; i + 1 < count; ++i) {
    ledger.append(draft("north", "t-1", what + std::to_string(i)),
                  [&](const Result<std::uint64_t>& number) { done += number ? 1U : 0U; });
  }
  ASSERT_TRUE(ledger.append_and_wait(draft("north", "t-1", what + std::to_string(count - 1))));
  ASSERT_EQ(done, count - 1);  // they were before the last, in the same order
}

std::vector<std::string> payloads(const Ledger& ledger, std::uint64_t from, std::size_t count) {
  std::vector<std::string> out;
  auto entries = ledger.read(north, from, count);
  EXPECT_TRUE(entries) << entries.error().text();
  for (const Entry& entry : *entries) {
    EXPECT_EQ(entry.number, from + out.size());
    out.emplace_back(as_text(entry.payload));
  }
  return out;
}

TEST(Ledger, GivesBackWhatWasAppendedAfterARestart) {
  const TestDirectory directory;
  {
    auto ledger = open_with_north(directory);
    EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "hello")), 0U);
    EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "world")), 1U);
  }
  auto ledger = directory.open();
  auto entries = ledger->read(north, 1, 10);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 1U);
  const Entry& entry = entries->front();
  EXPECT_EQ(as_text(entry.payload), "world");
  EXPECT_EQ(entry.number, 1U);
  EXPECT_EQ(entry.kind, 7U);
  EXPECT_EQ(entry.fleet, north);
  EXPECT_EQ(entry.subject, (Subject{SubjectKind::device, "t-1"}));
  EXPECT_EQ(entry.content_type, "text/plain");
  EXPECT_FALSE(entry.shredded);
}

TEST(Ledger, ReadsAcrossBundlesMemoryAndTheEnd) {
  const TestDirectory directory;
  auto options = directory.options();
  constexpr std::size_t count = 3000;  // more than memory keeps once it is published
  auto ledger = open_with_north(directory);
  append_many(*ledger, count);
  ASSERT_TRUE(ledger->publish(north));
  append_many(*ledger, 10, "later ");
  const auto all = payloads(*ledger, 0, 5000);
  ASSERT_EQ(all.size(), count + 10);
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(all[i], "entry " + std::to_string(i));
  EXPECT_EQ(all.back(), "later 9");
  EXPECT_EQ(payloads(*ledger, 255, 2), (std::vector<std::string>{"entry 255", "entry 256"}));
  EXPECT_TRUE(payloads(*ledger, count + 10, 1).empty());
  EXPECT_TRUE(payloads(*ledger, 1'000'000, 1).empty());
  ledger.reset();
  EXPECT_EQ(payloads(*directory.open(), 0, 5000), all);
}

TEST(Ledger, KeepsFleetsApart) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  ASSERT_TRUE(ledger->create_fleet(south));
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "a")), 0U);
  EXPECT_EQ(ledger->append_and_wait(draft("south", "t-1", "b")), 0U);
  EXPECT_EQ(ledger->fleets(), (std::vector{north, south}));
  EXPECT_EQ(as_text(ledger->read(south, 0, 1)->front().payload), "b");
  EXPECT_NE(ledger->publish(north), ledger->publish(south));
}

TEST(Ledger, RefusesWhatItCannotKeepAtOnce) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  EXPECT_EQ(ledger->append_and_wait(draft("south", "t-1", "x")).error().code, Errc::not_found);
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", std::string(payload_bytes_max + 1, 'x'))).error().code,
            Errc::too_large);
  EXPECT_TRUE(ledger->append_and_wait(draft("north", "t-1", std::string(payload_bytes_max, 'x'))));
  EXPECT_EQ(ledger->create_fleet(north).error().code, Errc::conflict);
  EXPECT_EQ(ledger->create_fleet(FleetId("../etc")).error().code, Errc::malformed);
  EXPECT_EQ(ledger->create_fleet(FleetId("_wal")).error().code, Errc::malformed);
  EXPECT_EQ(ledger->durable(south).error().code, Errc::not_found);
  EXPECT_EQ(ledger->read(south, 0, 1).error().code, Errc::not_found);
  EXPECT_EQ(ledger->prove(north, 1).error().code, Errc::not_found);
}

TEST(Ledger, AfterCloseItReadsAndRefusesToAppend) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  append_many(*ledger, 3);
  ledger->close();
  EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "x")).error().code, Errc::unavailable);
  EXPECT_EQ(payloads(*ledger, 0, 10).size(), 3U);
  EXPECT_EQ(ledger->status().fleets.front().integrated, 3U);
}

TEST(Ledger, HasOneOwnerAtATime) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  const auto second = Ledger::open(directory.options());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::conflict);
  ledger.reset();
  EXPECT_TRUE(Ledger::open(directory.options()));
}

TEST(Ledger, WakesWhoWaitsForGrowth) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  std::uint64_t seen = ledger->wait_for_growth(0, std::chrono::milliseconds{0});
  EXPECT_EQ(seen, 0U);
  std::thread appender([&] { (void)ledger->append_and_wait(draft("north", "t-1", "x")); });
  seen = ledger->wait_for_growth(seen, std::chrono::hours{1});
  EXPECT_GT(seen, 0U);
  EXPECT_EQ(ledger->durable(north), 1U);
  appender.join();
  EXPECT_EQ(ledger->wait_for_growth(seen, std::chrono::milliseconds{0}), seen);
}

TEST(Ledger, KeepsCursorsAndNoticesWhenTheLedgerEndsBeforeThem) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  append_many(*ledger, 3);
  EXPECT_EQ(ledger->load_cursor("history", north), 0U);
  ASSERT_TRUE(ledger->save_cursor("history", north, 2));
  ASSERT_TRUE(ledger->save_cursor("history", north, 3));
  EXPECT_EQ(ledger->save_cursor("history", north, 4).error().code, Errc::malformed);
  EXPECT_EQ(ledger->save_cursor("../x", north, 1).error().code, Errc::malformed);
  ledger.reset();
  ledger = directory.open();
  EXPECT_EQ(ledger->load_cursor("history", north), 3U);
  const auto file = directory.path() / "ledger/_fleets/north/cursors/history";
  ASSERT_TRUE(write_file_atomic(file, "9 bbc8ba37\n"));
  EXPECT_EQ(ledger->load_cursor("history", north).error().code, Errc::corrupt);
}

TEST(Ledger, AShreddedSubjectsEntriesStayAndTheirContentIsGone) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "pulse 180", Privacy::personal)));
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-2", "pulse 60", Privacy::personal)));
  const std::string before = *ledger->publish(north);
  EXPECT_EQ(payloads(*ledger, 0, 2), (std::vector<std::string>{"pulse 180", "pulse 60"}));
  ASSERT_TRUE(ledger->shred(north, {SubjectKind::device, "t-1"}));
  for (int i = 0; i < 2; ++i) {
    const auto entries = *ledger->read(north, 0, 2);
    EXPECT_TRUE(entries[0].shredded);
    EXPECT_TRUE(entries[0].payload.empty());
    EXPECT_FALSE(entries[1].shredded);
    EXPECT_EQ(as_text(entries[1].payload), "pulse 60");
    EXPECT_EQ(ledger->checkpoint(north), before);
    EXPECT_TRUE(verify(directory.options().directory)->ok());
    ledger.reset();
    ledger = directory.open();
  }
}

TEST(Ledger, APersonalPayloadIsNowhereOnDiskInTheClear) {
  const TestDirectory directory;
  {
    auto ledger = open_with_north(directory);
    ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "very-private-words", Privacy::personal)));
  }
  for (const auto& file : std::filesystem::recursive_directory_iterator(directory.path())) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(read_text_file(file.path(), 1U << 24U)->find("very-private-words"), std::string::npos) << file.path();
  }
}

TEST(Ledger, SecretFilesAreTheOwnersAlone) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  for (const char* name : {"_keys/master.key", "_fleets/north/note.key", "_fleets/north/keyring"}) {
    struct stat info{};
    ASSERT_EQ(::stat((directory.options().directory / name).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << name;
  }
}

TEST(Ledger, AProofStandsAloneAndProvesNothingElse) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  append_many(*ledger, 300);
  const std::string key = ledger->status().fleets.front().public_key;
  const auto proof = ledger->prove(north, 257);
  ASSERT_TRUE(proof) << proof.error().text();
  ledger.reset();
  const auto proven = verify_proof(*proof, key);
  ASSERT_TRUE(proven) << proven.error().text();
  EXPECT_EQ(as_text(proven->entry.payload), "entry 257");
  EXPECT_EQ(proven->entry.number, 257U);
  EXPECT_EQ(proven->origin, "test.example/north");
  EXPECT_EQ(proven->tree_size, 300U);
  EXPECT_TRUE(proven->key_was_given);
  EXPECT_FALSE(verify_proof(*proof, "")->key_was_given);
  const auto stranger = NoteSigner::generate("test.example/north");
  EXPECT_EQ(verify_proof(*proof, stranger.verifier().text()).error().code, Errc::unauthenticated);
  for (std::size_t at = 0; at < proof->size(); ++at) {
    std::string changed = *proof;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    const auto outcome = verify_proof(changed, key);
    // The key in the file is a hint that a given key replaces; everything else counts.
    if (outcome) ASSERT_EQ(outcome->entry.payload, proven->entry.payload) << at;
    if (outcome) ASSERT_EQ(outcome->entry.number, 257U) << at;
  }
}

TEST(Ledger, EveryCheckpointIsTheBeginningOfTheNext) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  const auto key = *VerifierKey::parse(ledger->status().fleets.front().public_key);
  std::vector<Checkpoint> checkpoints;
  for (const std::size_t more : {1UL, 1UL, 253UL, 1UL, 1UL, 300UL, 7UL}) {
    append_many(*ledger, more);
    checkpoints.push_back(*open_checkpoint(*ledger->publish(north), key));
  }
  const TileReader tiles(directory.options().directory / "north", "north");
  const std::uint64_t size = checkpoints.back().size;
  EXPECT_EQ(size, 564U);
  for (const auto& old : checkpoints) {
    const auto proof = consistency_proof(old.size, size, tiles.subtrees(size));
    ASSERT_TRUE(proof) << proof.error().text();
    EXPECT_TRUE(check_consistency(old.size, old.root, size, checkpoints.back().root, *proof)) << old.size;
  }
}

TEST(Ledger, PublishesByItselfSoonAfterAnAppend) {
  const TestDirectory directory;
  auto options = directory.options();
  options.checkpoint_interval = std::chrono::milliseconds{1};
  auto ledger = TestDirectory::open(options);
  ASSERT_TRUE(ledger->create_fleet(north));
  append_many(*ledger, 5);
  // Waits on the fact; the test's own limit ends it otherwise.
  while (ledger->status().fleets.front().integrated != 5) std::this_thread::yield();
  EXPECT_NE(ledger->checkpoint(north)->find("\n5\n"), std::string::npos);
}

TEST(Ledger, RemovesSegmentsOnceTheirEntriesAreInTheTree) {
  const TestDirectory directory;
  auto ledger = open_with_north(directory);
  const std::string large(20'000, 'x');
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", large)));
  EXPECT_GT(ledger->status().wal_bytes, 3 * directory.options().segment_bytes);
  ledger.reset();
  ledger = directory.open();
  EXPECT_EQ(ledger->durable(north), 40U);
  ledger->close();
  EXPECT_LT(ledger->status().wal_bytes, directory.options().segment_bytes);
  ledger.reset();
  EXPECT_TRUE(verify(directory.options().directory)->ok());
  EXPECT_EQ(directory.open()->durable(north), 40U);
}

TEST(Ledger, ManyAppendersAndReadersAgree) {
  const TestDirectory directory;
  auto options = directory.options();
  options.checkpoint_interval = std::chrono::milliseconds{2};
  auto ledger = TestDirectory::open(options);
  ASSERT_TRUE(ledger->create_fleet(north));
  constexpr int appenders = 4;
  constexpr std::size_t each = 600;
  std::vector<std::thread> threads;
  for (int a = 0; a < appenders; ++a) {
    threads.emplace_back([&, a] {
      for (std::size_t i = 0; i < each; ++i) {
        auto number = ledger->append_and_wait(draft("north", "t-" + std::to_string(a), std::to_string(i)));
        ASSERT_TRUE(number);
        // Readable as soon as it is acknowledged.
        auto entry = ledger->read(north, *number, 1);
        ASSERT_TRUE(entry && entry->size() == 1);
        ASSERT_EQ(as_text(entry->front().payload), std::to_string(i));
      }
    });
  }
  std::uint64_t next = 0;
  std::uint64_t seen = 0;
  std::map<std::string, std::size_t> counts;
  while (next < appenders * each) {
    seen = ledger->wait_for_growth(seen, std::chrono::seconds{1});
    for (;;) {
      auto entries = ledger->read(north, next, 100);
      ASSERT_TRUE(entries) << entries.error().text();
      if (entries->empty()) break;
      for (const Entry& entry : *entries) {
        ASSERT_EQ(entry.number, next++);
        ASSERT_EQ(as_text(entry.payload), std::to_string(counts[entry.subject.id]++));  // each appender's own order
      }
    }
  }
  for (auto& thread : threads) thread.join();
  const auto report = verify(options.directory);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->problems.front();
  ledger.reset();
  EXPECT_TRUE(verify(options.directory)->ok());
}

TEST(Ledger, VerifiesWhileItGrows) {
  const TestDirectory directory;
  auto options = directory.options();
  options.checkpoint_interval = std::chrono::milliseconds{1};
  auto ledger = TestDirectory::open(options);
  ASSERT_TRUE(ledger->create_fleet(north));
  std::atomic<bool> stop{false};
  std::thread appender([&] {
    for (int i = 0; !stop; ++i) {
      (void)ledger->append_and_wait(draft("north", "t-1", std::string(500, 'x') + std::to_string(i),
                                          i % 3 == 0 ? Privacy::personal : Privacy::open));
    }
  });
  for (int i = 0; i < 15; ++i) {
    const std::uint64_t least = *ledger->durable(north);
    std::uint64_t last_done = 0;
    const auto report = verify(options.directory, [&](std::uint64_t done, std::uint64_t total) {
      EXPECT_LE(done, total);
      EXPECT_GE(done, last_done);
      last_done = done;
    });
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->ok()) << report->problems.front();
    EXPECT_GE(report->entries, least);
  }
  stop = true;
  appender.join();
}

TEST(Ledger, SaysThatThereIsNoneToVerify) {
  const TestDirectory directory;
  EXPECT_EQ(verify(directory.path() / "nowhere").error().code, Errc::not_found);
}

}  // namespace
}  // namespace outrider::ledger
