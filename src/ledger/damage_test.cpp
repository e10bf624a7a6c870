// What happens to a ledger whose files are changed behind its back: nothing is skipped in silence.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "base/file.h"
#include "ledger/files/disk.h"
#include "ledger/ledger.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

namespace fs = std::filesystem;

const FleetId north{"north"};

class DamageTest : public testing::Test {
 protected:
  // Two published trees, so that there are partial tiles of both; an erased subject; a cursor.
  DamageTest() {
    auto ledger = TestDirectory::open(directory_.options());
    EXPECT_TRUE(ledger->create_fleet(north));
    EXPECT_TRUE(ledger->append_and_wait(draft("north", "t-1", "first")));
    EXPECT_TRUE(ledger->append_and_wait(draft("north", "t-2", "second", Privacy::personal)));
    EXPECT_TRUE(ledger->publish(north));
    EXPECT_TRUE(ledger->append_and_wait(draft("north", "t-3", "third", Privacy::personal)));
    EXPECT_TRUE(ledger->shred(north, {SubjectKind::device, "t-2"}));
    EXPECT_TRUE(ledger->save_cursor("reader", north, 2));
  }

  std::vector<fs::path> files() const {
    std::vector<fs::path> out;
    for (const auto& file : fs::recursive_directory_iterator(root())) {
      if (file.is_regular_file() && file.file_size() != 0) out.push_back(file.path());
    }
    return out;
  }
  fs::path root() const { return directory_.options().directory; }

  // Found by verify, without opening.
  std::vector<std::string> problems() const {
    const auto report = verify(root());
    return report ? report->problems : std::vector<std::string>{report.error().text()};
  }

  TestDirectory directory_;
};

void overwrite(const fs::path& path, const Bytes& content) {
  FILE* file = std::fopen(path.c_str(), "wb");
  ASSERT_NE(file, nullptr);
  ASSERT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
  std::fclose(file);
}

bool any_names(const std::vector<std::string>& problems, std::string_view what) {
  return std::ranges::any_of(problems,
                             [&](const std::string& problem) { return problem.find(what) != std::string::npos; });
}

TEST_F(DamageTest, AnUntouchedLedgerHasNoProblems) {
  EXPECT_EQ(problems(), std::vector<std::string>{});
  EXPECT_EQ(verify(root())->entries, 3U);
}

// Every byte is tried with one of its bits, each bit in turn, but of the framed files only a part: frame_test flips
// every bit of those. OUTRIDER_EXHAUSTIVE in the environment tries every bit of every file.
TEST_F(DamageTest, AFlippedBitInAnyFileIsFound) {
  const bool exhaustive = std::getenv("OUTRIDER_EXHAUSTIVE") != nullptr;
  std::size_t tried = 0;
  for (const fs::path& path : files()) {
    const Bytes whole = *read_file(path, 1U << 20U);
    const bool framed = path.extension() == ".wal" || path.filename() == "keyring";
    for (std::size_t at = 0; at < whole.size(); at += framed && !exhaustive ? 37 : 1) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        if (!exhaustive && at % 8 != bit) continue;
        Bytes changed = whole;
        changed[at] ^= static_cast<std::uint8_t>(1U << bit);
        overwrite(path, changed);
        ++tried;
        ASSERT_NE(problems(), std::vector<std::string>{}) << path << " byte " << at << " bit " << bit;
      }
    }
    overwrite(path, whole);
  }
  EXPECT_EQ(problems(), std::vector<std::string>{});
  RecordProperty("flipped", static_cast<int>(tried));
}

TEST_F(DamageTest, EveryTruncatedOrMissingFileIsFound) {
  for (const fs::path& path : files()) {
    const Bytes whole = *read_file(path, 1U << 20U);
    for (const std::size_t size : {whole.size() - 1, whole.size() / 2, std::size_t{0}}) {
      overwrite(path, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)));
      EXPECT_NE(problems(), std::vector<std::string>{}) << path << " cut to " << size;
    }
    fs::remove(path);
    // A reader that has no cursor starts anew, and a partial tile is needed only by who holds an old checkpoint.
    const bool may_miss = path.parent_path().filename() == "cursors" || path.filename() == "2";
    if (!may_miss) EXPECT_NE(problems(), std::vector<std::string>{}) << path << " removed";
    overwrite(path, whole);
    if ((fs::status(path).permissions() & fs::perms::others_read) != fs::perms::none) {
      fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
    }
  }
  EXPECT_EQ(problems(), std::vector<std::string>{});
}

TEST_F(DamageTest, ProblemsNameFleetAndEntry) {
  const fs::path bundle = root() / "north/tile/entries/000.p/3";
  Bytes changed = *read_file(bundle, 1U << 20U);
  changed.back() ^= 1U;
  overwrite(bundle, changed);
  EXPECT_TRUE(any_names(problems(), "fleet north, entry 2") || any_names(problems(), "fleet north: entry 2"))
      << problems().front();
  const auto opened = Ledger::open(directory_.options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::corrupt);
  EXPECT_NE(opened.error().text().find("fleet north, entry 2"), std::string::npos) << opened.error().text();
}

TEST_F(DamageTest, AFlippedBitInTheLogIsNamedByEntryAndRefusedAtStart) {
  for (const auto& file : fs::directory_iterator(root() / "_wal")) {
    const Bytes whole = *read_file(file.path(), 1U << 20U);
    for (std::size_t at = 0; at < whole.size(); at += 64) {
      Bytes changed = whole;
      changed[at] ^= 0x10U;
      overwrite(file.path(), changed);
      const auto opened = Ledger::open(directory_.options());
      ASSERT_FALSE(opened) << at;
      EXPECT_EQ(opened.error().code, Errc::corrupt);
      EXPECT_TRUE(opened.error().text().find("entry") != std::string::npos) << opened.error().text();
    }
    overwrite(file.path(), whole);
  }
}

// An administrator who puts back a part of yesterday's copy: the tree would contradict what was published since.
TEST_F(DamageTest, APartOfAnOlderCopyNeverLeadsToAnotherSignature) {
  const fs::path copy = directory_.path() / "copy";
  fs::copy(root(), copy, fs::copy_options::recursive);
  {
    auto ledger = directory_.open();
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "newer " + std::string(20'000, 'x'))));
  }
  const std::string published = *read_text_file(root() / "north/checkpoint", 4096);
  const fs::path newest = directory_.path() / "newest";
  fs::copy(root(), newest, fs::copy_options::recursive);
  for (const char* part : {"north", "_fleets", "_wal", "north/checkpoint", "_fleets/north/signed", "north/tile"}) {
    fs::remove_all(root() / part);
    fs::copy(copy / part, root() / part, fs::copy_options::recursive);
    const auto opened = Ledger::open(directory_.options());
    const bool harmless =
        std::string_view(part) == "north/checkpoint";  // brought up to what was signed, which contains it
    EXPECT_EQ(opened.has_value(), harmless) << part;
    if (!opened) EXPECT_EQ(opened.error().code, Errc::corrupt) << part;
    if (harmless) EXPECT_EQ(*read_text_file(root() / "north/checkpoint", 4096), published);
    fs::remove_all(root());
    fs::copy(newest, root(), fs::copy_options::recursive);
  }
  EXPECT_TRUE(Ledger::open(directory_.options()));
}

TEST_F(DamageTest, ACheckpointChangedUnderARunningServerStopsItsSignatures) {
  auto ledger = directory_.open();
  const fs::path file = root() / "north/checkpoint";
  const std::string old = *read_text_file(file, 4096);
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "x")));
  ASSERT_TRUE(ledger->publish(north));
  ASSERT_TRUE(write_file_atomic(file, old));
  ASSERT_TRUE(ledger->append_and_wait(draft("north", "t-1", "y")));
  EXPECT_EQ(ledger->publish(north).error().code, Errc::corrupt);
  EXPECT_EQ(*read_text_file(file, 4096), old);
  EXPECT_NE(ledger->status().problem, "");
  EXPECT_EQ(ledger->durable(north), 5U);  // entries are taken all the same: they are in the log
}

TEST_F(DamageTest, ADirectoryOfAnotherVersionIsLeftAlone) {
  overwrite(root() / "_format", to_bytes(as_bytes("outrider ledger 2\n")));
  EXPECT_EQ(Ledger::open(directory_.options()).error().code, Errc::malformed);
}

TEST_F(DamageTest, ACreationThatWasInterruptedIsDoneAgain) {
  fs::create_directories(root() / "_fleets/south");
  overwrite(root() / "_fleets/south/note.key", to_bytes(as_bytes("half a")));
  EXPECT_EQ(problems(), std::vector<std::string>{});
  auto ledger = directory_.open();
  EXPECT_EQ(ledger->fleets(), std::vector{north});
  EXPECT_TRUE(ledger->create_fleet(FleetId("south")));
  EXPECT_EQ(ledger->append_and_wait(draft("south", "t-1", "x")), 0U);
}

}  // namespace
}  // namespace outrider::ledger
