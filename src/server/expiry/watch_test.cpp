#include "server/expiry/watch.h"

#include <gmock/gmock.h>

#include "base/testing/temporary_directory.h"
#include "facts/facts.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "identity/authority.h"

namespace outrider::server {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr std::chrono::hours day{24};
const FleetId demo("demo");
const FleetId house_log("server");

class Expiry : public testing::Test {
 protected:
  void SetUp() override {
    for (const FleetId& fleet : {demo, house_log}) ASSERT_TRUE(ledger_->create_fleet(fleet));
    ASSERT_TRUE(authority_->add_fleet(demo));
    ASSERT_TRUE(authority_->server_identity({"localhost"}));
  }

  void say(const FleetId& fleet, const std::string& subject, const auto& fact) {
    ASSERT_TRUE(ledger_->append_and_wait(ledger::draft_of(fleet, {ledger::SubjectKind::device, subject}, fact)));
  }
  void add_device(const std::string& id) {
    say(demo, id, facts::DeviceAdded{.device = DeviceId(id), .profile = ProfileId("fleet-tracker")});
  }
  // An identity that has lived for `age` and ends in `left`.
  void issue(const std::string& id, const std::string& serial, std::chrono::hours age, std::chrono::hours left) {
    facts::IdentityIssued fact;
    fact.device = DeviceId(id);
    fact.serial = serial;
    fact.spki_sha256 = serial + "00";
    fact.not_before = clock_.now() - age;
    fact.not_after = clock_.now() + left;
    say(demo, id, fact);
  }
  // A look of a server that has just started: it knows only what the ledger says.
  std::unique_ptr<ExpiryWatch> look() {
    EXPECT_TRUE(projector_.catch_up());
    auto watch = std::make_unique<ExpiryWatch>(ExpiryWatch::Rooms{.ca = directory_ / "ca",
                                                                  .ledger = *ledger_,
                                                                  .endings = endings_,
                                                                  .metrics = metrics_,
                                                                  .clock = clock_,
                                                                  .fleets = [] { return std::vector{demo}; },
                                                                  .server_log = house_log});
    watch->look();
    return watch;
  }
  // "role name within" of every such entry.
  std::vector<std::string> entries(const FleetId& fleet) const {
    std::vector<std::string> out;
    const auto read = ledger_->read(fleet, 0, 1000).value();
    for (const auto& entry : read) {
      if (entry.kind != static_cast<std::uint16_t>(Kind::certificate_ending)) continue;
      const auto fact = json::read<facts::CertificateEnding>(as_text(entry.payload)).value();
      out.push_back(fact.role + " " + fact.name + " " + std::to_string(fact.within_s / 86'400));
    }
    return out;
  }

  ManualClock clock_{from_rfc3339("2026-11-22T12:00:00Z").value()};
  testing_support::TemporaryDirectory directory_;
  Metrics metrics_;
  std::unique_ptr<ledger::Ledger> ledger_ =
      ledger::Ledger::open({.directory = directory_ / "ledger", .clock = &clock_}).value();
  std::unique_ptr<identity::Authority> authority_ =
      identity::Authority::open({.directory = directory_ / "ca", .clock = &clock_}).value();
  std::unique_ptr<store::Database> database_ = store::Database::open({.file = directory_ / "db"}).value();
  std::unique_ptr<fleet::Registry> registry_ = fleet::Registry::open(*database_, *ledger_, {.clock = &clock_}).value();
  fleet::Endings endings_{*database_};
  fleet::Projector projector_{*ledger_, *database_, {&registry_->projection(), &endings_}};
};

TEST_F(Expiry, KnowsEveryCertificateOfOurs) {
  const auto watch = look();
  std::vector<std::string> names;
  for (const auto& each : watch->found().certificates) names.push_back(each.role + "/" + each.fleet);
  // the server's ends first
  EXPECT_EQ(names.front(), "server/");
  EXPECT_THAT(names, testing::UnorderedElementsAre("root/", "server-issuing/", "server/", "issuing/demo"));
  EXPECT_THAT(metrics_.text(), HasSubstr("outrider_certificate_expiry_seconds{role=\"root\"} "));
  EXPECT_THAT(metrics_.text(), HasSubstr("outrider_certificate_expiry_seconds{fleet=\"demo\",role=\"issuing\"} "));
}

TEST_F(Expiry, IsSilentWhileNothingEnds) {
  const auto watch = look();
  EXPECT_THAT(entries(house_log), IsEmpty());
  EXPECT_THAT(watch->warnings(), IsEmpty());
  EXPECT_THAT(watch->problems(), IsEmpty());
}

TEST_F(Expiry, SaysOnceThatACertificateComesNearItsEnd) {
  clock_.advance(identity::server_life - 5 * day);
  const auto watch = look();
  watch->look();
  EXPECT_THAT(watch->warnings(), ElementsAre(HasSubstr("the certificate server ends at")));
  look();  // after a restart
  EXPECT_THAT(entries(house_log), ElementsAre("server server 7"));
}

TEST_F(Expiry, SaysItAgainWhenItHasEndedAndThenIsNotReady) {
  clock_.advance(identity::server_life - 5 * day);
  look();
  clock_.advance(6 * day);
  const auto watch = look();
  EXPECT_THAT(entries(house_log), ElementsAre("server server 7", "server server 0"));
  EXPECT_THAT(watch->problems(), ElementsAre(HasSubstr("the certificate server ended at")));
  EXPECT_THAT(metrics_.text(), HasSubstr("outrider_certificate_expiry_seconds{role=\"server\"} -"));
}

TEST_F(Expiry, PutsAFleetsAuthorityIntoItsOwnLedgerAYearBefore) {
  clock_.advance(identity::issuing_life - 300 * day);
  look();
  EXPECT_THAT(entries(demo), ElementsAre("issuing issuing 365"));
}

TEST_F(Expiry, CountsDevicesByTheIdentityThatLivesLongest) {
  for (const char* id : {"fresh", "sleepy", "gone", "renewed", "revoked", "retired", "expected"}) add_device(id);
  issue("fresh", "01", 10 * day, 80 * day);
  issue("sleepy", "02", 85 * day, 5 * day);
  issue("gone", "03", 100 * day, -10 * day);
  issue("renewed", "04", 85 * day, 5 * day);
  issue("renewed", "05", 1 * day, 89 * day);
  issue("revoked", "06", 85 * day, 5 * day);
  say(demo, "revoked", facts::IdentityRevoked{.device = DeviceId("revoked"), .serial = "06", .why = "superseded"});
  issue("retired", "07", 85 * day, 5 * day);
  say(demo, "retired", facts::DeviceRetired{.device = DeviceId("retired")});
  const auto watch = look();
  EXPECT_THAT(watch->found().devices, ElementsAre(api::DeviceEnds{demo, 1, 1, 1}));
  EXPECT_THAT(entries(demo), testing::UnorderedElementsAre("device gone 0", "device sleepy 7"));
  EXPECT_THAT(metrics_.text(), HasSubstr("outrider_device_identities_expiring{fleet=\"demo\",within=\"7d\"} 1"));
  look();
  EXPECT_THAT(entries(demo), SizeIs(2));
}

TEST_F(Expiry, SaysOfADeviceThatSleptPastItsEndOnlyThatItHasEnded) {
  add_device("bear");
  issue("bear", "01", 60 * day, 30 * day);
  look();
  EXPECT_THAT(entries(demo), IsEmpty());
  clock_.advance(200 * day);
  look();
  EXPECT_THAT(entries(demo), Contains("device bear 0"));
  EXPECT_THAT(entries(demo), Not(Contains("device bear 7")));
}

TEST(ExpiryStage, IsTheLastOneReachedAndOnlyInTheLastThirdOfALife) {
  const Timestamp from{};
  const auto ninety_days = from + 90 * day;
  EXPECT_EQ(stage_of(from, ninety_days, from + 61 * day), std::nullopt);  // renewal is due, not missed
  EXPECT_EQ(stage_of(from, ninety_days, from + 83 * day), std::optional(std::chrono::hours{7 * day}));
  EXPECT_EQ(stage_of(from, ninety_days, ninety_days), std::optional(std::chrono::hours{0}));
  EXPECT_EQ(stage_of(from, from + std::chrono::minutes{10}, from + std::chrono::minutes{9}), std::nullopt);
  EXPECT_EQ(stage_of(from, from + 20 * 365 * day, from + (19 * 365 + 1) * day),
            std::optional(std::chrono::hours{365 * day}));
}

}  // namespace
}  // namespace outrider::server
