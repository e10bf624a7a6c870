#include "server/backup/backup.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "server/backup/ustar.h"
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

using testing::IsEmpty;

constexpr std::size_t archive_bytes_max = 1U << 30U;

std::unique_ptr<Server> start(const std::filesystem::path& data) {
  auto config = test_config(data);
  config.ledger_checkpoint_interval = std::chrono::milliseconds{50};
  auto server = Server::start(std::move(config));
  EXPECT_TRUE(server) << server.error().text();
  return server ? *std::move(server) : nullptr;
}

void take_backup(const Server& server, const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  auto caller = local_caller(server);
  const auto response =
      caller.client().stream({.method = "POST", .path = "/api/v1/backup"}, [&](std::string_view piece) {
        out.write(piece.data(), static_cast<std::streamsize>(piece.size()));
        return true;
      });
  ASSERT_TRUE(response) << response.error().text();
  ASSERT_EQ(response->status, 200);
}

std::string devices_of(const Server& server) {
  wait_until_current(server);
  return local_caller(server).get("/fleets/acme/devices", {{"limit", "1000"}}).text;
}

void add_device(Caller& caller, int number) {
  const auto body =
      fmt::format(R"({{"devices":[{{"device":"d-{:04}","profile":"fleet-tracker"}}],"codes":true}})", number);
  ASSERT_EQ(caller.post("/fleets/acme/devices", body).status, 200);
}

TEST(Backup, RestoringItGivesTheSameState) {
  const TempDirectory directory;
  auto server = start(directory.path() / "data");
  ASSERT_TRUE(server);
  auto caller = local_caller(*server);
  ASSERT_EQ(caller.post("/fleets", R"({"fleet":"acme"})").status, 201);
  for (int i = 0; i < 20; ++i) add_device(caller, i);
  const auto before = devices_of(*server);
  const auto token = read_text_file(directory.path() / "data/admin.token", 1024);
  take_backup(*server, directory.path() / "backup.tar");
  add_device(caller, 9999);  // after the backup
  server.reset();

  const auto report = restore(directory.path() / "backup.tar", directory.path() / "new");
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_THAT(report->problems, IsEmpty());
  EXPECT_GT(report->entries, 20U);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "new/database")) << "it is rebuilt";
  EXPECT_EQ(read_text_file(directory.path() / "new/admin.token", 1024), token);
  EXPECT_TRUE(std::filesystem::exists(directory.path() / "new/broker/state.db"));
  server = start(directory.path() / "new");
  ASSERT_TRUE(server);
  EXPECT_EQ(devices_of(*server), before);
}

TEST(Backup, TakenUnderLoadItHoldsEverythingAcknowledgedBeforeIt) {
  const TempDirectory directory;
  auto server = start(directory.path() / "data");
  ASSERT_TRUE(server);
  auto caller = local_caller(*server);
  ASSERT_EQ(caller.post("/fleets", R"({"fleet":"acme"})").status, 201);
  constexpr int rounds = 2;
  std::vector<int> acknowledged;
  std::atomic<int> added{0};
  std::atomic<bool> stop{false};
  std::thread load([&] {
    auto other = local_caller(*server);
    while (!stop) {
      add_device(other, added);
      ++added;
    }
  });
  for (int round = 0; round < rounds; ++round) {
    acknowledged.push_back(added);
    take_backup(*server, directory.path() / fmt::format("backup-{}.tar", round));
  }
  stop = true;
  load.join();
  server.reset();
  for (int round = 0; round < rounds; ++round) {
    const auto data = directory.path() / fmt::format("new-{}", round);
    const auto report = restore(directory.path() / fmt::format("backup-{}.tar", round), data);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_THAT(report->problems, IsEmpty());
    const auto restored = start(data);
    ASSERT_TRUE(restored);
    const auto status = local_caller(*restored).get("/status");
    EXPECT_GE(status.body.at("devices_total").to_number<int>(), acknowledged[static_cast<std::size_t>(round)]);
  }
}

// --- restoring what is no backup of ours

class Restore : public testing::Test {
 protected:
  // An archive of one member with this content, ended properly.
  void write(const ustar::Block& header, const std::string& content, bool ended = true) {
    std::string text(as_text(header));
    text += content;
    text.append(ustar::padding(content.size()), '\0');
    if (ended) text.append(2 * ustar::block_bytes, '\0');
    add_text(text);
  }
  void add_text(const std::string& text) {
    std::ofstream out(archive(), std::ios::binary | std::ios::app);
    out.write(text.data(), static_cast<std::streamsize>(text.size()));
  }
  std::filesystem::path archive() const { return directory_.path() / "a.tar"; }
  std::filesystem::path data() const { return directory_.path() / "data"; }
  std::string refusal() const {
    const auto report = restore(archive(), data());
    return report ? "" : report.error().reason;
  }
  bool nothing_left() const { return !std::filesystem::exists(data()) || std::filesystem::is_empty(data()); }

  TempDirectory directory_;
};

TEST_F(Restore, AnArchiveCutShortAnywhereIsRefusedAndLeavesNothing) {
  write(*ustar::encode({.name = "ledger/x", .size = 600}), std::string(600, 'x'));
  const auto whole = read_file(archive(), archive_bytes_max).value();
  for (const std::size_t size :
       {whole.size() - 1024, whole.size() - 1025, std::size_t{700}, std::size_t{511}, std::size_t{0}}) {
    ASSERT_TRUE(write_file_atomic(archive(), ByteView(whole).first(size)));
    EXPECT_EQ(refusal(), "truncated") << size;
    EXPECT_TRUE(nothing_left());
  }
}

TEST_F(Restore, ADirectoryThatIsNotEmptyIsLeftAlone) {
  write(*ustar::encode({.name = "ledger/x", .size = 1}), "x");
  std::filesystem::create_directories(data());
  ASSERT_TRUE(write_file_atomic(data() / "precious", "p"));
  EXPECT_EQ(refusal(), "not-empty");
  EXPECT_TRUE(std::filesystem::exists(data() / "precious"));
}

TEST_F(Restore, ANameTwiceIsRefused) {
  write(*ustar::encode({.name = "ledger/x", .size = 1}), "x", false);
  write(*ustar::encode({.name = "ledger/x", .size = 1}), "y");
  EXPECT_EQ(refusal(), "name-twice");
  EXPECT_TRUE(nothing_left());
}

TEST_F(Restore, WhatIsNoArchiveIsRefused) {
  add_text(std::string(4096, 'z'));
  EXPECT_FALSE(refusal().empty());
  EXPECT_TRUE(nothing_left());
}

}  // namespace
}  // namespace outrider::server
