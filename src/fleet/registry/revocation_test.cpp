#include "fleet/registry/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/x509/issue.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RevocationTest : public HouseSuite {
 protected:
  RevocationTest() : HouseSuite(*from_rfc3339("2026-11-22T12:00:00Z")) {
    EXPECT_TRUE(op().create_fleet());
    for (const auto& [device, serial, key] :
         {std::tuple{"t-1", "a1", '1'}, std::tuple{"t-2", "b2", '2'}, std::tuple{"u-1", "c3", '3'}}) {
      EXPECT_TRUE(op().add_device(device));
      enrol(device, serial, key);
      clock_.advance(std::chrono::hours{1});
    }
  }
  void enrol(const std::string& device, const std::string& serial, char key) {
    ASSERT_TRUE(op().create_code(device, hash_of(key), clock_.now() + std::chrono::hours{1}));
    ASSERT_TRUE(op().issue(certificate(device, serial, key, hash_of(key), clock_.now())));
  }
  std::vector<std::string> selected(const RevocationFilter& filter) {
    const auto found = registry().select(demo, filter);
    EXPECT_TRUE(found) << found.error().text();
    return found ? found->serials : std::vector<std::string>{};
  }
  std::vector<Result<void>> revoke(const std::vector<std::string>& serials, const std::string& why = "superseded") {
    Answer<std::vector<Result<void>>> answer;
    registry().revoke_batch(demo, serials, why, "test", answer.callback());
    auto outcomes = answer.get();
    EXPECT_TRUE(outcomes) << outcomes.error().text();
    return outcomes ? *std::move(outcomes) : std::vector<Result<void>>{};
  }
  std::vector<std::string> revoked(std::size_t from = 0) {
    std::vector<std::string> out;
    for (const auto& each : registry().revocations(demo, from).value()) out.push_back(each.serial + "/" + each.why);
    return out;
  }
};

TEST_F(RevocationTest, EveryConditionOfAFilterMustHold) {
  const Timestamp start = *from_rfc3339("2026-11-22T12:00:00Z");
  EXPECT_THAT(selected({.prefix = "t-"}), ElementsAre("a1", "b2"));
  EXPECT_THAT(selected({.device = DeviceId("u-1")}), ElementsAre("c3"));
  EXPECT_THAT(selected({.serial = "b2"}), ElementsAre("b2"));
  EXPECT_THAT(selected({.spki_sha256 = hash_of('3')}), ElementsAre("c3"));
  EXPECT_THAT(selected({.profile = ProfileId("fleet-tracker")}), ElementsAre("a1", "b2", "c3"));
  EXPECT_THAT(selected({.lifecycle = facts::Lifecycle::active}), IsEmpty());
  EXPECT_THAT(selected({.issued_since = start + std::chrono::hours{1}}), ElementsAre("b2", "c3"));
  EXPECT_THAT(selected({.issued_before = start + std::chrono::hours{1}}), ElementsAre("a1"));
  EXPECT_THAT(selected({.prefix = "t-", .issued_since = start + std::chrono::hours{1}}), ElementsAre("b2"));
  EXPECT_THAT(selected({.issuer = "00ff"}), IsEmpty());
}

TEST_F(RevocationTest, WhatIsNamedAndNotThereIsSaidAndNothingMeantIsRefused) {
  EXPECT_EQ(registry().select(demo, {}).error().reason, "empty-filter");
  EXPECT_EQ(registry().select(demo, {.device = DeviceId("t-9")}).error().reason, "unknown-device");
  EXPECT_EQ(registry().select(demo, {.serial = "99"}).error().reason, "unknown-identity");
  EXPECT_EQ(registry().select(demo, {.profile = ProfileId("none")}).error().reason, "unknown-profile");
  EXPECT_EQ(registry().select(FleetId("none"), {.prefix = "t"}).error().reason, "unknown-fleet");
}

TEST_F(RevocationTest, ASelectionHasANameThatChangesWithIt) {
  const auto before = registry().select(demo, {.prefix = "t-"})->fingerprint();
  EXPECT_EQ(registry().select(demo, {.prefix = "t-"})->fingerprint(), before);
  enrol("t-1", "d4", '4');
  EXPECT_NE(registry().select(demo, {.prefix = "t-"})->fingerprint(), before);
}

TEST_F(RevocationTest, ABatchRevokesEachByItselfAndClosesItsSessions) {
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId& device, const std::string& serial, const std::string& why) {
    expelled.push_back(device.value + "/" + serial + "/" + why);
  });
  ASSERT_TRUE(op().revoke("b2"));
  expelled.clear();
  const auto outcomes = revoke({"a1", "b2", "zz", "c3"});
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_TRUE(outcomes[0]);
  EXPECT_EQ(outcomes[1].error().reason, "identity-revoked");
  EXPECT_EQ(outcomes[2].error().reason, "unknown-identity");
  EXPECT_TRUE(outcomes[3]);
  EXPECT_THAT(expelled, ElementsAre("t-1/a1/identity-revoked", "u-1/c3/identity-revoked"));
  EXPECT_THAT(selected({.prefix = "t-"}), IsEmpty()) << "revoked ones are not meant again";
  Answer<std::vector<Result<void>>> answer;
  registry().revoke_batch(demo, {"a1"}, "mood", "test", answer.callback());
  EXPECT_EQ(answer.get().error().reason, "bad-reason");
}

TEST_F(RevocationTest, RevocationsAreReadInTheirOrderAlsoAfterARestart) {
  revoke({"c3"}, "keyCompromise");
  clock_.advance(std::chrono::seconds{1});
  revoke({"a1"});
  EXPECT_THAT(revoked(), ElementsAre("c3/keyCompromise", "a1/superseded"));
  EXPECT_THAT(revoked(1), ElementsAre("a1/superseded"));
  EXPECT_THAT(revoked(2), IsEmpty());
  house_->follow();
  restart();
  EXPECT_THAT(revoked(), ElementsAre("c3/keyCompromise", "a1/superseded"));
}

TEST_F(RevocationTest, AnIdentityRemembersWhoIssuedIt) {
  const auto ca = crypto::KeyPair::generate(crypto::KeyType::p256);
  crypto::CertificateTemplate what;
  what.common_name = "ca";
  what.not_before = clock_.now();
  what.not_after = clock_.now() + std::chrono::hours{1};
  what.authority = true;
  const auto issuer = crypto::issue_self_signed(what, ca).value();
  what.authority = false;
  what.key = ca.public_key();
  auto fact = certificate("t-1", "e5", '5', hash_of('5'), clock_.now());
  fact.certificate = crypto::issue_certificate(what, issuer, ca).value().der;
  ASSERT_TRUE(op().create_code("t-1", hash_of('5'), clock_.now() + std::chrono::hours{1}));
  ASSERT_TRUE(op().issue(fact));
  const std::string id = hex(issuer.subject_key_id);
  EXPECT_EQ(registry().identity(demo, "e5")->issuer, id);
  EXPECT_THAT(selected({.issuer = id}), ElementsAre("e5"));
  house_->follow();
  restart();
  EXPECT_EQ(registry().identity(demo, "e5")->issuer, id);
  EXPECT_EQ(registry().identity(demo, "a1")->issuer, "") << "its certificate could not be read";
}

}  // namespace
}  // namespace outrider::fleet
