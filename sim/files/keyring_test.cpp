#include "sim/files/keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "base/testing/temporary_directory.h"
#include "sim/files/journal.h"

namespace outrider::sim {
namespace {

using testing::HasSubstr;

class Folder : public testing::Test {
 protected:
  testing_support::TemporaryDirectory folder;
  const std::filesystem::path& path = folder.path();
};

using KeyringFiles = Folder;
using JournalFiles = Folder;

TEST_F(KeyringFiles, RemembersCertificatesForTheNextRun) {
  {
    const auto ring = Keyring::open(path / "state");
    ASSERT_TRUE(ring) << ring.error().text();
    EXPECT_FALSE((*ring)->find(DeviceId{"t-1"}));
    ASSERT_TRUE((*ring)->remember({.device = "t-1", .key = "K", .chain = "C\nD\n"}));
    ASSERT_TRUE((*ring)->remember({.device = "t-1", .key = "K2", .chain = "C2"}));
  }
  const auto ring = Keyring::open(path / "state");
  ASSERT_TRUE(ring);
  const auto found = (*ring)->find(DeviceId{"t-1"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->key, "K2") << "the last one holds";
  EXPECT_EQ((*ring)->size(), 1U);
}

TEST_F(KeyringFiles, CountsRunsAsBoots) {
  for (unsigned run = 1; run <= 3; ++run) EXPECT_EQ(Keyring::open(path / "state").value()->boots(), run);
}

TEST_F(KeyringFiles, KeepsKeysFromOthers) {
  {
    ASSERT_TRUE(Keyring::open(path / "state"));
  }
  struct stat info{};
  ASSERT_EQ(::stat((path / "state/devices.jsonl").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((path / "state").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0700U);
  ASSERT_EQ(::chmod((path / "state/devices.jsonl").c_str(), 0644), 0);
  const auto open = Keyring::open(path / "state");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().reason, "secret-readable-by-others");
}

TEST_F(KeyringFiles, AreNotSharedByTwoSimulators) {
  const auto first = Keyring::open(path / "state");
  ASSERT_TRUE(first);
  const auto second = Keyring::open(path / "state");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "state-in-use");
}

TEST_F(KeyringFiles, LoseNothingButALineCutShort) {
  {
    const auto ring = Keyring::open(path / "state");
    ASSERT_TRUE((*ring)->remember({.device = "t-1", .key = "K", .chain = "C"}));
  }
  {
    std::ofstream(path / "state/devices.jsonl", std::ios::app) << R"({"device":"t-2","key":"K)";
  }
  {
    const auto ring = Keyring::open(path / "state");
    ASSERT_TRUE(ring) << ring.error().text();
    EXPECT_TRUE((*ring)->find(DeviceId{"t-1"}));
    EXPECT_FALSE((*ring)->find(DeviceId{"t-2"}));
    ASSERT_TRUE((*ring)->remember({.device = "t-3", .key = "K", .chain = "C"}));
  }
  EXPECT_TRUE(Keyring::open(path / "state").value()->find(DeviceId{"t-3"})) << "the rest of the cut line is gone";
}

TEST_F(KeyringFiles, NameTheLineThatIsBroken) {
  {
    ASSERT_TRUE(Keyring::open(path / "state"));
  }
  {
    std::ofstream(path / "state/devices.jsonl", std::ios::app) << "{}\n";
  }
  const auto open = Keyring::open(path / "state");
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().text(), HasSubstr("devices.jsonl:2"));
}

TEST_F(JournalFiles, HoldWhatWasSentAndAcknowledgedInOrder) {
  {
    const auto journal = Journal::open(path / "journal");
    ASSERT_TRUE(journal);
    ASSERT_TRUE((*journal)->sent("t-1", "aa"));
    ASSERT_TRUE((*journal)->acknowledged("t-1", "aa"));
  }
  ASSERT_TRUE(Journal::open(path / "journal").value()->sent("t-2", "bb")) << "a later run appends";
  EXPECT_EQ(read_text_file(path / "journal", 1000).value(), "sent t-1 aa\nacked t-1 aa\nsent t-2 bb\n");
}

TEST_F(JournalFiles, CannotBeOpenedWhereThereIsNoFolder) {
  EXPECT_FALSE(Journal::open(path / "no/journal"));
}

}  // namespace
}  // namespace outrider::sim
