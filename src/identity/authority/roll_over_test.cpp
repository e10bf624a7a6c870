// One authority takes the place of another: what each side of the change still believes.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "crypto/keys/encrypted.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"
#include "identity/authority.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;
using crypto::Certificate;
using crypto::KeyPair;
using crypto::KeyType;
using crypto::Purpose;

constexpr std::string_view passphrase = "a long enough phrase";

class RollOverTest : public testing::Test {
 protected:
  RollOverTest() { restart(); }
  void restart() {
    authority_.reset();
    auto opened = Authority::open({directory_.path() / "ca", "outrider.test", &clock_, "http://ca.test"});
    ASSERT_TRUE(opened) << opened.error().text();
    authority_ = *std::move(opened);
    const auto added = authority_->add_fleet(demo_);
    ASSERT_TRUE(added) << added.error().text();
  }
  Certificate device() {
    return authority_->issue_device(demo_, DeviceId("t-1"), KeyPair::generate(KeyType::p256).public_key(), 24h * 90)
        .value();
  }
  std::filesystem::path file(const std::string& name) const { return directory_.path() / "ca" / name; }
  // What a client that knows these roots thinks of the server.
  bool server_believed(const std::vector<Certificate>& roots) {
    const auto identity = authority_->server_identity({"localhost"});
    EXPECT_TRUE(identity) << identity.error().text();
    const auto chain = crypto::certificates_from_pem(identity->chain_pem).value();
    return crypto::verify_chain(chain.front(), std::span(chain).subspan(1), roots, clock_.now(), Purpose::server)
        .has_value();
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  std::unique_ptr<Authority> authority_;
};

TEST_F(RollOverTest, ANewIssuingAuthoritySignsAndTheFormerStaysTrusted) {
  const auto before = device();
  const auto old = authority_->issuing(demo_).value();
  clock_.advance(24h);
  const auto made = authority_->replace_issuing(demo_, "");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_NE(made->key, old.key);
  const auto after = device();
  EXPECT_EQ(after.authority_key_id, made->subject_key_id);
  const auto anchors = crypto::certificates_from_pem(authority_->client_anchors_pem()).value();
  EXPECT_EQ(anchors, (std::vector{*made, old}));
  restart();
  EXPECT_EQ(authority_->issuers(demo_).value(), (std::vector{*made, old}));
  EXPECT_EQ(authority_->issuing(demo_).value(), *made);
  EXPECT_TRUE(authority_->is_own_key(old.spki_sha256()));
  // The former one still signs its own list, and delegates.
  const crypto::CrlTemplate list{.number = 3, .this_update = clock_.now(), .next_update = clock_.now() + 24h};
  EXPECT_TRUE(crypto::read_crl(authority_->issue_crl(demo_, hex(old.subject_key_id), list, {}).value(), old));
  EXPECT_TRUE(crypto::signed_by(authority_->ocsp_signer(demo_, hex(old.subject_key_id))->certificate, old));
  EXPECT_EQ(authority_->issue_crl(demo_, "00", list, {}).error().reason, "unknown-issuer");
}

TEST_F(RollOverTest, TheLedgerIsToldOfEachNewAuthority) {
  ASSERT_TRUE(authority_->mark_recorded(demo_));
  EXPECT_TRUE(authority_->unrecorded(demo_)->empty());
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  EXPECT_EQ(authority_->unrecorded(demo_)->size(), 2U);
  ASSERT_TRUE(authority_->mark_recorded(demo_));
  ASSERT_TRUE(authority_->replace_root(""));
  EXPECT_EQ(authority_->unrecorded(demo_)->size(), 2U);
}

TEST_F(RollOverTest, AReplacementThatWasInterruptedAnywhereIsFinished) {
  const auto old = authority_->issuing(demo_).value();
  const auto key = KeyPair::generate(KeyType::p256);
  crypto::CertificateTemplate what{
      .common_name = "demo", .organization = "Outrider issuing CA", .key = key.public_key()};
  what.not_before = clock_.now();
  what.not_after = clock_.now() + 24h;
  what.authority = true;
  what.path_length = 0;
  const auto root_key = KeyPair::load(file("root.key")).value();
  const auto next = crypto::issue_certificate(what, authority_->root(), root_key).value();
  for (const bool key_was_moved : {false, true}) {
    SCOPED_TRACE(key_was_moved);
    const auto present = authority_->issuing(demo_).value();
    if (key_was_moved) {
      // The old key was put away, the new one is in its place, the certificates are not yet.
      std::filesystem::create_directories(file("fleets/demo/former"));
      std::filesystem::copy_file(file("fleets/demo/issuing.key"),
                                 file("fleets/demo/former/" + hex(present.subject_key_id) + ".key"),
                                 std::filesystem::copy_options::overwrite_existing);
      ASSERT_TRUE(key.save(file("fleets/demo/issuing.key")));
    } else {
      ASSERT_TRUE(key.save(file("fleets/demo/issuing-next.key")));
    }
    ASSERT_TRUE(write_file_atomic(file("fleets/demo/issuing-next.pem"), next.pem()));
    restart();
    EXPECT_EQ(authority_->issuing(demo_).value(), next);
    EXPECT_EQ(authority_->issuers(demo_)->size(), 2U);
    const crypto::CrlTemplate list{.number = 1, .this_update = clock_.now(), .next_update = clock_.now() + 24h};
    EXPECT_TRUE(authority_->issue_crl(demo_, hex(old.subject_key_id), list, {})) << "it still has its key";
    // Back to the beginning for the second way.
    std::filesystem::rename(file("fleets/demo/former/" + hex(old.subject_key_id) + ".pem"),
                            file("fleets/demo/issuing.pem"));
    std::filesystem::rename(file("fleets/demo/former/" + hex(old.subject_key_id) + ".key"),
                            file("fleets/demo/issuing.key"));
    restart();
  }
  // A key alone is a request that waits; nothing is replaced.
  ASSERT_TRUE(key.save(file("fleets/demo/issuing-next.key")));
  restart();
  EXPECT_EQ(authority_->issuing(demo_).value(), old);
}

TEST_F(RollOverTest, WhoKnowsOnlyOneOfTwoRootsFindsAWayToBoth) {
  const auto device_before = device();
  const auto issuing = authority_->issuing(demo_).value();
  const auto old = authority_->root();
  clock_.advance(24h);
  const auto made = authority_->replace_root("");
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(authority_->root(), *made);
  EXPECT_EQ(made->subject.text, old.subject.text);
  const auto all = authority_->ca_certificates(demo_).value();
  EXPECT_EQ(all.size(), 5U) << "issuing, two roots, two cross certificates";
  for (const bool started_again : {false, true}) {
    if (started_again) restart();
    EXPECT_TRUE(server_believed({old})) << "a device that slept through it";
    EXPECT_TRUE(server_believed({*made})) << "a device that enrolled behind it";
    EXPECT_FALSE(server_believed({issuing}));
    // A device's certificate from before, for whoever knows the new root alone.
    EXPECT_TRUE(crypto::verify_chain(device_before, all, {{*made}}, clock_.now(), Purpose::client));
    EXPECT_TRUE(crypto::verify_chain(device_before, all, {{old}}, clock_.now(), Purpose::client));
  }
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  const auto everything = authority_->ca_certificates(demo_).value();
  EXPECT_TRUE(crypto::verify_chain(device(), everything, {{old}}, clock_.now(), Purpose::client));
}

TEST_F(RollOverTest, ARootReplacedTwiceStillLeadsBackToTheFirst) {
  const auto first = authority_->root();
  clock_.advance(24h);
  const auto second = authority_->replace_root("").value();
  clock_.advance(24h);
  const auto third = authority_->replace_root("").value();
  EXPECT_TRUE(server_believed({first}));
  EXPECT_TRUE(server_believed({second}));
  EXPECT_TRUE(server_believed({third}));
}

TEST_F(RollOverTest, FormerRootsAreForgottenOnlyWhenNothingIsBelowThem) {
  EXPECT_EQ(authority_->forget_former_roots().error().reason, "no-former-root");
  const auto old = authority_->root();
  const auto old_issuing = authority_->issuing(demo_).value();
  clock_.advance(24h);
  ASSERT_TRUE(authority_->replace_root(""));
  EXPECT_EQ(authority_->forget_former_roots().error().reason, "root-in-use");
  ASSERT_TRUE(authority_->replace_issuing(demo_, ""));
  EXPECT_EQ(authority_->forget_former_roots().error().reason, "root-in-use") << "the former issuing CA";
  EXPECT_NE(authority_->forget_former_roots().error().detail.find("forget issuing"), std::string::npos);
  EXPECT_EQ(authority_->forget_issuer(demo_, hex(authority_->issuing(demo_)->subject_key_id)).error().reason,
            "issuer-in-use");
  ASSERT_TRUE(authority_->forget_issuer(demo_, hex(old_issuing.subject_key_id)));
  ASSERT_TRUE(authority_->forget_former_roots());
  EXPECT_FALSE(server_believed({old}));
  EXPECT_EQ(authority_->ca_certificates(demo_)->size(), 2U);
  restart();
  EXPECT_EQ(authority_->ca_certificates(demo_)->size(), 2U);
}

TEST_F(RollOverTest, WithTheRootsKeyElsewhereARequestIsSignedThere) {
  const auto exported = authority_->export_root_key(as_bytes(passphrase)).value();
  const auto root = authority_->root();
  EXPECT_EQ(authority_->remove_root_key("00").error().reason, "wrong-key");
  ASSERT_TRUE(authority_->root_crl());
  ASSERT_TRUE(authority_->remove_root_key(root.spki_sha256()));
  EXPECT_FALSE(std::filesystem::exists(file("root.key")));
  EXPECT_EQ(authority_->replace_issuing(demo_, "").error().reason, "root-offline");
  EXPECT_EQ(authority_->replace_root("").error().reason, "root-offline");
  EXPECT_EQ(authority_->export_root_key(as_bytes(passphrase)).error().reason, "root-offline");
  EXPECT_TRUE(authority_->root_crl()) << "the last one it signed";
  restart();

  const auto request = authority_->request_issuing(demo_, "").value();
  const auto csr = crypto::parse_csr(as_bytes(request)).value();
  EXPECT_EQ(crypto::parse_csr(as_bytes(authority_->request_issuing(demo_, "").value()))->key, csr.key)
      << "asked again, the same key waits";
  EXPECT_TRUE(csr.signature_valid);
  // In the safe: the key comes out of its file, and signs.
  const auto key = crypto::from_encrypted_pem(exported, as_bytes(passphrase)).value();
  crypto::CertificateTemplate what{.common_name = "demo", .key = csr.key};
  what.not_before = clock_.now() - 1h;
  what.not_after = clock_.now() + 24h * 365;
  what.authority = true;
  const auto refused = [&](const crypto::CertificateTemplate& as, const Certificate& by, const KeyPair& with_key) {
    return authority_->install_issuing(demo_, crypto::issue_certificate(as, by, with_key).value().pem()).error().reason;
  };
  EXPECT_EQ(refused(what, root, key), "bad-authority") << "no path length";
  what.path_length = 0;
  auto other = what;
  other.common_name = "other";
  EXPECT_EQ(refused(other, root, key), "bad-authority");
  other = what;
  other.key = key.public_key();
  EXPECT_EQ(refused(other, root, key), "key-mismatch");
  const auto stranger = KeyPair::generate(KeyType::p256);
  EXPECT_EQ(refused(what, root, stranger), "bad-authority") << "not signed by our root";
  const auto good = authority_->install_issuing(demo_, crypto::issue_certificate(what, root, key).value().pem());
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_EQ(device().authority_key_id, good->subject_key_id);
  EXPECT_EQ(authority_->install_issuing(demo_, good->pem()).error().reason, "bad-authority") << "no request waits";
}

TEST_F(RollOverTest, TheRootsKeyComesBackForAWhileOrForGood) {
  const auto exported = authority_->export_root_key(as_bytes(passphrase)).value();
  ASSERT_TRUE(authority_->remove_root_key(authority_->root().spki_sha256()));
  const auto stranger = crypto::to_encrypted_pem(KeyPair::generate(KeyType::p256), as_bytes(passphrase)).value();
  EXPECT_EQ(authority_->import_root_key(stranger, as_bytes(passphrase), false).error().reason, "wrong-key");
  EXPECT_EQ(authority_->import_root_key(exported, as_bytes("another phrase!"), false).error().reason,
            "wrong-passphrase");
  ASSERT_TRUE(authority_->import_root_key(exported, as_bytes(passphrase), false));
  EXPECT_TRUE(authority_->replace_issuing(demo_, ""));
  restart();
  EXPECT_EQ(authority_->replace_issuing(demo_, "").error().reason, "root-offline");
  ASSERT_TRUE(authority_->import_root_key(exported, as_bytes(passphrase), true));
  restart();
  EXPECT_TRUE(authority_->replace_issuing(demo_, ""));
}

TEST_F(RollOverTest, CertificatesSayWhereToAskWhenTheServerKnows) {
  const auto leaf = device();
  const std::string id = hex(authority_->issuing(demo_)->subject_key_id).substr(0, 16);
  const std::string_view der = as_text(leaf.der);
  EXPECT_NE(der.find("http://ca.test/crl/demo/" + id + ".crl"), std::string_view::npos);
  EXPECT_NE(der.find("http://ca.test/ocsp"), std::string_view::npos);
  EXPECT_NE(der.find("http://ca.test/ca/demo/" + id + ".cer"), std::string_view::npos);
}

TEST_F(RollOverTest, TheRootsListIsKeptAndMadeAnewInTheSecondHalfOfItsLife) {
  const auto first = authority_->root_crl().value();
  const auto view = crypto::read_crl(first, authority_->root()).value();
  EXPECT_EQ(view.next_update, clock_.now() + root_list_life);
  clock_.advance(24h * 100);
  EXPECT_EQ(authority_->root_crl().value(), first);
  clock_.advance(24h * 101);
  EXPECT_GT(crypto::read_crl(authority_->root_crl().value(), authority_->root())->number, view.number);
}

}  // namespace
}  // namespace outrider::identity
