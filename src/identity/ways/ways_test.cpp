// The ways in that need no enrolment code.
#include <gtest/gtest.h>

#include "base/testing/temporary_directory.h"
#include "crypto/x509/csr.h"
#include "identity/enrolment/code.h"
#include "identity/enrolment/device_name.h"
#include "identity/enrolment/enrolment.h"
#include "identity/memory_roster.h"
#include "identity/testing/foreign_ca.h"
#include "identity/ways/device_mapping.h"
#include "identity/ways/manufacturer.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;
using crypto::KeyPair;
using crypto::KeyType;
using facts::Lifecycle;
using testing::ForeignCa;
using testing::ForeignName;

class WaysInTest : public ::testing::Test {
 protected:
  WaysInTest() {
    EXPECT_TRUE(authority_->add_fleet(demo_));
    roster_.devices[{demo_, t1_}] = {};
  }

  using Outcome = Result<crypto::Certificate>;
  template <class Call>
  static Outcome wait(Call call) {
    Outcome out = fail(Errc::internal, "not-called", "");
    call([&](Outcome result) { out = std::move(result); });
    return out;
  }
  Outcome enrol(const KeyPair& key) {
    const auto code = make_code();
    roster_.codes[{demo_, t1_}] = {code_hash(t1_, code), clock_.now() + 24h};
    return wait([&](auto done) {
      enrolment_.enrol(demo_, "t-1", code, *crypto::make_csr(key, "t-1"), from_, std::move(done));
    });
  }
  Outcome renew_lapsed(const std::vector<crypto::Certificate>& chain, const KeyPair& key,
                       const std::string& name = "t-1") {
    return wait([&](auto done) {
      enrolment_.renew_lapsed(demo_, ders(chain), *crypto::make_csr(key, name), from_, std::move(done));
    });
  }
  Outcome enrol_made(const std::vector<crypto::Certificate>& chain, const KeyPair& key, const std::string& name = "") {
    return wait([&](auto done) {
      enrolment_.enrol_made(demo_, ders(chain), *crypto::make_csr(key, name), from_, std::move(done));
    });
  }
  Outcome ask(const KeyPair& key, const std::string& name = "t-1") {
    return wait([&](auto done) { enrolment_.ask(demo_, *crypto::make_csr(key, name), from_, std::move(done)); });
  }
  static std::vector<Bytes> ders(const std::vector<crypto::Certificate>& chain) {
    std::vector<Bytes> out;
    for (const auto& one : chain) out.push_back(one.der);
    return out;
  }
  static std::string reason(const Outcome& outcome) { return outcome ? "issued" : outcome.error().reason; }
  Standing& standing() { return roster_.devices.at({demo_, t1_}); }
  std::vector<std::string> signs() const {
    std::vector<std::string> out;
    for (const auto& one : roster_.suspected) out.push_back(one.sign);
    return out;
  }
  void trust(const ForeignCa& maker, std::optional<Timestamp> until = std::nullopt) {
    roster_.trusted.push_back({.name = "acme",
                               .role = facts::AnchorRole::manufacturer,
                               .certificate = maker.certificate().der,
                               .until = until});
  }

  Origin from_{"192.0.2.1:1", Network{}};
  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  const DeviceId t1_{"t-1"};
  std::unique_ptr<Authority> authority_ = *Authority::open({directory_.path(), "outrider.test", &clock_});
  MemoryRoster roster_;
  Enrolment enrolment_{*authority_, roster_, {&clock_, nullptr}};
  const KeyPair key_ = KeyPair::generate(KeyType::p256);
  const KeyPair other_key_ = KeyPair::generate(KeyType::p256);
};

// --- from where --------------------------------------------------------------------------------------------------

TEST_F(WaysInTest, NoWayLeadsInFromANetworkThatTheProfileDoesNotAllow) {
  const auto old = *enrol(key_);
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  standing().renew_after_expiry = 24h;
  standing().by_approval = true;
  roster_.only_from = facts::NetworkKind::private_apn;
  const std::size_t issued = roster_.issued.size();

  EXPECT_EQ(reason(enrol(other_key_)), "network-not-allowed");
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "network-not-allowed");
  EXPECT_EQ(reason(ask(other_key_)), "network-not-allowed");
  EXPECT_TRUE(roster_.requests.empty()) << "no operator is asked";
  const auto renewed = wait([&](auto done) {
    enrolment_.renew(demo_, old.der, *crypto::make_csr(other_key_, "t-1"), from_, std::move(done));
  });
  EXPECT_EQ(reason(renewed), "network-not-allowed");
  clock_.set(old.not_after + 1s);
  EXPECT_EQ(reason(renew_lapsed({old}, other_key_)), "network-not-allowed");
  EXPECT_EQ(roster_.issued.size(), issued);
  EXPECT_EQ(roster_.refused.back().reason, "network-not-allowed");
  EXPECT_EQ(roster_.refused.back().address, "192.0.2.1:1");

  from_.network->kind = facts::NetworkKind::private_apn;
  EXPECT_EQ(reason(renew_lapsed({old}, other_key_)), "issued");
}

TEST_F(WaysInTest, AnOperatorWhoEnrolsADeviceMayBeAnywhere) {
  roster_.only_from = facts::NetworkKind::private_apn;
  from_.network.reset();
  EXPECT_EQ(reason(enrol(key_)), "issued");
}

TEST_F(WaysInTest, AWrongCodeIsCalledWrongAlsoFromAWrongNetwork) {
  roster_.only_from = facts::NetworkKind::private_apn;
  const auto outcome = wait([&](auto done) {
    enrolment_.enrol(demo_, "t-1", make_code(), *crypto::make_csr(key_, "t-1"), from_, std::move(done));
  });
  EXPECT_EQ(reason(outcome), "code-unknown");
}

// --- renewal with an expired certificate -------------------------------------------------------------------------

TEST_F(WaysInTest, AnExpiredCertificateRenewsWithinTheWindowOfItsProfileAndIsReported) {
  const auto old = *enrol(key_);
  standing().renew_after_expiry = 24h * 30;
  clock_.set(old.not_after + 24h * 30);
  const auto renewed = renew_lapsed({old}, other_key_);
  ASSERT_TRUE(renewed) << renewed.error().text();
  EXPECT_EQ(roster_.issued.back().right, facts::EnrolmentRight::expired_renewal);
  EXPECT_EQ(roster_.issued.back().renews_serial, old.serial);
  ASSERT_EQ(signs(), std::vector<std::string>{"renewed-expired"});
  EXPECT_EQ(roster_.suspected.front().serial, old.serial);
}

TEST_F(WaysInTest, WithoutAWindowOrAfterItAnExpiredCertificateIsRefused) {
  const auto old = *enrol(key_);
  clock_.set(old.not_after + 1s);
  EXPECT_EQ(reason(renew_lapsed({old}, key_)), "certificate-expired");
  standing().renew_after_expiry = 24h;
  clock_.set(old.not_after + 24h + 1s);
  EXPECT_EQ(reason(renew_lapsed({old}, key_)), "certificate-expired");
  EXPECT_TRUE(signs().empty());
}

TEST_F(WaysInTest, OnlyTheNewestIdentityRenewsAfterItsEnd) {
  const auto old = *enrol(key_);
  ASSERT_TRUE(enrol(other_key_));
  standing().renew_after_expiry = 24h;
  clock_.set(old.not_after + 1s);
  EXPECT_EQ(reason(renew_lapsed({old}, key_)), "identity-not-newest");
}

TEST_F(WaysInTest, ALostAnswerToALateRenewalCanBeAskedForAgainWithTheSameKey) {
  const auto old = *enrol(key_);
  standing().renew_after_expiry = 24h;
  clock_.set(old.not_after + 1s);
  ASSERT_EQ(reason(renew_lapsed({old}, other_key_)), "issued");
  EXPECT_EQ(reason(renew_lapsed({old}, KeyPair::generate(KeyType::p256))), "identity-not-newest");
  const auto again = renew_lapsed({old}, other_key_);
  ASSERT_TRUE(again) << again.error().text();
  roster_.connected.insert(again->serial);
  EXPECT_EQ(reason(renew_lapsed({old}, other_key_)), "identity-not-newest");
}

TEST_F(WaysInTest, ARevokedOrReplacedIdentityDoesNotRenewAfterItsEnd) {
  const auto old = *enrol(key_);
  standing().renew_after_expiry = 24h;
  clock_.set(old.not_after + 1s);
  roster_.identities[demo_].front().superseded = true;
  EXPECT_EQ(reason(renew_lapsed({old}, other_key_)), "identity-superseded");
  roster_.identities[demo_].front().superseded = false;
  roster_.revoke(demo_, old.serial);
  EXPECT_EQ(reason(renew_lapsed({old}, other_key_)), "identity-revoked");
}

TEST_F(WaysInTest, ADeviceWhoseLifeIsNotOrdinaryDoesNotRenewAfterItsEnd) {
  const auto old = *enrol(key_);
  standing().renew_after_expiry = 24h;
  clock_.set(old.not_after + 1s);
  for (const auto& [lifecycle, expected] : {std::pair{Lifecycle::quarantined, "device-quarantined"},
                                            {Lifecycle::lost, "device-lost"},
                                            {Lifecycle::stolen, "device-stolen"},
                                            {Lifecycle::retired, "device-retired"}}) {
    standing().lifecycle = lifecycle;
    EXPECT_EQ(reason(renew_lapsed({old}, key_)), expected);
  }
}

TEST_F(WaysInTest, ACertificateThatOnlyLooksLikeOursDoesNotRenewAfterItsEnd) {
  const auto real = *enrol(key_);
  standing().renew_after_expiry = 24h;
  clock_.set(real.not_after + 1s);
  const ForeignCa impostor("Outrider issuing CA");
  const auto forged = impostor.issue(
      {.common_name = "t-1", .alternatives = "URI:urn:outrider:demo:t-1", .not_after = "20260101000000Z"},
      key_.public_key());
  EXPECT_EQ(reason(renew_lapsed({forged, impostor.certificate()}, key_)), "certificate-untrusted");
  auto tampered = real;
  tampered.der.back() ^= 1U;  // of its signature
  EXPECT_EQ(reason(renew_lapsed({tampered}, key_)), "certificate-untrusted");
}

TEST_F(WaysInTest, WhatTlsDidNotVerifyAndIsNotExpiredDoesNotRenew) {
  const auto good = *enrol(key_);
  standing().renew_after_expiry = 24h;
  EXPECT_EQ(reason(renew_lapsed({good}, key_)), "certificate-untrusted");
}

TEST_F(WaysInTest, AReplacedCertificateThatAsksForARenewalIsASignOfACopy) {
  const auto old = *enrol(key_);
  roster_.identities[demo_].front().superseded = true;
  const auto outcome = wait(
      [&](auto done) { enrolment_.renew(demo_, old.der, *crypto::make_csr(key_, "t-1"), from_, std::move(done)); });
  EXPECT_EQ(reason(outcome), "identity-superseded");
  EXPECT_EQ(signs(), std::vector<std::string>{"superseded-used"});
}

// --- the maker's certificate -------------------------------------------------------------------------------------

TEST_F(WaysInTest, ADeviceWithItsMakersCertificateGetsAnIdentity) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  const auto issued = enrol_made({idevid}, key_);
  ASSERT_TRUE(issued) << issued.error().text();
  EXPECT_EQ(identify(*issued)->device, t1_);
  const auto& fact = roster_.issued.back();
  EXPECT_EQ(fact.right, facts::EnrolmentRight::manufacturer);
  EXPECT_EQ(fact.anchor, "acme");
  EXPECT_EQ(fact.presented, idevid.serial);
}

TEST_F(WaysInTest, TheSerialNumberMayStandInTheHardwareModuleName) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("HW-9", t1_);
  const auto text = acme.issue({.common_name = "Tracker", .hardware_serial = "HW-9"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({text}, key_)), "issued");
  roster_.serial_numbers.clear();
  roster_.serial_numbers.emplace("0102ff", t1_);
  const auto bytes = acme.issue({.common_name = "Tracker", .hardware_serial = "\x01\x02\xff"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({bytes}, key_)), "issued");
}

TEST_F(WaysInTest, ADeviceHasOneSerialNumberAndDoesNotPassForAnotherByASecondOne) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("HW-9", t1_);
  const auto two = acme.issue({.common_name = "Tracker", .serial_number = "SN-1", .hardware_serial = "HW-9"},
                              other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({two}, key_)), "serial-not-expected");
  roster_.serial_numbers.clear();
  roster_.serial_numbers.emplace("48572d39", t1_);  // "HW-9" in hex
  const auto text = acme.issue({.common_name = "Tracker", .hardware_serial = "HW-9"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({text}, key_)), "serial-not-expected");
}

TEST_F(WaysInTest, OfSeveralAnchorsOfOneMakerTheOneThatFitsTheDeviceCounts) {
  const ForeignCa acme("Acme");
  for (const auto* profile : {"handheld", "fleet-tracker", "meter"})
    roster_.trusted.push_back({.name = profile, .certificate = acme.certificate().der, .profile = ProfileId(profile)});
  standing().profile = ProfileId("fleet-tracker");
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  ASSERT_EQ(reason(enrol_made({idevid}, key_)), "issued");
  EXPECT_EQ(roster_.issued.back().anchor, "fleet-tracker");
  standing().profile = ProfileId("none");
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "serial-not-expected");
}

TEST_F(WaysInTest, ADeviceMayRepeatTheSubjectOfItsMakersCertificate) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker 9", .hardware_serial = "SN-4711"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({idevid}, key_, "Tracker 9")), "issued");
  EXPECT_EQ(reason(enrol_made({idevid}, key_, "Tracker 8")), "wrong-subject");
}

TEST_F(WaysInTest, AMakersCertificateThatItsMakerHasRevokedIsRefused) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  roster_.revoked_elsewhere.emplace("acme", idevid.serial);
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "revoked-by-its-ca");
  EXPECT_EQ(roster_.refused.back().reason, "revoked-by-its-ca");
  EXPECT_EQ(roster_.refused.back().device, "SN-4711");
}

TEST_F(WaysInTest, AListOfAnAnchorIsOfWhatItHasIssuedItselfAndOfAllThatIsBelowThat) {
  const ForeignCa acme("Acme");
  trust(acme);
  const ForeignCa plant = acme.below("Acme, plant 2");
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = plant.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  roster_.revoked_elsewhere = {{"acme", plant.certificate().serial}};
  EXPECT_EQ(reason(enrol_made({idevid, plant.certificate()}, key_)), "revoked-by-its-ca");
  // The plant's numbers are not the maker's.
  roster_.revoked_elsewhere = {{"acme", idevid.serial}};
  EXPECT_EQ(reason(enrol_made({idevid, plant.certificate()}, key_)), "issued");
}

TEST_F(WaysInTest, AMakerNobodyTrustsIsRefused) {
  const ForeignCa acme("Acme");
  const ForeignCa impostor("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = impostor.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "unknown-manufacturer");
  EXPECT_EQ(reason(enrol_made({idevid, impostor.certificate()}, key_)), "unknown-manufacturer");
  // A CA that is trusted for something else is no maker.
  roster_.trusted.front().role = facts::AnchorRole::device_ca;
  const auto real = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({real}, key_)), "unknown-manufacturer");
}

TEST_F(WaysInTest, ASerialNumberThatIsNotExpectedIsRefused) {
  const ForeignCa acme("Acme");
  trust(acme);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-1"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "serial-not-expected");
  EXPECT_EQ(roster_.refused.back().device, "SN-1");
  const auto nameless = acme.issue({.common_name = "Tracker"}, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({nameless}, key_)), "not-an-idevid");
  EXPECT_EQ(reason(enrol_made({acme.certificate()}, key_)), "not-an-idevid");
}

TEST_F(WaysInTest, TimesOfAnchorsAndMakersCertificatesCount) {
  const ForeignCa acme("Acme");
  const ForeignCa ended("Ended", "20260101000000Z");
  roster_.serial_numbers.emplace("SN-1", t1_);
  const auto forever = ForeignName{.common_name = "T", .serial_number = "SN-1"};
  trust(ended);
  EXPECT_EQ(reason(enrol_made({ended.issue(forever, other_key_.public_key())}, key_)), "anchor-expired");
  roster_.trusted.clear();
  trust(acme, clock_.now());
  const auto idevid = acme.issue(forever, other_key_.public_key());
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "issued");
  clock_.advance(1s);
  EXPECT_EQ(reason(enrol_made({idevid}, key_)), "anchor-expired");
  roster_.trusted.clear();
  trust(acme);
  auto short_lived = forever;
  short_lived.not_after = "20261122115959Z";
  EXPECT_EQ(reason(enrol_made({acme.issue(short_lived, other_key_.public_key())}, key_)), "idevid-expired");
}

TEST_F(WaysInTest, ASecondDeviceWithTheSamePapersIsASignOfACopy) {
  const ForeignCa acme("Acme");
  trust(acme);
  roster_.serial_numbers.emplace("SN-4711", t1_);
  const auto idevid = acme.issue({.common_name = "Tracker", .serial_number = "SN-4711"}, other_key_.public_key());
  ASSERT_TRUE(enrol_made({idevid}, key_));
  roster_.disk_failure = Error(Errc::conflict, "serial-enrolled", "the device has an identity already");
  EXPECT_EQ(reason(enrol_made({idevid}, other_key_)), "serial-enrolled");
  EXPECT_EQ(signs(), std::vector<std::string>{"manufacturer-again"});
}

// --- approval by an operator -------------------------------------------------------------------------------------

TEST_F(WaysInTest, WithoutApprovalInTheProfileNobodyLearnsWhetherTheDeviceExists) {
  const auto known = ask(key_);
  EXPECT_EQ(known.error(), ask(key_, "t-404").error());
  EXPECT_EQ(known.error(), ask(key_, "").error());
  EXPECT_EQ(known.error().reason, "no-code");
  EXPECT_TRUE(roster_.requests.empty());
}

TEST_F(WaysInTest, ARequestWaitsForTheOperatorAndIsAnsweredForTheSameKeyOnly) {
  standing().by_approval = true;
  EXPECT_EQ(reason(ask(key_)), "approval-pending");
  EXPECT_EQ(reason(ask(key_)), "approval-pending");
  ASSERT_EQ(roster_.requests.size(), 1U);
  EXPECT_EQ(roster_.requests.front().first.spki_sha256, key_.public_key().spki_sha256());
  roster_.requests.front().second = Approval::approved;
  EXPECT_EQ(reason(ask(other_key_)), "approval-pending");
  ASSERT_EQ(reason(ask(key_)), "issued");
  EXPECT_EQ(roster_.issued.back().right, facts::EnrolmentRight::approval);
  EXPECT_EQ(roster_.issued.back().request, roster_.requests.front().first.request);
  EXPECT_EQ(roster_.issued.back().spki_sha256, key_.public_key().spki_sha256());
}

TEST_F(WaysInTest, ARejectedRequestIsRefused) {
  standing().by_approval = true;
  (void)ask(key_);
  roster_.requests.front().second = Approval::rejected;
  EXPECT_EQ(reason(ask(key_)), "approval-rejected");
  EXPECT_EQ(roster_.refused.back().reason, "approval-rejected");
}

TEST_F(WaysInTest, NobodyIsAskedAboutARequestThatCouldNotBeGranted) {
  standing().by_approval = true;
  standing().lifecycle = Lifecycle::stolen;
  EXPECT_EQ(reason(ask(key_)), "device-stolen");
  standing().lifecycle = Lifecycle::expected;
  standing().keys.p256 = false;
  EXPECT_EQ(reason(ask(key_)), "key-type-not-allowed");
  EXPECT_TRUE(roster_.requests.empty());
}

// --- moving over from another CA ---------------------------------------------------------------------------------

TEST_F(WaysInTest, ACertificateOfATrustedDeviceCaBecomesOneOfOurs) {
  const ForeignCa old("Old CA");
  roster_.trusted.push_back({.name = "old",
                             .role = facts::AnchorRole::device_ca,
                             .certificate = old.certificate().der,
                             .device_id_from = "cn:*.devices.example.com"});
  const auto theirs = old.issue({.common_name = "t-1.devices.example.com"}, other_key_.public_key());
  roster_.revoked_elsewhere.emplace("old", theirs.serial);
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "revoked-by-its-ca");
  roster_.revoked_elsewhere.clear();
  const auto moved = renew_lapsed({theirs}, key_);
  ASSERT_TRUE(moved) << moved.error().text();
  EXPECT_EQ(identify(*moved)->device, t1_);
  EXPECT_EQ(roster_.issued.back().right, facts::EnrolmentRight::migration);
  EXPECT_EQ(roster_.issued.back().anchor, "old");
  const auto elsewhere = old.issue({.common_name = "t-1.example.net"}, other_key_.public_key());
  EXPECT_EQ(reason(renew_lapsed({elsewhere}, key_)), "not-a-device");
  const auto unknown = old.issue({.common_name = "t-9.devices.example.com"}, other_key_.public_key());
  EXPECT_EQ(reason(renew_lapsed({unknown}, key_, "t-9")), "unknown-device");
  // Once it has been seen here, it can be revoked here.
  const auto seen = enrolment_.recognise(theirs.der, "192.0.2.1:1");
  ASSERT_TRUE(seen) << seen.error().text();
  roster_.revoke(demo_, seen->serial);
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "identity-revoked");
  roster_.trusted.clear();
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "certificate-untrusted");
}

TEST_F(WaysInTest, ACertificateOfATrustedDeviceCaIsRecordedWhenItIsFirstSeen) {
  const ForeignCa old("Old CA");
  const ForeignCa stranger("Old CA");
  const auto theirs = old.issue({.common_name = "t-1"}, other_key_.public_key());
  EXPECT_EQ(enrolment_.recognise(theirs.der, "").error().reason, "not-a-device");
  roster_.trusted.push_back({.name = "old",
                             .role = facts::AnchorRole::device_ca,
                             .certificate = old.certificate().der,
                             .device_id_from = "cn",
                             .until = clock_.now() + 24h});
  const auto who = enrolment_.recognise(theirs.der, "");
  ASSERT_TRUE(who) << who.error().text();
  EXPECT_EQ(who->device, t1_);
  EXPECT_EQ(who->fleet, demo_);
  EXPECT_EQ(who->not_after, clock_.now() + 24h);
  EXPECT_EQ(enrolment_.recognise(theirs.der, ""), who);
  ASSERT_EQ(roster_.issued.size(), 1U);
  EXPECT_EQ(roster_.issued.front().right, facts::EnrolmentRight::foreign);
  EXPECT_EQ(roster_.issued.front().presented, theirs.serial);
  const auto forged = stranger.issue({.common_name = "t-1"}, key_.public_key());
  EXPECT_EQ(enrolment_.recognise(forged.der, "").error().reason, "not-a-device");
  const auto copied = old.issue({.common_name = "t-2"}, other_key_.public_key());
  EXPECT_EQ(enrolment_.recognise(copied.der, "").error().reason, "key-in-use");
  clock_.advance(25h);
  EXPECT_EQ(enrolment_.recognise(theirs.der, "").error().reason, "not-a-device");
}

TEST_F(WaysInTest, OfSeveralAnchorsOfOneDeviceCaTheOneThatFitsTheDeviceCounts) {
  const ForeignCa old("Old CA");
  const auto add = [&](const std::string& name, const std::string& from, std::optional<ProfileId> profile) {
    roster_.trusted.push_back({.name = name,
                               .role = facts::AnchorRole::device_ca,
                               .certificate = old.certificate().der,
                               .profile = std::move(profile),
                               .device_id_from = from});
  };
  add("elsewhere", "cn:*.example.net", std::nullopt);
  add("handhelds", "cn:*.devices.example.com", ProfileId("handheld"));
  const auto theirs = old.issue({.common_name = "t-1.devices.example.com"}, other_key_.public_key());
  standing().profile = ProfileId("fleet-tracker");
  EXPECT_EQ(enrolment_.recognise(theirs.der, "").error().reason, "wrong-profile");
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "wrong-profile");
  EXPECT_TRUE(roster_.issued.empty());
  add("trackers", "cn:*.devices.example.com", ProfileId("fleet-tracker"));
  const auto seen = enrolment_.recognise(theirs.der, "");
  ASSERT_TRUE(seen) << seen.error().text();
  EXPECT_EQ(roster_.issued.back().anchor, "trackers");
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "issued");
  EXPECT_EQ(roster_.issued.back().anchor, "trackers");
}

TEST_F(WaysInTest, ACertificateThatEndedWithItsAnchorMayMoveWhenTheAnchorIsBack) {
  const ForeignCa old("Old CA");
  roster_.trusted.push_back({.name = "old",
                             .role = facts::AnchorRole::device_ca,
                             .certificate = old.certificate().der,
                             .device_id_from = "cn"});
  const auto theirs = old.issue({.common_name = "t-1"}, other_key_.public_key());
  const auto seen = enrolment_.recognise(theirs.der, "");
  ASSERT_TRUE(seen) << seen.error().text();
  roster_.revoke(demo_, seen->serial);
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "identity-revoked");
  roster_.identities[demo_].front().dismissed = true;
  EXPECT_EQ(reason(renew_lapsed({theirs}, key_)), "issued");
}

TEST(DeviceMapping, ReadsTheDeviceWhereItIsTold) {
  const ForeignCa old("Old CA");
  const auto certificate =
      old.issue({.common_name = "name", .serial_number = "sn-1", .alternatives = "DNS:dns-1,URI:u:1"},
                KeyPair::generate(KeyType::p256).public_key());
  EXPECT_EQ(device_named(certificate, "cn")->value, "name");
  EXPECT_EQ(device_named(certificate, "san-dns")->value, "dns-1");
  EXPECT_EQ(device_named(certificate, "san-dns:dns-*")->value, "1");
  EXPECT_EQ(device_named(certificate, "san-uri:u:*")->value, "1");
  EXPECT_EQ(device_named(certificate, "serial-number")->value, "sn-1");
  EXPECT_EQ(device_named(certificate, "san-uri").error().reason, "not-a-device");  // no id: it has a colon
  EXPECT_EQ(device_named(certificate, "cn:name*").error().reason, "not-a-device");
}

TEST(DeviceMapping, RefusesWhatIsNoPlace) {
  for (const auto* bad : {"", "subject", "cn:", "cn:**", "cn:name", "CN"})
    EXPECT_EQ(check_mapping(bad).error().reason, "bad-mapping") << bad;
  for (const auto* good : {"cn", "san-dns:*.x", "san-uri:urn:*", "serial-number"})
    EXPECT_TRUE(check_mapping(good)) << good;
}

}  // namespace
}  // namespace outrider::identity
