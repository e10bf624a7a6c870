// Anchors, requests for approval, and identities that newer ones replace: memory, tables, and a restart agree.
#include <gtest/gtest.h>

#include "crypto/x509/issue.h"
#include "fleet/registry/registry.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using facts::EnrolmentRight;
using facts::Lifecycle;

class WaysInTest : public HouseSuite {
 protected:
  WaysInTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
  }

  void enrol(const std::string& serial = "a1", char key = 'a', char code = '1') {
    ASSERT_TRUE(op().create_code("t-1", hash_of(code), clock_.now() + 1h));
    ASSERT_EQ(reason(op().issue(certificate("t-1", serial, key, hash_of(code), clock_.now()))), "");
  }
  std::string renew(const std::string& serial, char key, const std::string& from) {
    return reason(op().issue(renewal("t-1", serial, key, from, clock_.now())));
  }
  void connect(const std::string& serial) {
    const facts::SessionOpened fact{.device = DeviceId("t-1"),
                                    .session = "s-" + serial,
                                    .protocol = "mqtt/5.0",
                                    .client_id = "t-1",
                                    .address = "192.0.2.1:5000",
                                    .certificate_serial = serial,
                                    .tls = "TLSv1.3"};
    ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, "t-1"}, fact), [](const auto&) {});
    house_->follow();
    house_->follow();  // of what followed from it
  }
  std::string admit(const std::string& serial) {
    const auto admitted = registry().admit(demo, DeviceId("t-1"), serial, "");
    return admitted ? "" : admitted.error().reason;
  }
  std::string revoked_why(const std::string& serial) {
    return registry().identity(demo, serial)->revoked_why.value_or("");
  }

  static crypto::Certificate make_ca(const std::string& name, bool authority, Timestamp from) {
    const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
    return *crypto::issue_self_signed({.common_name = name,
                                       .key = key.public_key(),
                                       .not_before = from - 1h,
                                       .not_after = from + 24h * 30,
                                       .authority = authority},
                                      key);
  }
  std::string add_anchor(facts::AnchorAdded fact) {
    Answer<> answer;
    registry().add_anchor(demo, std::move(fact), answer.callback());
    return reason(answer.get());
  }
  std::string remove_anchor(const std::string& name) {
    Answer<> answer;
    registry().remove_anchor(demo, {.anchor = name, .why = "old", .by = "test"}, answer.callback());
    return reason(answer.get());
  }
  Result<EnrolmentRequest> ask(const std::string& request, char key, const std::string& address = "192.0.2.1:5",
                               const std::string& device = "t-1") {
    Answer<EnrolmentRequest> answer;
    registry().ask_approval(demo,
                            {.device = DeviceId(device),
                             .request = request,
                             .spki_sha256 = hash_of(key),
                             .address = address,
                             .expires = clock_.now() + 24h},
                            answer.callback());
    return answer.get();
  }
  std::string decide(const std::string& request, bool approved) {
    Answer<> answer;
    registry().decide_request(demo, request, approved, "looked at it", "test", answer.callback());
    return reason(answer.get());
  }
  std::string issue_approved(const std::string& serial, char key, const std::string& request) {
    auto fact = certificate("t-1", serial, key, {}, clock_.now());
    fact.code_hash.reset();
    fact.right = EnrolmentRight::approval;
    fact.request = request;
    return reason(op().issue(fact));
  }
  // By another CA's certificate, or that certificate itself. `der` may be any: who issued it is read from it.
  std::string issue_by(EnrolmentRight right, const std::string& serial, char key, const std::string& anchor = "old",
                       const Bytes& der = {}) {
    auto fact = certificate("t-1", serial, key, {}, clock_.now());
    fact.code_hash.reset();
    fact.right = right;
    fact.anchor = anchor;
    if (!der.empty()) fact.certificate = der;
    return reason(op().issue(fact));
  }
  void trust_old_ca(const std::string& name = "old", const std::optional<ProfileId>& profile = std::nullopt) {
    ASSERT_EQ(add_anchor({.anchor = name,
                          .role = facts::AnchorRole::device_ca,
                          .certificate = old_.certificate.der,
                          .profile = profile,
                          .device_id_from = "cn",
                          .by = "test"}),
              "");
  }
  std::optional<facts::RevocationCause> cause(const std::string& serial) {
    return registry().identity(demo, serial)->revoked_cause;
  }

  // Another CA, and a certificate of it.
  struct OldCa {
    explicit OldCa(Timestamp now) {
      const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
      certificate = *crypto::issue_self_signed({.common_name = "old",
                                                .key = key.public_key(),
                                                .not_before = now - 1h,
                                                .not_after = now + 24h * 300,
                                                .authority = true},
                                               key);
      issued = *crypto::issue_certificate({.common_name = "t-1",
                                           .key = crypto::KeyPair::generate(crypto::KeyType::p256).public_key(),
                                           .not_before = now - 1h,
                                           .not_after = now + 24h * 90,
                                           .client_auth = true},
                                          certificate, key);
    }
    crypto::Certificate certificate;
    crypto::Certificate issued;
  };
  const OldCa old_{clock_.now()};
};

// --- identities that are replaced

TEST_F(WaysInTest, OnlyTheServersOwnRevocationMeansThatANewerOneTookItsPlace) {
  enrol();
  ASSERT_EQ(renew("a2", 'b', "a1"), "");
  Answer<> answer;
  registry().revoke(demo, "a1", "superseded", "local:0", answer.callback());
  ASSERT_EQ(reason(answer.get()), "");
  const auto expect_burned = [&] {
    EXPECT_EQ(admit("a1"), "identity-revoked");
    EXPECT_FALSE(registry().by_serial(demo, "a1")->superseded);
    EXPECT_EQ(renew("a3", 'a', "a2"), "key-revoked");
    EXPECT_EQ(renew("a3", 'c', "a1"), "identity-revoked");
  };
  expect_burned();
  house_->follow();
  restart();
  expect_burned();
  lose_database();
  expect_burned();
}

TEST_F(WaysInTest, AReplacementIsRememberedAsSuchAlsoFromEntriesThatOnlyNameTheServer) {
  enrol();
  ASSERT_EQ(renew("a2", 'b', "a1"), "");
  house_->follow();
  end();
  const facts::IdentityRevoked fact{.device = DeviceId("t-1"), .serial = "a1", .why = "superseded", .by = "server"};
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, "t-1"}, fact), [](const auto&) {});
  start();
  EXPECT_EQ(cause("a1"), facts::RevocationCause::successor);
  house_->follow();
  restart();
  EXPECT_EQ(cause("a1"), facts::RevocationCause::successor);
  EXPECT_EQ(admit("a1"), "identity-superseded");
}

TEST_F(WaysInTest, AnExpiredIdentityRenewsOnceButForLostAnswersToTheSameRequest) {
  enrol();
  const auto lapsed = [&](const std::string& serial, char key) {
    auto fact = renewal("t-1", serial, key, "a1", clock_.now());
    fact.right = EnrolmentRight::expired_renewal;
    return reason(op().issue(fact));
  };
  clock_.advance(24h * 100);
  EXPECT_EQ(lapsed("a2", 'b'), "");
  EXPECT_EQ(lapsed("a3", 'c'), "identity-not-newest");
  EXPECT_EQ(lapsed("a3", 'b'), "");
  connect("a3");
  EXPECT_EQ(lapsed("a4", 'b'), "identity-not-newest");
}

TEST_F(WaysInTest, ADeviceThatWentIntoQuarantineMeanwhileGetsNoNewIdentity) {
  enrol();
  connect("a1");
  ASSERT_TRUE(op().create_code("t-1", hash_of('2'), clock_.now() + 1h));
  trust_old_ca();
  ASSERT_EQ(add_anchor({.anchor = "acme", .certificate = make_ca("Acme", true, clock_.now()).der, .by = "test"}), "");
  ASSERT_TRUE(ask("r1", 'd'));
  ASSERT_EQ(decide("r1", true), "");
  ASSERT_TRUE(op().change("t-1", facts::LifecycleEvent::quarantine));
  EXPECT_EQ(reason(op().issue(certificate("t-1", "a2", 'b', hash_of('2'), clock_.now()))), "device-quarantined");
  EXPECT_EQ(issue_by(EnrolmentRight::manufacturer, "a2", 'a', "acme"), "device-quarantined");
  EXPECT_EQ(issue_approved("a2", 'd', "r1"), "device-quarantined");
  EXPECT_EQ(renew("a2", 'b', "a1"), "") << "it keeps the one it has";
}

TEST_F(WaysInTest, BothCertificatesAreGoodUntilTheNewOneHasConnected) {
  enrol();
  connect("a1");
  ASSERT_EQ(renew("a2", 'b', "a1"), "");
  EXPECT_EQ(admit("a1"), "");
  EXPECT_EQ(admit("a2"), "");
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId&, const std::string& serial, const std::string& why) {
    expelled.push_back(serial + " " + why);
  });
  connect("a1");
  EXPECT_EQ(admit("a2"), "");
  EXPECT_TRUE(expelled.empty());
  connect("a2");
  EXPECT_EQ(admit("a1"), "identity-superseded");
  EXPECT_EQ(admit("a2"), "");
  EXPECT_EQ(revoked_why("a1"), "superseded");
  EXPECT_EQ(expelled, std::vector<std::string>{"a1 identity-superseded"});
  EXPECT_EQ(renew("a3", 'c', "a1"), "identity-superseded");
}

TEST_F(WaysInTest, AnInterruptedRetirementIsMadeUpForAtTheNextStart) {
  enrol();
  ASSERT_EQ(renew("a2", 'b', "a1"), "");
  house_->follow();
  house_.reset();  // the session begins while nobody decides
  const facts::SessionOpened fact{.device = DeviceId("t-1"),
                                  .session = "s",
                                  .protocol = "mqtt/5.0",
                                  .client_id = "t-1",
                                  .address = "192.0.2.1:5000",
                                  .certificate_serial = "a2",
                                  .tls = "TLSv1.3"};
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, "t-1"}, fact), [](const auto&) {});
  start();
  EXPECT_EQ(admit("a1"), "identity-superseded");
  EXPECT_EQ(admit("a2"), "");
}

TEST_F(WaysInTest, AnApplicationsCertificatesStandBesideEachOther) {
  Answer<> added;
  registry().add_application(demo, {.application = ApplicationId("billing"), .label = "", .by = "test"},
                             added.callback());
  ASSERT_EQ(reason(added.get()), "");
  for (int i = 1; i <= 6; ++i) {
    const char digit = static_cast<char>('0' + i);
    ASSERT_TRUE(op().create_code("app:billing", hash_of(digit), clock_.now() + 1h));
    ASSERT_EQ(
        reason(op().issue(certificate("app:billing", "b" + std::to_string(i), digit, hash_of(digit), clock_.now()))),
        "");
  }
  const facts::SessionOpened fact{.device = DeviceId("app:billing"), .session = "s", .certificate_serial = "b6"};
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::application, "billing"}, fact), [](const auto&) {});
  house_->follow();
  house_->follow();
  for (const auto& identity : *registry().identities(demo, DeviceId("app:billing"))) EXPECT_FALSE(identity.revoked);
}

TEST_F(WaysInTest, RenewalsWhoseAnswerGotLostMakeRoomForTheNextOne) {
  enrol();
  connect("a1");
  for (int i = 2; i <= 6; ++i) ASSERT_EQ(renew("a" + std::to_string(i), static_cast<char>('a' + i), "a1"), "");
  EXPECT_EQ(admit("a1"), "");
  EXPECT_EQ(admit("a2"), "identity-superseded");
  EXPECT_EQ(admit("a3"), "identity-superseded");
  EXPECT_EQ(admit("a4"), "");
  const auto all = *registry().identities(demo, DeviceId("t-1"));
  EXPECT_EQ(std::ranges::count_if(all, [](const Identity& one) { return !one.revoked; }), living_identities_max);
}

TEST_F(WaysInTest, AKeyIsTakenInAllFleetsAndAfterARevocationAndFreeAfterAReplacement) {
  enrol();
  ASSERT_TRUE((Operator{registry(), FleetId("other")}.create_fleet()));
  ASSERT_TRUE((Operator{registry(), FleetId("other")}.add_device("t-1")));
  ASSERT_TRUE((Operator{registry(), FleetId("other")}.create_code("t-1", hash_of('9'), clock_.now() + 1h)));
  const auto foreign = certificate("t-1", "b1", 'a', hash_of('9'), clock_.now());
  EXPECT_EQ(reason(Operator{registry(), FleetId("other")}.issue(foreign)), "key-in-use");
  EXPECT_EQ(registry().holder_of_key(FleetId("other"), DeviceId("t-1"), hash_of('a'))->fleet, demo);

  ASSERT_EQ(renew("a2", 'a', "a1"), "");
  connect("a2");
  ASSERT_EQ(revoked_why("a1"), "superseded");
  EXPECT_EQ(renew("a3", 'a', "a2"), "");
  ASSERT_TRUE(op().revoke("a2"));
  EXPECT_EQ(renew("a4", 'a', "a3"), "key-revoked");
}

// --- anchors

TEST_F(WaysInTest, AnAnchorIsTrustedUntilItIsRemovedAndSurvivesARestart) {
  const auto maker = make_ca("Acme", true, clock_.now());
  const facts::AnchorAdded fact{.anchor = "acme",
                                .certificate = maker.der,
                                .profile = ProfileId("fleet-tracker"),
                                .until = clock_.now() + 24h,
                                .by = "test"};
  EXPECT_EQ(add_anchor(fact), "");
  EXPECT_EQ(add_anchor(fact), "anchor-exists");
  house_->follow();
  const auto before = registry().anchors(demo);
  restart();
  EXPECT_EQ(registry().anchors(demo), before);
  lose_database();
  EXPECT_EQ(registry().anchors(demo), before);
  EXPECT_EQ(remove_anchor("acme"), "");
  EXPECT_EQ(remove_anchor("acme"), "unknown-anchor");
  house_->follow();
  restart();
  EXPECT_TRUE(registry().anchors(demo)->empty());
}

TEST_F(WaysInTest, WhatIsNoGoodAnchorIsRefused) {
  const auto maker = make_ca("Acme", true, clock_.now());
  const auto leaf = make_ca("leaf", false, clock_.now());
  const auto old = make_ca("old", true, clock_.now() - 24h * 60);
  EXPECT_EQ(add_anchor({.anchor = "a", .certificate = {1, 2}, .by = "test"}), "bad-certificate");
  EXPECT_EQ(add_anchor({.anchor = "a", .certificate = leaf.der, .by = "test"}), "not-an-authority");
  EXPECT_EQ(add_anchor({.anchor = "a", .certificate = old.der, .by = "test"}), "anchor-expired");
  EXPECT_EQ(add_anchor({.anchor = "a", .certificate = maker.der, .until = clock_.now(), .by = "test"}),
            "anchor-expired");
  EXPECT_EQ(add_anchor({.anchor = "a", .certificate = maker.der, .profile = ProfileId("none"), .by = "test"}),
            "unknown-profile");
}

TEST_F(WaysInTest, ASerialNumberLeadsToOneDevice) {
  Answer<std::vector<Result<void>>> answer;
  registry().add_devices(demo,
                         {{.device = DeviceId("a"), .profile = ProfileId("fleet-tracker"), .serial_number = "1"},
                          {.device = DeviceId("b"), .profile = ProfileId("handheld"), .serial_number = "1"},
                          {.device = DeviceId("c"), .profile = ProfileId("handheld"), .serial_number = "2"}},
                         answer.callback());
  ASSERT_TRUE(answer.get());
  const auto find = [&](const std::string& serial, std::optional<ProfileId> profile = std::nullopt) {
    const auto found = registry().by_serial_number(demo, serial, profile);
    return found ? found->value : found.error().reason;
  };
  EXPECT_EQ(find("2"), "c");
  EXPECT_EQ(find("1"), "serial-ambiguous");
  EXPECT_EQ(find("1", ProfileId("handheld")), "b");
  EXPECT_EQ(find("2", ProfileId("fleet-tracker")), "serial-not-expected");
  EXPECT_EQ(find("3"), "serial-not-expected");
  house_->follow();
  restart();
  EXPECT_EQ(find("2"), "c");
}

TEST_F(WaysInTest, AMakersCertificateGivesOneIdentityUntilThatIsRevoked) {
  ASSERT_EQ(add_anchor({.anchor = "acme", .certificate = make_ca("Acme", true, clock_.now()).der, .by = "test"}), "");
  const auto by_maker = [&](const std::string& serial, char key, const std::string& anchor = "acme") {
    auto fact = certificate("t-1", serial, key, {}, clock_.now());
    fact.code_hash.reset();
    fact.right = EnrolmentRight::manufacturer;
    fact.anchor = anchor;
    return reason(op().issue(fact));
  };
  EXPECT_EQ(by_maker("a1", 'a', "other"), "unknown-anchor");
  EXPECT_EQ(by_maker("a1", 'a'), "");
  EXPECT_EQ(by_maker("a2", 'a'), "");  // the answer got lost
  EXPECT_EQ(by_maker("a3", 'b'), "serial-enrolled");
  ASSERT_TRUE(op().revoke("a1"));
  EXPECT_EQ(by_maker("a3", 'b'), "serial-enrolled");
  ASSERT_TRUE(op().revoke("a2"));
  EXPECT_EQ(by_maker("a3", 'b'), "");
  ASSERT_EQ(remove_anchor("acme"), "");
  EXPECT_EQ(by_maker("a4", 'b'), "unknown-anchor");
}

// --- another CA's devices

TEST_F(WaysInTest, ADeviceThatHasUsedItsOwnIdentityNeverComesBackWithTheOldCasCertificate) {
  trust_old_ca();
  ASSERT_EQ(issue_by(EnrolmentRight::migration, "a1", 'a'), "");
  EXPECT_EQ(issue_by(EnrolmentRight::migration, "a2", 'b'), "") << "the answer got lost, with the key";
  connect("a2");
  EXPECT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f'), "identity-superseded");
  ASSERT_TRUE(op().revoke("a2"));
  EXPECT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f'), "identity-superseded");
  EXPECT_EQ(issue_by(EnrolmentRight::migration, "a3", 'c'), "identity-superseded");
}

TEST_F(WaysInTest, NeitherAfterItsOwnIdentityHasExpired) {
  trust_old_ca();
  ASSERT_EQ(issue_by(EnrolmentRight::migration, "a1", 'a'), "");
  connect("a1");
  clock_.advance(24h * 100);
  EXPECT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f'), "identity-superseded");
  EXPECT_EQ(issue_by(EnrolmentRight::migration, "a2", 'b'), "identity-superseded");
}

TEST_F(WaysInTest, CertificatesThatEndedWithTheirAnchorLeaveTheWayToMoveOpen) {
  trust_old_ca();
  ASSERT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f', "old", old_.issued.der), "");
  EXPECT_EQ(admit("f1"), "");
  ASSERT_EQ(remove_anchor("old"), "");
  EXPECT_EQ(admit("f1"), "identity-revoked");
  EXPECT_EQ(revoked_why("f1"), "cessationOfOperation");
  house_->follow();
  restart();
  EXPECT_TRUE(registry().by_serial(demo, "f1")->dismissed);
  trust_old_ca();
  EXPECT_EQ(admit("f1"), "identity-revoked") << "what is revoked stays revoked";
  EXPECT_EQ(issue_by(EnrolmentRight::migration, "a1", 'f'), "") << "also with the key it had";
}

TEST_F(WaysInTest, AnAnchorsEndLeavesWhatAnotherAnchorOfTheSameCaStandsFor) {
  trust_old_ca("all");
  trust_old_ca("trackers", ProfileId("fleet-tracker"));
  trust_old_ca("handhelds", ProfileId("handheld"));
  ASSERT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f', "all", old_.issued.der), "");
  ASSERT_EQ(remove_anchor("all"), "");
  EXPECT_EQ(admit("f1"), "");
  ASSERT_EQ(remove_anchor("trackers"), "");
  EXPECT_EQ(cause("f1"), facts::RevocationCause::anchor);
}

TEST_F(WaysInTest, TheEndOfManyCertificatesDoesNotHoldUpAdmission) {
  const std::size_t many = revoke_batch_max + 1;
  std::vector<facts::DeviceAdded> devices;
  for (std::size_t i = 0; i < many; ++i)
    devices.push_back({.device = DeviceId("d-" + std::to_string(i)), .profile = ProfileId("fleet-tracker")});
  Answer<std::vector<Result<void>>> added;
  registry().add_devices(demo, devices, added.callback());
  ASSERT_TRUE(added.get());
  trust_old_ca();
  for (std::size_t i = 0; i < many; ++i) {
    auto fact = certificate("d-" + std::to_string(i), "f" + std::to_string(i), 'f', {}, clock_.now());
    fact.code_hash.reset();
    fact.right = EnrolmentRight::foreign;
    fact.anchor = "old";
    fact.spki_sha256 += std::to_string(i);
    fact.certificate = old_.issued.der;
    ASSERT_EQ(reason(op().issue(fact)), "");
  }
  std::size_t told = 0;
  std::uint64_t revoked_at_first = 0;
  registry().on_expel([&](const FleetId&, const DeviceId&, const std::string&, const std::string&) {
    if (told++ == 0) revoked_at_first = registry().counts().revoked;
  });
  ASSERT_EQ(remove_anchor("old"), "");
  EXPECT_EQ(revoked_at_first, revoke_batch_max);
  EXPECT_EQ(told, many);
  EXPECT_EQ(registry().counts().revoked, many);
}

TEST_F(WaysInTest, AnInterruptedEndOfAnAnchorIsFinishedAtTheNextStart) {
  trust_old_ca();
  ASSERT_EQ(issue_by(EnrolmentRight::foreign, "f1", 'f', "old", old_.issued.der), "");
  house_->follow();
  restart();
  EXPECT_EQ(admit("f1"), "") << "the anchor stands";
  end();
  const facts::AnchorRemoved fact{.anchor = "old", .why = "old", .by = "test"};
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::fleet, demo.value}, fact), [](const auto&) {});
  start();
  EXPECT_EQ(cause("f1"), facts::RevocationCause::anchor);
}

TEST_F(WaysInTest, ACasDevicesBelongToOneFleet) {
  trust_old_ca();
  ASSERT_TRUE((Operator{registry(), FleetId("other")}.create_fleet()));
  const auto add = [&](facts::AnchorRole role) {
    Answer<> answer;
    registry().add_anchor(
        FleetId("other"),
        {.anchor = "old", .role = role, .certificate = old_.certificate.der, .device_id_from = "cn", .by = "test"},
        answer.callback());
    return reason(answer.get());
  };
  EXPECT_EQ(add(facts::AnchorRole::device_ca), "anchor-elsewhere");
  EXPECT_EQ(add(facts::AnchorRole::manufacturer), "");
  ASSERT_EQ(remove_anchor("old"), "");
}

// --- approval

TEST_F(WaysInTest, ARequestIsRecordedOnceAndGoodOnceForItsKeyWhenApproved) {
  EXPECT_EQ(ask("r1", 'a')->request, "r1");
  EXPECT_EQ(ask("r2", 'a')->request, "r1");
  EXPECT_EQ(registry().requests(demo)->size(), 1U);
  EXPECT_EQ(issue_approved("a1", 'a', "r1"), "not-approved");
  house_->follow();
  restart();
  EXPECT_EQ(decide("r1", true), "");
  EXPECT_EQ(decide("r1", false), "request-decided");
  EXPECT_EQ(decide("r9", true), "unknown-request");
  EXPECT_EQ(ask("r2", 'a')->state, RequestState::approved);
  house_->follow();
  restart();
  EXPECT_EQ(issue_approved("a1", 'b', "r1"), "unknown-request");
  EXPECT_EQ(issue_approved("a1", 'a', "r1"), "");
  EXPECT_EQ(issue_approved("a2", 'a', "r1"), "not-approved");
  house_->follow();
  restart();
  EXPECT_EQ(registry().requests(demo)->at(0).state, RequestState::used);
  lose_database();
  EXPECT_EQ(registry().requests(demo)->at(0).state, RequestState::used);
}

TEST_F(WaysInTest, ADeviceWithACodeIsAskedForItInsteadOfAnOperator) {
  std::string toml((*registry().profile(demo, ProfileId("fleet-tracker")))->toml);
  toml.insert(toml.find("[data]"), "[enrolment]\nby_approval = true\nrenew_after_expiry = \"30d\"\n\n");
  ASSERT_TRUE(op().add_profile(toml));
  EXPECT_TRUE(registry().standing(demo, DeviceId("t-1"))->by_approval);
  EXPECT_EQ(registry().standing(demo, DeviceId("t-1"))->renew_after_expiry, 24h * 30);
  ASSERT_TRUE(op().create_code("t-1", hash_of('1'), clock_.now() + 1h));
  EXPECT_FALSE(registry().standing(demo, DeviceId("t-1"))->by_approval);
  clock_.advance(1h);
  EXPECT_TRUE(registry().standing(demo, DeviceId("t-1"))->by_approval);
}

TEST_F(WaysInTest, RequestsAreBoundedAndExpire) {
  for (const char key : {'a', 'b', 'c'}) EXPECT_TRUE(ask(std::string("r") + key, key));
  EXPECT_EQ(ask("rd", 'd').error().reason, "too-many-requests");
  ASSERT_EQ(decide("ra", false), "");
  EXPECT_TRUE(ask("rd", 'd'));
  clock_.advance(24h);
  EXPECT_TRUE(registry().requests(demo)->empty());
  EXPECT_EQ(decide("rb", true), "request-expired");
  clock_.advance(1s);
  EXPECT_EQ(ask("re", 'a')->request, "re");
  EXPECT_EQ(registry().requests(demo)->size(), 1U);
}

TEST_F(WaysInTest, OneAddressCannotTakeAllThePlaces) {
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(op().add_device("d-" + std::to_string(i)));
    ASSERT_TRUE(op().add_device("e-" + std::to_string(i)));
  }
  std::size_t taken = 0;
  for (int i = 0; i < 40; ++i)
    for (const char key : {'a', 'b', 'c'})
      if (ask("r-" + std::to_string(i) + key, key, "192.0.2.1:" + std::to_string(i), "d-" + std::to_string(i))) ++taken;
  EXPECT_EQ(taken, requests_per_address_max);
  std::size_t from_network = 0;
  for (int i = 0; i < 40; ++i)
    for (const char key : {'a', 'b', 'c'})
      if (ask("v6-" + std::to_string(i) + key, key, "[2001:db8:1:2::" + std::to_string(i) + key + "]:5",
              "e-" + std::to_string(i)))
        ++from_network;
  EXPECT_EQ(from_network, requests_per_address_max) << "a /64 is one owner's";
  EXPECT_TRUE(ask("elsewhere", 'a', "192.0.2.2:5", "d-39"));
}

}  // namespace
}  // namespace outrider::fleet
