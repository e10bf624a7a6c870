#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <soci/soci.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "store/projection.h"

namespace outrider::store {
namespace {

using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  std::filesystem::path file() const { return directory_ / "projection.db"; }
  Result<std::unique_ptr<Database>> open() const { return Database::open({.file = file()}); }
  Result<std::unique_ptr<Database>> open_with(const Migrations& migrations) const {
    return Database::open({.file = file(), .migrations = &migrations});
  }

  testing_support::TemporaryDirectory directory_;
};

TEST_F(DatabaseTest, AllMigrationsApplyFromZeroInOrder) {
  auto database = open();
  ASSERT_TRUE(database) << database.error().text();
  auto session = (*database)->read();
  ASSERT_TRUE(session);
  const auto rows = session->rows("SELECT name FROM schema_migration ORDER BY number");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->size(), embedded_migrations().size());
  EXPECT_EQ(rows->front().at(0), "0001_inventory.sql");
  EXPECT_TRUE(session->rows("SELECT * FROM reading_group"));
}

TEST_F(DatabaseTest, OpeningAgainChangesNothing) {
  ASSERT_TRUE(open());
  EXPECT_TRUE(open());
}

TEST_F(DatabaseTest, ALaterMigrationIsAppliedToAnOlderDatabase) {
  const Migrations first{{"0001_a.sql", "CREATE TABLE a (x INTEGER);"}};
  const Migrations second{first[0], {"0002_b.sql", "CREATE TABLE b (y INTEGER); INSERT INTO b VALUES (7);"}};
  ASSERT_TRUE(open_with(first));
  auto database = open_with(second);
  ASSERT_TRUE(database) << database.error().text();
  auto session = (*database)->read();
  EXPECT_EQ(session->rows("SELECT y FROM b")->at(0).at(0), "7");
}

TEST_F(DatabaseTest, ADatabaseOfANewerProgramIsRefused) {
  const Migrations newer{{"0001_a.sql", "CREATE TABLE a (x INTEGER);"}, {"0002_b.sql", "CREATE TABLE b (y INTEGER);"}};
  const Migrations older{newer[0]};
  ASSERT_TRUE(open_with(newer));
  const auto refused = open_with(older);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "database-newer");
  EXPECT_THAT(refused.error().detail, HasSubstr("0002_b.sql"));
}

TEST_F(DatabaseTest, AMigrationThatWasChangedAfterwardsIsRefused) {
  ASSERT_TRUE(open_with({{"0001_a.sql", "CREATE TABLE a (x INTEGER);"}}));
  const auto refused = open_with({{"0001_a.sql", "CREATE TABLE a (x TEXT);"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "database-changed");
}

TEST_F(DatabaseTest, AMigrationThatFailsLeavesNothingBehind) {
  const auto failed = open_with({{"0001_a.sql", "CREATE TABLE a (x INTEGER); CREATE TABLE a (x INTEGER);"}});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().text(), HasSubstr("0001_a.sql"));
  EXPECT_TRUE(open_with({{"0001_a.sql", "CREATE TABLE a (x INTEGER);"}}));
}

TEST_F(DatabaseTest, MigrationsWithoutOrWithEqualNumbersAreRefused) {
  EXPECT_EQ(open_with({{"a.sql", "SELECT 1;"}}).error().reason, "bad-migration");
  EXPECT_EQ(open_with({{"0001_a.sql", "SELECT 1;"}, {"1_b.sql", "SELECT 1;"}}).error().reason, "bad-migration");
}

TEST_F(DatabaseTest, OnlyTheOwnerMayReadTheFiles) {
  auto database = open();
  ASSERT_TRUE(database);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
    struct stat info{};
    ASSERT_EQ(::stat(entry.path().c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << entry.path();
  }
}

TEST_F(DatabaseTest, AFileThatIsNoDatabaseSaysThatItMayBeDeleted) {
  ASSERT_TRUE(write_file_atomic(file(), std::string(8192, 'x')));
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::corrupt);
  EXPECT_EQ(refused.error().reason, "database-corrupt");
  EXPECT_THAT(refused.error().detail, HasSubstr("delete the file"));
  EXPECT_THAT(refused.error().detail, HasSubstr("rebuilt"));
}

TEST_F(DatabaseTest, APageOverwrittenWithNoiseIsFoundWhenItIsRead) {
  {
    auto database = open();
    auto session = (*database)->begin();
    ASSERT_TRUE(session->execute("INSERT INTO fleet VALUES ('f', 'F', 1)"));
    ASSERT_TRUE(session->commit());
  }
  const auto size = std::filesystem::file_size(file());
  {
    std::fstream out(file(), std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(4096);
    out << std::string(size - 4096, '\xff');
  }
  auto database = open();
  const auto error = [&] {
    if (!database) return database.error();
    auto session = (*database)->read();
    return session->rows("SELECT * FROM fleet").error();
  }();
  EXPECT_EQ(error.reason, "database-corrupt");
}

TEST_F(DatabaseTest, ADatabaseThatAnotherHoldsIsBusy) {
  auto first = open();
  auto holder = (*first)->begin();
  auto second = Database::open({.file = file(), .busy_timeout = std::chrono::milliseconds{1}});
  ASSERT_TRUE(second) << second.error().text();
  const auto refused = (*second)->begin();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(refused.error().reason, "database-busy");
}

TEST_F(DatabaseTest, ADirectoryThatDoesNotExistIsNamed) {
  const auto refused = Database::open({.file = directory_.path() / "missing" / "x.db"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("missing/x.db"));
}

TEST_F(DatabaseTest, APathWithAQuotationMarkIsRefused) {
  EXPECT_EQ(Database::open({.file = directory_ / "a\"b.db"}).error().reason, "bad-path");
}

TEST_F(DatabaseTest, WhatIsNotCommittedIsRolledBack) {
  auto database = open();
  {
    auto session = (*database)->begin();
    ASSERT_TRUE(session->execute("INSERT INTO fleet VALUES ('f', 'F', 1)"));
  }
  auto session = (*database)->read();
  EXPECT_TRUE(session->rows("SELECT * FROM fleet")->empty());
}

TEST_F(DatabaseTest, ReadersSeeTheLastCommitWhileAWriterIsAtWork) {
  auto database = open();
  auto writer = (*database)->begin();
  ASSERT_TRUE(writer->execute("INSERT INTO fleet VALUES ('f', 'F', 1)"));
  {
    auto reader = (*database)->read();
    EXPECT_TRUE(reader->rows("SELECT * FROM fleet")->empty());
  }
  ASSERT_TRUE(writer->commit());
  auto reader = (*database)->read();
  EXPECT_EQ(reader->rows("SELECT * FROM fleet")->size(), 1U);
}

TEST_F(DatabaseTest, MoreReadersThanConnectionsWaitForOneAnother) {
  auto database = open();
  std::vector<std::jthread> threads;
  std::atomic<int> answered{0};
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 20; ++n) {
        auto session = (*database)->read();
        if (session && session->rows("SELECT count(*) FROM fleet")) ++answered;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(answered, 160);
}

TEST_F(DatabaseTest, WhatSociThrowsIsAnErrorWithTheStatement) {
  auto database = open();
  auto session = (*database)->begin();
  const auto failed = session->run([](soci::session& sql) { sql << "INSERT INTO nowhere VALUES (1)"; });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().detail, HasSubstr("nowhere"));
}

TEST_F(DatabaseTest, ACursorIsKeptPerReaderAndFleet) {
  auto database = open();
  {
    auto session = (*database)->begin();
    ASSERT_TRUE(save_cursor(*session, "registry", FleetId("a"), 5));
    ASSERT_TRUE(save_cursor(*session, "registry", FleetId("a"), 7));
    ASSERT_TRUE(save_cursor(*session, "registry", FleetId("b"), 1));
    ASSERT_TRUE(save_cursor(*session, "history", FleetId("a"), 2));
    ASSERT_TRUE(session->commit());
  }
  auto session = (*database)->read();
  const auto cursors = load_cursors(*session, "registry");
  ASSERT_TRUE(cursors);
  EXPECT_EQ(*cursors, (std::map<FleetId, std::uint64_t>{{FleetId("a"), 7}, {FleetId("b"), 1}}));
}

}  // namespace
}  // namespace outrider::store
