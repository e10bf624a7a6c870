// Each test breaks one thing for real and expects the one finding that names it.
#include "server/doctor/doctor.h"

#include <gmock/gmock.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fstream>

#include "crypto/keys/key.h"
#include "server/testing/test_server.h"
#include "store/database.h"
#include "store/projection.h"

namespace outrider::server::doctor {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::uint64_t gib = 1024UL * 1024 * 1024;

// A machine nobody can complain of.
Vitals good_vitals() {
  return {.now = system_clock().now(),
          .synchronised = true,
          .disk_bytes = 100 * gib,
          .disk_free_bytes = 50 * gib,
          .inodes = 1'000'000,
          .inodes_free = 900'000,
          .file_system = "ext4",
          .sync_time = std::chrono::microseconds{500},
          .descriptors = 1'000'000,
          .backlog = 4096,
          .user = ::geteuid()};
}

auto finding(Severity severity, std::string_view check, const std::string& what) {
  return AllOf(Field(&Finding::severity, severity), Field(&Finding::check, std::string(check)),
               Field(&Finding::what, HasSubstr(what)), Field(&Finding::why, Not(IsEmpty())),
               Field(&Finding::remedy, Not(IsEmpty())));
}

// An installation with a fleet, its server stopped.
class Doctor : public testing::Test {
 protected:
  void SetUp() override {
    const auto server = Server::start(test_config(data())).value();
    ASSERT_EQ(local_caller(*server).post("/fleets", R"({"fleet":"demo","title":"Demo"})").status, 201);
    server->stop();
  }

  std::filesystem::path data() const { return directory_.path() / "data"; }
  DataPaths paths() const { return {data()}; }
  Patient patient() const {
    Patient out = examine({.config = test_config(data())}, false);
    const auto jump = out.vitals.clock_jump;
    out.vitals = good_vitals();
    out.vitals.clock_jump = jump;
    return out;
  }
  std::vector<Finding> found(std::string_view check) const { return found(patient(), check); }
  static std::vector<Finding> found(const Patient& patient, std::string_view check) {
    return diagnose(patient, check).findings;
  }
  static void overwrite(const std::filesystem::path& path, std::int64_t from, std::string_view text) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(from);
    file << text;
    ASSERT_TRUE(file.good()) << path;
  }

 private:
  TempDirectory directory_;
};

TEST_F(Doctor, FindsNothingInASoundInstallationAtRest) {
  EXPECT_THAT(diagnose(patient()).findings, ElementsAre(finding(Severity::note, "server", "no server is running")));
}

TEST_F(Doctor, FindsNothingWhileTheServerRuns) {
  const auto server = Server::start(test_config(data())).value();
  const auto all = diagnose(patient()).findings;
  EXPECT_THAT(all, IsEmpty()) << (all.empty() ? "" : all.front().what);
}

TEST_F(Doctor, SaysWhatIsWrongWithTheConfigurationAndLooksAtNothingElse) {
  const Patient lost = examine(parse_config("[mqtt]\nprot = 1\n", "outrider.toml"), false);
  EXPECT_THAT(diagnose(lost).findings, ElementsAre(finding(Severity::problem, "settings", "prot")));
}

TEST_F(Doctor, FindsABrokenListOfBlockedKeysAndAMissingDatabase) {
  Patient ill = patient();
  ill.settings.config.keys_block_list = (data() / "blocked").string();
  ill.settings.config.geo_country_db = (data() / "country.mmdb").string();
  ASSERT_TRUE(write_file_atomic(data() / "blocked", "not a key\n"));
  EXPECT_THAT(found(ill, "lists"), ElementsAre(finding(Severity::problem, "lists", "blocked"),
                                               finding(Severity::problem, "lists", "country.mmdb")));
}

TEST_F(Doctor, FindsADataDirectoryThatIsOpenToOthers) {
  ASSERT_EQ(::chmod(data().c_str(), 0755), 0);
  EXPECT_THAT(found("directory"), ElementsAre(finding(Severity::problem, "directory", "mode 0755")));
}

TEST_F(Doctor, SaysThatThereIsNoDataDirectoryYet) {
  std::filesystem::remove_all(data());
  EXPECT_THAT(diagnose(patient()).findings, Contains(finding(Severity::note, "directory", "does not exist")));
  EXPECT_EQ(diagnose(patient()).count(Severity::problem), 0U);
}

TEST_F(Doctor, FindsSecretsThatOthersMayRead) {
  const std::vector<std::filesystem::path> secrets{paths().ca() / "root.key",
                                                   paths().ca() / "fleets" / "demo" / "issuing.key",
                                                   paths().admin_token(),
                                                   paths().ledger() / "_keys" / "master.key",
                                                   paths().ledger() / "_fleets" / "demo" / "note.key",
                                                   paths().database()};
  for (const auto& secret : secrets) ASSERT_EQ(::chmod(secret.c_str(), 0644), 0) << secret;
  const auto all = found("files");
  for (const auto& secret : secrets)
    EXPECT_THAT(all, Contains(finding(Severity::problem, "files", secret.string() + " can be read"))) << secret;
  EXPECT_EQ(all.size(), secrets.size());
}

TEST_F(Doctor, FindsFilesThatEverybodyMayWriteAndLinks) {
  ASSERT_EQ(::chmod((paths().ca() / "root.pem").c_str(), 0666), 0);
  std::filesystem::create_symlink("/etc/passwd", paths().ca() / "friend.pem");
  EXPECT_THAT(found("files"),
              testing::UnorderedElementsAre(finding(Severity::problem, "files", "root.pem can be written"),
                                            finding(Severity::warning, "files", "symbolic link")));
}

TEST_F(Doctor, FindsAFileOfAnotherOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  ASSERT_EQ(::chown(paths().database().c_str(), 65534, 65534), 0);
  EXPECT_THAT(found("files"), ElementsAre(finding(Severity::problem, "files", "belongs to user 65534")));
}

TEST_F(Doctor, MeasuresTheDiskItStandsOn) {
  const Vitals vitals = take_vitals(data(), 0, {});
  EXPECT_GT(vitals.disk_bytes, 0U);
  EXPECT_FALSE(vitals.file_system.empty());
  EXPECT_TRUE(vitals.sync_time) << vitals.sync_problem;
}

TEST_F(Doctor, FindsADiskThatCannotBeWritten) {
  Patient ill = patient();
  ill.vitals.sync_problem = take_vitals("/proc", 0, {}).sync_problem;
  EXPECT_THAT(found(ill, "durability"), ElementsAre(finding(Severity::problem, "durability", "/proc")));
}

TEST_F(Doctor, FindsASlowDisk) {
  Patient ill = patient();
  ill.vitals.sync_time = std::chrono::milliseconds{80};
  EXPECT_THAT(found(ill, "durability"), ElementsAre(finding(Severity::warning, "durability", "80.0 ms")));
}

TEST_F(Doctor, FindsAFullDisk) {
  Patient ill = patient();
  ill.vitals.disk_free_bytes = 10UL * 1024 * 1024;
  EXPECT_THAT(found(ill, "space"), ElementsAre(finding(Severity::problem, "space", "10 MiB free")));
  ill.vitals.disk_free_bytes = gib;
  EXPECT_THAT(found(ill, "space"), ElementsAre(finding(Severity::warning, "space", "1024 MiB free")));
}

TEST_F(Doctor, FindsADiskWithoutInodesOrMemory) {
  Patient ill = patient();
  ill.vitals.inodes_free = 10;
  ill.vitals.file_system = "tmpfs";
  EXPECT_THAT(found(ill, "space"), ElementsAre(finding(Severity::problem, "space", "tmpfs"),  // the worst first
                                               finding(Severity::warning, "space", "10 inodes")));
}

TEST_F(Doctor, FindsAnOlderLedgerThatWasPutBack) {
  namespace fs = std::filesystem;
  EXPECT_THAT(found("anchor"), IsEmpty());
  const fs::path copy = data().string() + "-copy";
  fs::copy(paths().ledger(), copy, fs::copy_options::recursive);
  {
    const auto server = Server::start(test_config(data())).value();
    ASSERT_EQ(local_caller(*server)
                  .post("/fleets/demo/devices", R"({"devices":[{"device":"t-1","profile":"fleet-tracker"}]})")
                  .status,
              200);
  }
  EXPECT_THAT(found("anchor"), IsEmpty());
  fs::remove_all(paths().ledger());
  fs::rename(copy, paths().ledger());
  EXPECT_THAT(found("anchor"), testing::Contains(finding(Severity::problem, "anchor", "the ledger of fleet demo had")));
  EXPECT_EQ(Server::start(test_config(data())).error().reason, "ledger-rolled-back");
}

TEST_F(Doctor, FindsAMissingOrMisplacedAnchor) {
  std::filesystem::remove(data().string() + ".anchor");
  EXPECT_THAT(found("anchor"), ElementsAre(finding(Severity::warning, "anchor", "is not there")));
  auto config = test_config(data());
  config.anchor_file = (data() / "anchor").string();
  Server::start(config).value()->stop();
  Patient misplaced = patient();
  misplaced.settings.config = config;
  EXPECT_THAT(found(misplaced, "anchor"),
              ElementsAre(finding(Severity::warning, "anchor", "inside the data directory")));
}

TEST_F(Doctor, FindsFilesFromTheFuture) {
  const auto then = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now() + std::chrono::hours{48});
  const timeval times[2] = {{then, 0}, {then, 0}};
  ASSERT_EQ(::utimes(paths().database().c_str(), times), 0);
  EXPECT_THAT(found("clock"), ElementsAre(finding(Severity::problem, "clock", "outrider.db was written")));
}

TEST_F(Doctor, FindsAClockThatIsBehindTheLedgerAndTheCertificates) {
  Patient ill = patient();
  ill.vitals.now -= std::chrono::hours{24 * 30};
  const auto all = found(ill, "clock");
  EXPECT_THAT(all, Contains(finding(Severity::problem, "clock", "the last entry of fleet demo")));
  EXPECT_THAT(all, Contains(finding(Severity::problem, "clock", "the certificate issuing of demo begins")));
}

TEST_F(Doctor, FindsAClockThatJumpedAndOneThatNobodyKeepsRight) {
  Patient ill = patient();
  ill.vitals.clock_jump = std::chrono::hours{3};
  ill.vitals.synchronised = false;
  EXPECT_THAT(found(ill, "clock"), ElementsAre(finding(Severity::warning, "clock", "moved by 10800 s")));
  EXPECT_THAT(found(ill, "clock-source"), ElementsAre(finding(Severity::warning, "clock-source", "unsynchronised")));
}

TEST_F(Doctor, SeesNoJumpOfTheClockSinceARealStart) {
  const auto server = Server::start(test_config(data())).value();
  const auto jump = take_vitals(data(), ::getpid(), paths().addresses()).clock_jump;
  ASSERT_TRUE(jump);
  EXPECT_LE(jump->count(), 1);  // the tests' own process began a while before its server
}

TEST_F(Doctor, FindsTooFewDescriptorsAndAShortQueue) {
  Patient ill = patient();
  ill.vitals.descriptors = 1024;
  ill.vitals.backlog = 128;
  EXPECT_THAT(found(ill, "limits"), ElementsAre(finding(Severity::warning, "limits", "1024 open files"),
                                                finding(Severity::warning, "limits", "somaxconn is 128")));
}

TEST_F(Doctor, FindsACheckpointThatWasChanged) {
  overwrite(paths().ledger() / "demo" / "checkpoint", 0, "X");
  EXPECT_THAT(found("ledger"), Contains(finding(Severity::problem, "ledger", "fleet demo")));
}

TEST_F(Doctor, FindsALostWriteAheadLog) {
  std::filesystem::remove_all(paths().ledger() / "_wal");
  EXPECT_THAT(found("ledger"), Contains(finding(Severity::problem, "ledger", "write-ahead log is missing")));
}

TEST_F(Doctor, FindsALostLedger) {
  std::filesystem::remove_all(paths().ledger());
  EXPECT_THAT(found("ledger"), ElementsAre(finding(Severity::problem, "ledger", "is missing")));
}

TEST_F(Doctor, FindsATileThatIsNotWhatWasSigned) {
  const auto tile = paths().ledger() / "demo" / "tile" / "0" / "000.p";
  ASSERT_TRUE(std::filesystem::exists(tile));
  for (const auto& partial : std::filesystem::directory_iterator(tile)) overwrite(partial.path(), 0, "XXXX");
  EXPECT_THAT(found("ledger"), Contains(finding(Severity::problem, "ledger", "fleet demo")));
}

TEST_F(Doctor, FindsWhoHoldsTheLedger) {
  const UniqueFd holder(::open((paths().ledger() / "_lock").c_str(), O_RDWR | O_CLOEXEC));
  ASSERT_EQ(::flock(holder.get(), LOCK_EX), 0);
  EXPECT_THAT(found("ledger"), ElementsAre(finding(Severity::problem, "ledger", "a process has the ledger open")));
}

TEST_F(Doctor, ReadsEverythingOnlyWhenAsked) {
  // An entry in the middle of a bundle is under no signature that the quick look recomputes.
  auto bundle = paths().ledger() / "demo" / "tile" / "entries" / "000.p";
  ASSERT_TRUE(std::filesystem::exists(bundle));
  std::filesystem::path last;
  for (const auto& partial : std::filesystem::directory_iterator(bundle)) last = partial.path();
  overwrite(last, 40, "!");
  Patient ill = patient();
  ill.deep = true;
  EXPECT_THAT(found(ill, "ledger"), Contains(finding(Severity::problem, "ledger", "demo")));
}

TEST_F(Doctor, FindsADatabaseThatIsNone) {
  overwrite(paths().database(), 0, "not a database, not at all");
  EXPECT_THAT(found("database"), ElementsAre(finding(Severity::problem, "database", "outrider.db")));
}

TEST_F(Doctor, FindsDamagedPages) {
  std::error_code ignored;
  const auto size = std::filesystem::file_size(paths().database(), ignored);
  for (std::uint64_t at = 4096; at + 4096 <= size; at += 4096)
    overwrite(paths().database(), static_cast<std::int64_t>(at), std::string(200, 'x'));
  EXPECT_THAT(found("database"), Contains(finding(Severity::problem, "database", "outrider.db")));
}

TEST_F(Doctor, FindsADatabaseThatIsAheadOfTheLedger) {
  {
    auto database = store::Database::open({.file = paths().database()}).value();
    auto session = database->begin().value();
    ASSERT_TRUE(store::save_cursor(session, "registry", FleetId("demo"), 1'000'000));
    ASSERT_TRUE(session.commit());
  }
  EXPECT_THAT(found("database"), ElementsAre(finding(Severity::problem, "database", "has seen 1000000 entries")));
}

TEST_F(Doctor, FindsTheDatabaseOfANewerProgram) {
  {
    auto database = store::Database::open({.file = paths().database()}).value();
    auto session = database->begin().value();
    ASSERT_TRUE(session.execute("INSERT INTO schema_migration VALUES (9999, '9999_future.sql', 'x')"));
    ASSERT_TRUE(session.commit());
  }
  EXPECT_THAT(found("database"), ElementsAre(finding(Severity::problem, "database", "newer program")));
}

TEST_F(Doctor, FindsADamagedSnapshotOfDetection) {
  EXPECT_THAT(found("detection"), IsEmpty());
  const auto snapshot = paths().detection() / "demo.snapshot";
  ASSERT_TRUE(std::filesystem::exists(snapshot));
  overwrite(snapshot, static_cast<std::int64_t>(std::filesystem::file_size(snapshot) / 2), "x");
  EXPECT_THAT(found("detection"), ElementsAre(finding(Severity::warning, "detection", "demo.snapshot")));
}

TEST_F(Doctor, FindsThatDetectionIsSwitchedOff) {
  auto ill = patient();
  ill.settings.config.detection_enabled = false;
  EXPECT_THAT(found(ill, "detection"), ElementsAre(finding(Severity::warning, "detection", "switched off")));
}

TEST_F(Doctor, FindsAKeyThatIsNotItsCertificates) {
  ASSERT_TRUE(crypto::KeyPair::generate(crypto::KeyType::p256).save(paths().ca() / "root.key"));
  EXPECT_THAT(found("authorities"), ElementsAre(finding(Severity::problem, "authorities", "root.key is not the key")));
}

TEST_F(Doctor, FindsAnAuthorityThatDoesNotLeadToTheRoot) {
  TempDirectory elsewhere;
  Server::start(test_config(elsewhere.path() / "data")).value()->stop();
  const auto foreign = DataPaths{elsewhere.path() / "data"}.ca();
  for (const char* name : {"server-issuing.pem", "server-issuing.key"})
    std::filesystem::copy_file(foreign / name, paths().ca() / name, std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(found("authorities"), ElementsAre(finding(Severity::problem, "authorities", "does not lead to a root")));
}

TEST_F(Doctor, FindsAFileThatHoldsNoCertificate) {
  ASSERT_TRUE(write_file_atomic(paths().ca() / "root.pem", "nothing"));
  EXPECT_THAT(found("authorities"), Contains(finding(Severity::problem, "authorities", "root.pem")));
}

TEST_F(Doctor, FindsWhatEndsSoonAndWhatHasEnded) {
  Patient later = patient();
  later.vitals.now += std::chrono::hours{24 * (5 * 365 - 20)};  // an issuing CA lives five years
  EXPECT_THAT(found(later, "authorities"), Contains(finding(Severity::warning, "authorities", "issuing of demo ends")));
  EXPECT_THAT(found(later, "certificate"), Contains(finding(Severity::problem, "certificate", "server ended")));
}

TEST_F(Doctor, FindsANameTheCertificateDoesNotHave) {
  Patient ill = patient();
  ill.settings.config.https_names.emplace_back("iot.example.com");
  EXPECT_THAT(found(ill, "certificate"), ElementsAre(finding(Severity::warning, "certificate", "iot.example.com")));
}

TEST_F(Doctor, FindsAPortThatSomebodyElseHas) {
  namespace ip = boost::asio::ip;
  boost::asio::io_context context;
  ip::tcp::acceptor other(context, {ip::make_address("127.0.0.1"), 0});
  Patient ill = patient();
  ill.settings.config.mqtt_port = other.local_endpoint().port();
  EXPECT_THAT(found(ill, "ports"), ElementsAre(finding(Severity::problem, "ports", "for MQTT")));
}

TEST_F(Doctor, FindsAServerThatDoesNotAnswer) {
  namespace ip = boost::asio::ip;
  boost::asio::io_context context;
  ip::tcp::acceptor closed(context, {ip::make_address("127.0.0.1"), 0});
  const auto nobody = "127.0.0.1:" + std::to_string(closed.local_endpoint().port());
  closed.close();
  Patient ill = patient();
  ill.running = Addresses{.mqtt = nobody, .https = nobody, .metrics = nobody, .pid = ::getpid()};
  EXPECT_THAT(found(ill, "ports"), Contains(finding(Severity::problem, "ports", "MQTT does not answer")));
  EXPECT_THAT(found(ill, "server"), ElementsAre(finding(Severity::problem, "server", "does not tell its health")));
}

}  // namespace
}  // namespace outrider::server::doctor
