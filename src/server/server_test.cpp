#include "server/server.h"

#include <gmock/gmock.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <set>

#include "base/file.h"
#include "server/start/data_directory.h"
#include "server/testing/test_server.h"

namespace outrider::server {
namespace {

using testing::HasSubstr;

std::unique_ptr<Server> start(const std::filesystem::path& data) {
  auto server = Server::start(test_config(data));
  if (!server) {
    ADD_FAILURE() << server.error().text();
    return nullptr;
  }
  return *std::move(server);
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777U : 0;
}

// What callers can see of the state, without what depends on the moment.
std::string state_of(const Server& server) {
  wait_until_current(server);
  auto caller = local_caller(server);
  std::string out;
  for (const char* path : {"/fleets/acme/devices", "/fleets/acme/devices/t-1", "/fleets/acme/profiles", "/tokens",
                           "/fleets/acme/identities"})
    out += caller.get(path).text + "\n";
  // Posture has ages in seconds.
  for (std::size_t at = 0; (at = out.find("\"age_s\":", at)) != std::string::npos;) {
    const auto end = out.find_first_of(",}", at);
    out.erase(at, end - at);
  }
  return out;
}

void fill(const Server& server) {
  auto caller = local_caller(server);
  ASSERT_EQ(caller.post("/fleets", R"({"fleet":"acme","title":"Acme"})").status, 201);
  ASSERT_EQ(caller
                .post("/fleets/acme/devices",
                      R"({"devices":[{"device":"t-1","profile":"fleet-tracker","label":"Van 1"},
                                     {"device":"t-2","profile":"fleet-tracker"}],"codes":true})")
                .status,
            200);
  ASSERT_EQ(caller.post("/fleets/acme/devices/t-2/state", R"({"event":"retire","why":"sold"})").status, 200);
  ASSERT_EQ(caller.post("/tokens", R"({"name":"ci","life":"90d"})").status, 201);
}

TEST(Server, ItSaysWhereItCanBeReachedAndStopsSayingSoWhenItStops) {
  const TempDirectory directory;
  const auto server = start(directory.path() / "data");
  ASSERT_TRUE(server);
  const auto addresses = read_addresses(directory.path() / "data");
  ASSERT_TRUE(addresses) << addresses.error().text();
  EXPECT_EQ(*addresses, server->addresses());
  EXPECT_THAT(addresses->mqtt, testing::StartsWith("127.0.0.1:"));
  EXPECT_EQ(addresses->pid, ::getpid());
  server->stop();
  const auto gone = read_addresses(directory.path() / "data");
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().reason, "not-running");
}

TEST(Server, AddressesOfAServerThatDiedAreNotBelieved) {
  const TempDirectory directory;
  std::filesystem::create_directories(directory.path() / "run");
  // No process has the largest number the kernel could give.
  const Addresses dead{.mqtt = "127.0.0.1:1", .pid = 4'194'304 + 1};
  ASSERT_TRUE(write_file_atomic(directory.path() / "run/addresses.json", json::write(dead)));
  EXPECT_EQ(read_addresses(directory.path()).error().reason, "not-running");
}

TEST(Server, ItsDirectoryAndItsSecretsAreForItsOwnerOnly) {
  const TempDirectory directory;
  const auto data = directory.path() / "data";
  std::filesystem::create_directories(data);
  std::filesystem::permissions(data, std::filesystem::perms(0755));
  const auto server = start(data);
  ASSERT_TRUE(server);
  EXPECT_EQ(mode_of(data), 0700U);
  EXPECT_EQ(mode_of(data / "run"), 0700U);
  EXPECT_EQ(mode_of(data / "run/outrider.sock"), 0600U);
  EXPECT_EQ(mode_of(data / "admin.token"), 0600U);
  EXPECT_EQ(mode_of(data / "ca/root.key"), 0600U);
}

TEST(Server, ASecondOneOnTheSameDirectoryIsRefused) {
  const TempDirectory directory;
  const auto server = start(directory.path());
  ASSERT_TRUE(server);
  const auto second = Server::start(test_config(directory.path()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "already-running");
  EXPECT_EQ(local_caller(*server).get("/status").status, 200) << "the first one goes on";
}

TEST(Server, AConfigurationWithProblemsIsNotStarted) {
  const auto refused = Server::start(parse_config("threads = -1\n[mqtt]\nport = 70000\n", "o.toml"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "bad-config");
  EXPECT_THAT(refused.error().detail, HasSubstr("o.toml:1"));
  EXPECT_THAT(refused.error().detail, HasSubstr("o.toml:3"));
}

TEST(Server, APortThatIsTakenIsNamed) {
  const TempDirectory directory;
  const auto server = start(directory.path() / "a");
  ASSERT_TRUE(server);
  auto config = test_config(directory.path() / "b");
  const auto& taken = server->addresses().https;
  config.https_port = std::stoul(taken.substr(taken.rfind(':') + 1));
  const auto second = Server::start(std::move(config));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().reason, "port-in-use");
  EXPECT_THAT(second.error().detail, HasSubstr(taken + " for HTTPS"));
}

TEST(Server, ARestartGivesTheSameState) {
  const TempDirectory directory;
  auto server = start(directory.path());
  ASSERT_TRUE(server);
  fill(*server);
  const auto before = state_of(*server);
  EXPECT_THAT(before, HasSubstr("Van 1"));
  server.reset();
  server = start(directory.path());
  ASSERT_TRUE(server);
  EXPECT_EQ(state_of(*server), before);
}

TEST(Server, DeletingTheDatabaseLosesNothing) {
  const TempDirectory directory;
  auto server = start(directory.path());
  ASSERT_TRUE(server);
  fill(*server);
  const auto before = state_of(*server);
  server.reset();
  ASSERT_GT(std::filesystem::remove_all(directory.path() / "database"), 1U);
  server = start(directory.path());
  ASSERT_TRUE(server);
  EXPECT_EQ(state_of(*server), before);
}

TEST(Server, EachFleetsLogBeginsWithItsAuthorities) {
  const TempDirectory directory;
  const auto server = start(directory.path());
  ASSERT_TRUE(server);
  fill(*server);
  const auto entries = local_caller(*server).get("/fleets/acme/entries", {{"kind", "authority.created"}});
  std::set<std::string> roles;
  for (const auto& entry : entries.items()) roles.insert(std::string(entry.at("payload").at("role").as_string()));
  EXPECT_EQ(roles, (std::set<std::string>{"root", "issuing"}));
}

TEST(Server, ARevokedAdminTokenIsNotMadeAgain) {
  const TempDirectory directory;
  auto server = start(directory.path());
  ASSERT_TRUE(server);
  EXPECT_EQ(local_caller(*server).send("DELETE", "/tokens/admin").status, 200);
  server.reset();
  std::filesystem::remove(directory.path() / "admin.token");
  server = start(directory.path());
  ASSERT_TRUE(server);
  EXPECT_FALSE(std::filesystem::exists(directory.path() / "admin.token"));
}

TEST(Server, HealthIsToldWithoutSigningIn) {
  const TempDirectory directory;
  const auto server = start(directory.path());
  ASSERT_TRUE(server);
  EXPECT_EQ(health(*server, "/livez").status, 200);
  EXPECT_EQ(health(*server, "/readyz").status, 200);
  const auto metrics = health(*server, "/metrics");
  EXPECT_THAT(metrics.text, HasSubstr("outrider_ledger_healthy 1"));
  EXPECT_THAT(metrics.text, HasSubstr("outrider_fleets 0"));
  EXPECT_EQ(health(*server, "/api/v1/status").status, 404);
}

// Lets no file grow beyond a byte, which is what a failing disk looks like from here.
class FullDisk {
 public:
  FullDisk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    old_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit tiny = before_;
    tiny.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &tiny);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, old_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*old_)(int) = nullptr;
};

TEST(Server, WhenTheDiskFailsItRefusesChangesSaysWhyAndKeepsAnswering) {
  const TempDirectory directory;
  const auto server = start(directory.path());
  ASSERT_TRUE(server);
  fill(*server);
  auto caller = local_caller(*server);
  {
    const FullDisk full;
    const auto refused = caller.post("/fleets/acme/devices/t-1/state", R"({"event":"retire","why":"x"})");
    EXPECT_EQ(refused.status, 503) << refused.text;
    const auto again = caller.post("/fleets/acme/devices/t-1/code");
    EXPECT_EQ(again.status, 503) << again.text;
    const auto ready = health(*server, "/readyz");
    EXPECT_EQ(ready.status, 503);
    EXPECT_THAT(ready.text, HasSubstr("the ledger refuses entries"));
    EXPECT_EQ(caller.get("/fleets/acme/devices").items().size(), 2U);
    const auto status = caller.get("/status");
    EXPECT_FALSE(status.body.at("healthy").as_bool());
    EXPECT_THAT(std::string(status.body.at("problem").as_string()), HasSubstr("the ledger refuses entries"));
  }
}

}  // namespace
}  // namespace outrider::server
