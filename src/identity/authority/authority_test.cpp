#include "identity/authority.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "crypto/x509/chain.h"
#include "identity/enrolment/device_name.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;
using crypto::KeyPair;
using crypto::KeyType;
using crypto::Purpose;

class AuthorityTest : public testing::Test {
 protected:
  Result<std::unique_ptr<Authority>> open() {
    return Authority::open({directory_.path() / "ca", "outrider.test", &clock_});
  }
  std::unique_ptr<Authority> opened() {
    auto authority = open();
    EXPECT_TRUE(authority) << authority.error().text();
    return *std::move(authority);
  }
  std::filesystem::path file(const std::string& name) const { return directory_.path() / "ca" / name; }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  const DeviceId device_{"t-1"};
};

TEST_F(AuthorityTest, AtFirstStartMakesARootForTwentyYearsThatItFindsAgain) {
  const auto first = opened()->root();
  EXPECT_TRUE(first.authority);
  EXPECT_EQ(first.subject.text, "CN=Outrider Root CA,O=outrider.test");
  EXPECT_EQ(first.not_after, clock_.now() + root_life);
  EXPECT_EQ(first.key.type, KeyType::p256);
  EXPECT_EQ(opened()->root(), first);
}

TEST_F(AuthorityTest, KeysAreReadableByTheirOwnerOnly) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  ASSERT_TRUE(authority->server_identity({"localhost"}));
  for (const auto* name : {"root.key", "server-issuing.key", "server.key", "fleets/demo/issuing.key"}) {
    struct stat info{};
    ASSERT_EQ(::stat(file(name).c_str(), &info), 0) << name;
    EXPECT_EQ(info.st_mode & 0777U, 0600U) << name;
  }
}

TEST_F(AuthorityTest, EachFleetHasItsOwnIssuingAuthorityThatCanMakeNoOther) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  ASSERT_TRUE(authority->add_fleet(FleetId("other")));
  const auto issuing = *authority->issuing(demo_);
  EXPECT_EQ(issuing.subject.common_name, "demo");
  EXPECT_EQ(issuing.path_length, 0U);
  EXPECT_EQ(issuing.not_after, clock_.now() + issuing_life);
  EXPECT_NE(issuing.key, authority->issuing(FleetId("other"))->key);
  EXPECT_TRUE(crypto::verify_chain(issuing, {}, {{authority->root()}}, clock_.now(), Purpose::any));
  const auto again = opened();
  ASSERT_TRUE(again->add_fleet(demo_));
  EXPECT_EQ(*again->issuing(demo_), issuing);
  EXPECT_EQ(again->issuing(FleetId("nobody")).error().reason, "unknown-fleet");
}

TEST_F(AuthorityTest, ADeviceCertificateIsForThatDeviceAloneAndLeadsToTheRoot) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  const auto key = KeyPair::generate(KeyType::p256);
  const auto leaf = authority->issue_device(demo_, device_, key.public_key(), 24h * 90);
  ASSERT_TRUE(leaf) << leaf.error().text();
  EXPECT_EQ(leaf->not_before, clock_.now() - backdating);
  EXPECT_EQ(leaf->not_after, clock_.now() + 24h * 90);
  EXPECT_TRUE(leaf->client_auth);
  EXPECT_FALSE(leaf->server_auth);
  const auto who = identify(leaf->der);
  ASSERT_TRUE(who) << who.error().text();
  EXPECT_EQ(who->fleet, demo_);
  EXPECT_EQ(who->device, device_);
  EXPECT_EQ(who->spki_sha256, key.public_key().spki_sha256());
  EXPECT_EQ(identify(*leaf), who);
  const auto chain =
      crypto::verify_chain(*leaf, {{*authority->issuing(demo_)}}, {{authority->root()}}, clock_.now(), Purpose::client);
  EXPECT_TRUE(chain) << chain.error().text();
  EXPECT_FALSE(crypto::verify_chain(*leaf, {{*authority->issuing(demo_)}}, {{authority->root()}}, clock_.now(),
                                    Purpose::server));
}

TEST_F(AuthorityTest, ADeviceCertificateNeverOutlivesItsIssuer) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  const auto key = KeyPair::generate(KeyType::p256);
  clock_.advance(issuing_life - 24h);
  EXPECT_EQ(authority->issue_device(demo_, device_, key.public_key(), 24h * 90)->not_after,
            authority->issuing(demo_)->not_after);
  clock_.advance(24h);
  EXPECT_EQ(authority->issue_device(demo_, device_, key.public_key(), 24h * 90).error().reason, "authority-expired");
}

TEST_F(AuthorityTest, FactsOfAFleetsAuthoritiesAreToldUntilTheyAreRecorded) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  const auto facts = *authority->unrecorded(demo_);
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].role, "root");
  EXPECT_EQ(facts[1].role, "issuing");
  EXPECT_EQ(facts[1].certificate, authority->issuing(demo_)->der);
  authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  EXPECT_EQ(authority->unrecorded(demo_)->size(), 2U);
  ASSERT_TRUE(authority->mark_recorded(demo_));
  authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  EXPECT_TRUE(authority->unrecorded(demo_)->empty());
}

TEST_F(AuthorityTest, WithTheRootsKeyOfflineEverythingButNewFleetsGoesOn) {
  ASSERT_TRUE(opened()->add_fleet(demo_));
  std::filesystem::remove(file("root.key"));
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  EXPECT_TRUE(authority->issue_device(demo_, device_, KeyPair::generate(KeyType::p256).public_key(), 24h));
  EXPECT_TRUE(authority->server_identity({"localhost"}));
  const auto refused = authority->add_fleet(FleetId("new"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "root-offline");
}

TEST_F(AuthorityTest, AnInterruptedFirstStartIsFinished) {
  ASSERT_TRUE(opened()->add_fleet(demo_));
  // As if power had failed between key and certificate.
  std::filesystem::remove(file("fleets/demo/issuing.pem"));
  const auto key = KeyPair::load(file("fleets/demo/issuing.key"));
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  EXPECT_EQ(authority->issuing(demo_)->key, key->public_key());
}

TEST_F(AuthorityTest, AKeyOthersMayReadIsRefused) {
  ASSERT_TRUE(opened()->add_fleet(demo_));
  ASSERT_EQ(::chmod(file("fleets/demo/issuing.key").c_str(), 0640), 0);
  const auto refused = opened()->add_fleet(demo_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::forbidden);
  EXPECT_NE(refused.error().text().find("issuing.key"), std::string::npos);
  ASSERT_EQ(::chmod(file("root.key").c_str(), 0644), 0);
  EXPECT_EQ(open().error().code, Errc::forbidden);
}

TEST_F(AuthorityTest, AKeyThatIsNotTheCertificatesIsRefused) {
  ASSERT_TRUE(opened()->add_fleet(demo_));
  ASSERT_TRUE(KeyPair::generate(KeyType::p256).save(file("fleets/demo/issuing.key")));
  const auto refused = opened()->add_fleet(demo_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "key-mismatch");
}

TEST_F(AuthorityTest, AMissingRootIsNeverSilentlyReplaced) {
  (void)opened();
  std::filesystem::remove(file("root.pem"));
  std::filesystem::remove(file("root.key"));
  EXPECT_EQ(open().error().reason, "authority-missing");
}

TEST_F(AuthorityTest, ARecordedIssuingAuthorityIsNeverSilentlyReplaced) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  ASSERT_TRUE(authority->mark_recorded(demo_));
  std::filesystem::remove(file("fleets/demo/issuing.pem"));
  EXPECT_EQ(opened()->add_fleet(demo_).error().reason, "authority-missing");
}

TEST_F(AuthorityTest, AnIssuingAuthorityOfAnotherRootIsRefused) {
  ASSERT_TRUE(opened()->add_fleet(demo_));
  testing_support::TemporaryDirectory elsewhere;
  auto stranger = *Authority::open({elsewhere.path(), "other", &clock_});
  ASSERT_TRUE(stranger->add_fleet(demo_));
  for (const auto* name : {"issuing.key", "issuing.pem"})
    std::filesystem::copy_file(elsewhere.path() / "fleets/demo" / name, file("fleets/demo") / name,
                               std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(opened()->add_fleet(demo_).error().reason, "bad-authority");
}

TEST_F(AuthorityTest, TheServersCertificateHasItsNamesAndLeadsToTheRootWithoutSendingIt) {
  auto authority = opened();
  const auto server = authority->server_identity({"localhost", "127.0.0.1", "::1"});
  ASSERT_TRUE(server) << server.error().text();
  EXPECT_TRUE(server->renewed);
  const auto chain = *crypto::certificates_from_pem(server->chain_pem);
  ASSERT_EQ(chain.size(), 2U);
  EXPECT_EQ(chain[0].names.dns, std::vector<std::string>{"localhost"});
  EXPECT_EQ(chain[0].names.ip, (std::vector<std::string>{"127.0.0.1", "::1"}));
  EXPECT_EQ(KeyPair::from_pem(as_text(server->key_pem.view()))->public_key(), chain[0].key);
  EXPECT_NE(chain[1], authority->root());
  EXPECT_TRUE(crypto::verify_chain(chain[0], {{chain[1]}}, {{authority->root()}}, clock_.now(), Purpose::server));
  EXPECT_FALSE(crypto::verify_chain(chain[0], {{chain[1]}}, {{authority->root()}}, clock_.now(), Purpose::client));
}

TEST_F(AuthorityTest, TheServersCertificateIsKeptUntilAThirdOfItsLifeIsLeft) {
  auto authority = opened();
  const auto first = authority->server_identity({"localhost"})->chain_pem;
  clock_.advance(server_life - server_renewal_left);
  authority = opened();
  EXPECT_EQ(authority->server_identity({"localhost"})->chain_pem, first);
  clock_.advance(1s);
  const auto renewed = authority->server_identity({"localhost"});
  EXPECT_TRUE(renewed->renewed);
  EXPECT_NE(renewed->chain_pem, first);
}

TEST_F(AuthorityTest, TheServersCertificateIsMadeAnewForOtherNamesOrABrokenPair) {
  auto authority = opened();
  const auto first = authority->server_identity({"localhost"})->chain_pem;
  EXPECT_TRUE(authority->server_identity({"outrider.example"})->renewed);
  EXPECT_FALSE(authority->server_identity({"outrider.example"})->renewed);
  ASSERT_TRUE(KeyPair::generate(KeyType::p256).save(file("server.key")));
  EXPECT_TRUE(authority->server_identity({"outrider.example"})->renewed);
  ASSERT_TRUE(write_file_atomic(file("server.pem"), std::string_view("rubbish")));
  EXPECT_TRUE(authority->server_identity({"outrider.example"})->renewed);
  EXPECT_EQ(authority->server_identity({}).error().reason, "bad-name");
}

TEST_F(AuthorityTest, KnowsItsOwnKeys) {
  auto authority = opened();
  ASSERT_TRUE(authority->add_fleet(demo_));
  const auto server = *authority->server_identity({"localhost"});
  EXPECT_TRUE(authority->is_own_key(authority->root().spki_sha256()));
  EXPECT_TRUE(authority->is_own_key(authority->issuing(demo_)->spki_sha256()));
  EXPECT_TRUE(authority->is_own_key(crypto::certificates_from_pem(server.chain_pem)->front().spki_sha256()));
  EXPECT_FALSE(authority->is_own_key(KeyPair::generate(KeyType::p256).public_key().spki_sha256()));
}

TEST_F(AuthorityTest, ClientsAreAnchoredInTheIssuingAuthorities) {
  auto authority = opened();
  EXPECT_EQ(authority->client_anchors_pem(), authority->root().pem());
  ASSERT_TRUE(authority->add_fleet(demo_));
  EXPECT_EQ(authority->client_anchors_pem(), authority->issuing(demo_)->pem());
}

}  // namespace
}  // namespace outrider::identity
