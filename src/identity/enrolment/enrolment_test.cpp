#include "identity/enrolment/enrolment.h"

#include <gtest/gtest.h>

#include "base/testing/temporary_directory.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"
#include "identity/enrolment/code.h"
#include "identity/enrolment/device_name.h"
#include "identity/keys/key_home.h"
#include "identity/memory_roster.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;
using crypto::KeyPair;
using crypto::KeyType;
using facts::Lifecycle;

class EnrolmentTest : public testing::Test {
 protected:
  EnrolmentTest() {
    authority_ = *Authority::open({directory_.path(), "outrider.test", &clock_});
    EXPECT_TRUE(authority_->add_fleet(demo_));
    enrolment_ = std::make_unique<Enrolment>(*authority_, roster_, EnrolmentOptions{&clock_, &metrics_});
    expect("t-1");
  }

  // Adds a device with a new code.
  std::string expect(const std::string& device) {
    roster_.devices[{demo_, DeviceId(device)}] = {};
    return give_code(device);
  }
  std::string give_code(const std::string& device) {
    const auto code = make_code();
    roster_.codes[{demo_, DeviceId(device)}] = {code_hash(DeviceId(device), code), clock_.now() + 24h};
    codes_[device] = code;
    return code;
  }
  Result<crypto::Certificate> enrol(const std::string& device, std::string_view code, ByteView csr,
                                    const std::string& address = "192.0.2.1:1") {
    Result<crypto::Certificate> out = fail(Errc::internal, "not-called", "");
    enrolment_->enrol(demo_, device, code, csr, {address, network_}, [&](auto result) { out = std::move(result); });
    return out;
  }
  Result<crypto::Certificate> enrol(const std::string& device, const KeyPair& key) {
    return enrol(device, codes_.at(device), *crypto::make_csr(key, device));
  }
  Result<crypto::Certificate> renew(const crypto::Certificate& with, ByteView csr,
                                    const FleetId& fleet = FleetId("demo")) {
    Result<crypto::Certificate> out = fail(Errc::internal, "not-called", "");
    enrolment_->renew(fleet, with.der, csr, {"192.0.2.1:1", network_}, [&](auto result) { out = std::move(result); });
    return out;
  }
  Result<crypto::Certificate> renew(const crypto::Certificate& with, const KeyPair& key) {
    return renew(with, *crypto::make_csr(key, with.subject.common_name));
  }
  Standing& standing(const std::string& device) { return roster_.devices.at({demo_, DeviceId(device)}); }

  // Refused for this reason, said why, recorded, and nothing was issued.
  void expect_refused(const Result<crypto::Certificate>& outcome, const std::string& reason) {
    ASSERT_FALSE(outcome) << "expected " << reason;
    EXPECT_EQ(outcome.error().reason, reason) << outcome.error().text();
    EXPECT_GT(outcome.error().detail.size(), 10U);
    ASSERT_FALSE(roster_.refused.empty());
    EXPECT_EQ(roster_.refused.back().reason, reason);
    EXPECT_EQ(roster_.refused.back().address, "192.0.2.1:1");
    EXPECT_EQ(
        metrics_.counter("outrider_enrolments_refused_total", "Certificates refused, by reason", {{"reason", reason}})
            .value(),
        1);
  }

  std::optional<Network> network_ = Network{};
  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  Metrics metrics_;
  const FleetId demo_{"demo"};
  std::unique_ptr<Authority> authority_;
  MemoryRoster roster_;
  std::unique_ptr<Enrolment> enrolment_;
  std::map<std::string, std::string> codes_;
  const KeyPair key_ = KeyPair::generate(KeyType::p256);
};

// --- by code ---------------------------------------------------------------------------------------------------------

TEST_F(EnrolmentTest, ADeviceWithItsCodeGetsACertificateThatIsRecordedFirst) {
  standing("t-1").keys.certificate_life = 24h * 30;
  const auto leaf = enrol("t-1", key_);
  ASSERT_TRUE(leaf) << leaf.error().text();
  EXPECT_EQ(identify(*leaf)->device, DeviceId("t-1"));
  EXPECT_EQ(leaf->not_after, clock_.now() + 24h * 30);
  EXPECT_TRUE(crypto::verify_chain(*leaf, {{*authority_->issuing(demo_)}}, {{authority_->root()}}, clock_.now(),
                                   crypto::Purpose::client));
  ASSERT_EQ(roster_.issued.size(), 1U);
  const auto& fact = roster_.issued.front();
  EXPECT_EQ(fact.device, DeviceId("t-1"));
  EXPECT_EQ(fact.serial, leaf->serial);
  EXPECT_EQ(fact.not_before, leaf->not_before);
  EXPECT_EQ(fact.not_after, leaf->not_after);
  EXPECT_EQ(fact.spki_sha256, key_.public_key().spki_sha256());
  EXPECT_EQ(fact.right, facts::EnrolmentRight::code);
  EXPECT_EQ(fact.code_hash, code_hash(DeviceId("t-1"), codes_.at("t-1")));
  EXPECT_EQ(fact.certificate, leaf->der);
  EXPECT_TRUE(roster_.refused.empty());
}

TEST_F(EnrolmentTest, TheCertificateWaitsUntilItsEntryIsDurable) {
  roster_.hold = true;
  bool left = false;
  enrolment_->enrol(demo_, "t-1", codes_.at("t-1"), *crypto::make_csr(key_, "t-1"), {"192.0.2.1:1", {}},
                    [&](auto result) { left = result.has_value(); });
  EXPECT_FALSE(left);
  roster_.held({});
  EXPECT_TRUE(left);
}

TEST_F(EnrolmentTest, WhenTheEntryCannotBeWrittenNoCertificateLeaves) {
  roster_.disk_failure = Error(Errc::unavailable, "disk-full", "the disk is full");
  const auto outcome = enrol("t-1", key_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().reason, "disk-full");
  EXPECT_TRUE(roster_.refused.empty());  // our trouble is no refusal
}

TEST_F(EnrolmentTest, WhatTheRosterRefusesAtLastIsARefusal) {
  roster_.disk_failure = Error(Errc::conflict, "code-used", "the code has just been used");
  expect_refused(enrol("t-1", key_), "code-used");
}

TEST_F(EnrolmentTest, AWrongCodeIsRefused) {
  expect_refused(enrol("t-1", make_code(), *crypto::make_csr(key_, "t-1")), "code-unknown");
}

TEST_F(EnrolmentTest, AWrongCodeAndAnUnknownDeviceGetTheSameAnswer) {
  const auto csr = *crypto::make_csr(key_, "t-1");
  const auto wrong = enrol("t-1", make_code(), csr);
  EXPECT_EQ(wrong.error(), enrol("t-404", make_code(), csr).error());
  EXPECT_EQ(wrong.error(), enrol("no such\ndevice", "rubbish", csr).error());
  EXPECT_EQ(wrong.error(), enrol("", "", csr).error());
  EXPECT_EQ(wrong.error().code, Errc::unauthenticated);
}

TEST_F(EnrolmentTest, ACodeOfAnotherDeviceIsWrong) {
  const auto other = expect("t-2");
  expect_refused(enrol("t-1", other, *crypto::make_csr(key_, "t-1")), "code-unknown");
}

TEST_F(EnrolmentTest, ACodeWorksOnce) {
  ASSERT_TRUE(enrol("t-1", key_));
  expect_refused(enrol("t-1", KeyPair::generate(KeyType::p256)), "code-used");
}

TEST_F(EnrolmentTest, AnExpiredCodeIsRefused) {
  clock_.advance(24h);
  expect_refused(enrol("t-1", key_), "code-expired");
}

TEST_F(EnrolmentTest, DevicesThatMayNotHaveAnIdentityAreRefused) {
  const std::vector<std::pair<Lifecycle, std::string>> cases{{Lifecycle::retired, "device-retired"},
                                                             {Lifecycle::lost, "device-lost"},
                                                             {Lifecycle::stolen, "device-stolen"},
                                                             {Lifecycle::quarantined, "device-quarantined"}};
  for (const auto& [lifecycle, reason] : cases) {
    standing("t-1").lifecycle = lifecycle;
    expect_refused(enrol("t-1", key_), reason);
  }
}

// --- the request
// -------------------------------------------------------------------------------------------------------

TEST_F(EnrolmentTest, AMalformedRequestIsRefused) {
  expect_refused(enrol("t-1", codes_.at("t-1"), as_bytes("rubbish")), "malformed-csr");
}

TEST_F(EnrolmentTest, ARequestNotSignedByItsKeyIsRefused) {
  auto csr = *crypto::make_csr(key_, "t-2");
  csr[std::string(as_text(csr)).find("t-2") + 2] = '1';
  expect_refused(enrol("t-1", codes_.at("t-1"), csr), "bad-csr-signature");
}

TEST_F(EnrolmentTest, ARequestInAnothersNameIsRefused) {
  expect_refused(enrol("t-1", codes_.at("t-1"), *crypto::make_csr(key_, "t-2")), "wrong-subject");
}

TEST_F(EnrolmentTest, ARequestForForeignAlternativeNamesIsRefused) {
  const auto wants = [&](auto fill) {
    crypto::AltNames names;
    fill(names);
    const auto outcome = enrol("t-1", codes_.at("t-1"), *crypto::make_csr(key_, "t-1", names));
    return outcome ? std::string("issued") : outcome.error().reason;
  };
  EXPECT_EQ(wants([](auto& names) { names.uri = {"urn:outrider:demo:t-2"}; }), "wrong-subject");
  EXPECT_EQ(wants([](auto& names) { names.uri = {"urn:outrider:other:t-1"}; }), "wrong-subject");
  EXPECT_EQ(wants([](auto& names) { names.dns = {"bank.example"}; }), "wrong-subject");
  EXPECT_EQ(wants([](auto& names) { names.ip = {"192.0.2.1"}; }), "wrong-subject");
  EXPECT_EQ(wants([](auto& names) { names.email = {"root@example"}; }), "wrong-subject");
  EXPECT_EQ(wants([](auto& names) {
              names.uri = {"urn:outrider:demo:t-1"};
              names.dns = {"t-1"};
            }),
            "issued");
}

TEST_F(EnrolmentTest, AnEmptySubjectBecomesTheDevices) {
  const auto leaf = enrol("t-1", codes_.at("t-1"), *crypto::make_csr(key_, ""));
  ASSERT_TRUE(leaf) << leaf.error().text();
  EXPECT_EQ(leaf->subject.common_name, "t-1");
}

TEST_F(EnrolmentTest, KeysTheProfileDoesNotAllowAreRefused) {
  standing("t-1").keys = {.p256 = false, .p384 = true, .ed25519 = false};
  const auto outcome = enrol("t-1", key_);
  expect_refused(outcome, "key-type-not-allowed");
  EXPECT_NE(outcome.error().detail.find("EC P-384"), std::string::npos);
  EXPECT_TRUE(enrol("t-1", KeyPair::generate(KeyType::p384)));
}

TEST_F(EnrolmentTest, RsaIsRefusedUnlessTheProfileAllowsItsLength) {
  const auto rsa = KeyPair::generate_rsa(2048);
  expect_refused(enrol("t-1", rsa), "key-type-not-allowed");
  standing("t-1").keys.rsa_bits_min = 3072;
  expect_refused(enrol("t-1", rsa), "weak-key");
  standing("t-1").keys.rsa_bits_min = 2048;
  EXPECT_TRUE(enrol("t-1", rsa));
}

TEST_F(EnrolmentTest, AWeakKeyIsRefused) {
  // A request made with the P-256 private key 1, which everybody has.
  const auto one = KeyPair::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgAAAAAAAAAAAAAAAA\n"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAGhRANCAARrF9Hy4SxCR/i85uVjpEDydwN9gS3r\n"
      "M6D0oTlF2JjClk/jQuL+Gn+bjufrSnwPnhYrzjNXazFezsu2QGg3v1H1\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_TRUE(one) << one.error().text();
  expect_refused(enrol("t-1", *one), "weak-key");
}

TEST_F(EnrolmentTest, AKeyOfAnotherDeviceIsRefusedAlsoWhenThatIsRevoked) {
  const auto first = *enrol("t-1", key_);
  expect("t-2");
  expect_refused(enrol("t-2", key_), "key-in-use");
  roster_.revoke(demo_, first.serial);
  EXPECT_EQ(enrol("t-2", key_).error().reason, "key-in-use");
}

TEST_F(EnrolmentTest, ItsOwnRevokedKeyIsRefused) {
  roster_.revoke(demo_, enrol("t-1", key_)->serial);
  give_code("t-1");
  expect_refused(enrol("t-1", key_), "key-revoked");
}

TEST_F(EnrolmentTest, ADeviceMayEnrolAgainWithTheKeyItHas) {
  ASSERT_TRUE(enrol("t-1", key_));
  give_code("t-1");
  EXPECT_TRUE(enrol("t-1", key_));
}

TEST_F(EnrolmentTest, AKeyOfTheServerItselfIsRefused) {
  const auto issuing = *KeyPair::load(directory_.path() / "fleets/demo/issuing.key");
  expect_refused(enrol("t-1", issuing), "key-in-use");
}

TEST_F(EnrolmentTest, AKeyOfADeviceOfAnotherFleetIsRefused) {
  roster_.identities[FleetId("other")].push_back(
      {FleetId("other"), DeviceId("t-1"), "01", key_.public_key().spki_sha256(), clock_.now()});
  expect_refused(enrol("t-1", key_), "key-in-use");
}

TEST_F(EnrolmentTest, AKeyThatEverybodyHasIsRefused) {
  // RFC 9500, 2.3: testECCP256.
  const auto published = KeyPair::from_pem(
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg5stb3YCqRa6clejB\n"
      "VHZnn/7JU8FoUecR50OTlYnGT8GhRANCAARCJUj4j7eC/7Xso3REUscqHlWPvW9z\n"
      "vl5I6TIyzEXFsWxM0QxMuNW4oXE56UiCyJklcpk0JfQUGat+kKQqSUJy\n"
      "-----END PRIVATE KEY-----\n");
  ASSERT_TRUE(published) << published.error().text();
  expect_refused(enrol("t-1", *published), "key-known");
}

TEST_F(EnrolmentTest, ADeviceMayUseItsKeyAgainAfterTheIdentityWasReplaced) {
  ASSERT_TRUE(enrol("t-1", key_));
  roster_.identities[demo_].front().revoked = true;
  roster_.identities[demo_].front().superseded = true;
  give_code("t-1");
  EXPECT_TRUE(enrol("t-1", key_));
}

TEST_F(EnrolmentTest, WhereTheKeyLivesIsRecordedAsClaimedAndJudgedByTheProfile) {
  const auto request = [&](facts::KeyHome home) { return *crypto::make_csr(key_, "t-1", {}, {key_home_claim(home)}); };
  standing("t-1").keys.home_min = facts::KeyHome::tee;
  expect_refused(enrol("t-1", key_), "key-home-too-low");
  const auto leaf = enrol("t-1", codes_.at("t-1"), request(facts::KeyHome::tpm));
  ASSERT_TRUE(leaf) << leaf.error().text();
  EXPECT_EQ(roster_.issued.back().key_home, facts::KeyHome::tpm);
  EXPECT_FALSE(roster_.issued.back().key_home_attested);
  give_code("t-1");
  standing("t-1").keys.home_attested = true;
  expect_refused(enrol("t-1", codes_.at("t-1"), request(facts::KeyHome::tpm)), "key-home-not-attested");
}

// --- renewal
// -----------------------------------------------------------------------------------------------------------

TEST_F(EnrolmentTest, ADeviceRenewsWithTheCertificateItHas) {
  const auto old = *enrol("t-1", key_);
  clock_.advance(24h * 60);
  const auto same_key = renew(old, key_);
  ASSERT_TRUE(same_key) << same_key.error().text();
  EXPECT_EQ(same_key->not_after, clock_.now() + 24h * 90);
  EXPECT_NE(same_key->serial, old.serial);
  EXPECT_EQ(roster_.issued.back().right, facts::EnrolmentRight::renewal);
  EXPECT_EQ(roster_.issued.back().renews_serial, old.serial);
  EXPECT_EQ(roster_.issued.back().code_hash, std::nullopt);
  EXPECT_TRUE(renew(old, KeyPair::generate(KeyType::ed25519)));
}

TEST_F(EnrolmentTest, AQuarantinedDeviceKeepsItsIdentityAlive) {
  const auto old = *enrol("t-1", key_);
  standing("t-1").lifecycle = Lifecycle::quarantined;
  EXPECT_TRUE(renew(old, key_));
}

TEST_F(EnrolmentTest, ARevokedIdentityDoesNotRenew) {
  const auto old = *enrol("t-1", key_);
  roster_.revoke(demo_, old.serial);
  expect_refused(renew(old, KeyPair::generate(KeyType::p256)), "identity-revoked");
}

TEST_F(EnrolmentTest, AnExpiredIdentityDoesNotRenew) {
  const auto old = *enrol("t-1", key_);
  clock_.set(old.not_after + 1s);
  expect_refused(renew(old, key_), "certificate-expired");
}

TEST_F(EnrolmentTest, AnIdentityRenewsInItsOwnFleetOnly) {
  const auto old = *enrol("t-1", key_);
  ASSERT_TRUE(authority_->add_fleet(FleetId("other")));
  roster_.devices[{FleetId("other"), DeviceId("t-1")}] = {};
  expect_refused(renew(old, *crypto::make_csr(key_, "t-1"), FleetId("other")), "wrong-fleet");
}

TEST_F(EnrolmentTest, ARetiredDeviceDoesNotRenew) {
  const auto old = *enrol("t-1", key_);
  standing("t-1").lifecycle = Lifecycle::retired;
  expect_refused(renew(old, key_), "device-retired");
}

TEST_F(EnrolmentTest, ADeviceThatIsGoneDoesNotRenew) {
  const auto old = *enrol("t-1", key_);
  roster_.devices.clear();
  expect_refused(renew(old, key_), "unknown-device");
}

TEST_F(EnrolmentTest, RenewingForAnotherDeviceIsRefused) {
  const auto old = *enrol("t-1", key_);
  expect("t-2");
  expect_refused(renew(old, *crypto::make_csr(key_, "t-2")), "wrong-subject");
}

TEST_F(EnrolmentTest, ACertificateThatWasNeverRecordedDoesNotRenew) {
  const auto unrecorded = *authority_->issue_device(demo_, DeviceId("t-1"), key_.public_key(), 24h);
  expect_refused(renew(unrecorded, key_), "unknown-identity");
}

TEST_F(EnrolmentTest, ACertificateThatIsNoDevicesDoesNotRenew) {
  expect_refused(renew(authority_->root(), *crypto::make_csr(key_, "t-1")), "not-a-device");
}

TEST_F(EnrolmentTest, BytesThatAreNoCertificateDoNotRenew) {
  crypto::Certificate rubbish;
  rubbish.der = {1, 2, 3};
  expect_refused(renew(rubbish, *crypto::make_csr(key_, "t-1")), "bad-certificate");
}

// --- strangers
// ---------------------------------------------------------------------------------------------------------

TEST_F(EnrolmentTest, AfterWrongCodesEvenTheRightOneHasToWait) {
  const auto csr = *crypto::make_csr(key_, "t-1");
  for (int i = 0; i < 5; ++i) EXPECT_EQ(enrol("t-1", make_code(), csr).error().reason, "code-unknown");
  const auto outcome = enrol("t-1", codes_.at("t-1"), csr);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().reason, "too-many-attempts");
  EXPECT_EQ(outcome.error().code, Errc::overloaded);
  EXPECT_EQ(enrolment_->back_off("t-1", "192.0.2.1:9"), 1s);
  // From elsewhere the device is not locked out.
  EXPECT_TRUE(enrol("t-1", codes_.at("t-1"), csr, "198.51.100.1:1"));
}

TEST_F(EnrolmentTest, RepeatedRefusalsDoNotFillTheLedger) {
  for (int i = 0; i < 3000; ++i) {
    (void)enrol("t-" + std::to_string(i), make_code(), {}, "192.0.2." + std::to_string(i % 250) + ":1");
  }
  EXPECT_LE(roster_.refused.size(), 250U);
  EXPECT_GE(roster_.refused.size(), 100U);
}

TEST_F(EnrolmentTest, ARefusalThatGoesOnIsRecordedAgainWithHowManyWereLeftOut) {
  standing("t-1").lifecycle = Lifecycle::retired;
  for (int i = 0; i < 10; ++i) EXPECT_EQ(enrol("t-1", key_).error().reason, "device-retired");
  EXPECT_EQ(roster_.refused.size(), 1U);
  clock_.advance(61s);
  EXPECT_EQ(enrol("t-1", key_).error().reason, "device-retired");
  ASSERT_EQ(roster_.refused.size(), 2U);
  EXPECT_NE(roster_.refused.back().detail.find("9 more"), std::string::npos);
}

TEST_F(EnrolmentTest, OnlyTheHolderOfACertificateLearnsWhatKeysItMayHave) {
  standing("t-1").keys = {.p256 = true, .p384 = true, .ed25519 = true};
  const auto leaf = *enrol("t-1", key_);
  standing("t-1").keys.p256 = false;
  EXPECT_FALSE(enrolment_->key_policy(demo_, leaf.der).p256);
  EXPECT_TRUE(enrolment_->key_policy(demo_, {}).p256);
  EXPECT_TRUE(enrolment_->key_policy(demo_, as_bytes("rubbish")).p256);
}

}  // namespace
}  // namespace outrider::identity
