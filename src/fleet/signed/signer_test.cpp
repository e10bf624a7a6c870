#include <gmock/gmock.h>

#include "crypto/x509/issue.h"
#include "facts/report_content.h"
#include "fleet/testing/house_suite.h"
#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

namespace outrider::fleet {
namespace {

using namespace testing;

crypto::Digest digest(std::string_view text) {
  return crypto::sha256(as_bytes(text));
}

TEST(Mark, GrowsAndKnowsWhatWasThere) {
  Mark mark;
  EXPECT_EQ(mark.judge(0, 0, digest("a")), Mark::Verdict::fresh);
  mark.take(0, 0, digest("a"));
  EXPECT_EQ(mark.judge(0, 0, digest("a")), Mark::Verdict::repeated);
  EXPECT_EQ(mark.judge(0, 0, digest("b")), Mark::Verdict::old);
  EXPECT_EQ(mark.judge(0, 1, digest("b")), Mark::Verdict::fresh);
  mark.take(2, 7, digest("b"));
  EXPECT_EQ(mark.judge(1, 9, digest("c")), Mark::Verdict::old);
  EXPECT_EQ(mark.judge(2, 8, digest("c")), Mark::Verdict::fresh);
}

TEST(Mark, IsTheSameAfterItWasStored) {
  Mark mark;
  for (std::uint64_t i = 0; i < 3 * Mark::remembered_max / 2; ++i) mark.take(1, i, digest(std::to_string(i)));
  const auto back = Mark::restore(mark.boot_count(), mark.number(), mark.remembered());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->remembered(), mark.remembered());
  EXPECT_EQ(back->judge(1, 16, digest("16")), Mark::Verdict::repeated);
  EXPECT_EQ(back->judge(1, 15, digest("15")), Mark::Verdict::old);
  for (const char* bad : {"1", "000000000000000x"})
    EXPECT_EQ(Mark::restore(1, 1, bad).error().reason, "database-corrupt");
  EXPECT_FALSE(Mark::restore(1, 1, std::string(16 * (Mark::remembered_max + 1), '0')));
}

class SignerTest : public HouseSuite {
 protected:
  SignerTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
    EXPECT_TRUE(op().create_code("t-1", hash_of('5'), clock_.now() + std::chrono::hours{1}));
    auto fact = certificate("t-1", "e5", '5', hash_of('5'), clock_.now());
    crypto::CertificateTemplate what;
    what.common_name = "t-1";
    what.not_before = clock_.now();
    what.not_after = clock_.now() + std::chrono::hours{1};
    fact.certificate = crypto::issue_self_signed(what, key_).value().der;
    fact.spki_sha256 = key_.public_key().spki_sha256();
    EXPECT_TRUE(op().issue(fact));
  }
  std::string signer(std::string_view key_id) {
    const auto found = registry().signer(demo, DeviceId("t-1"), from_hex(key_id).value());
    if (!found) return found.error().reason;
    EXPECT_EQ(found->spki, key_.public_key().spki);
    return found->serial;
  }
  // As the gateway appends it.
  void report(std::uint64_t number, bool is_signed = true) {
    const wire::cose::ReadingHeader header{
        .format = wire::cose::Format::json, .key_id = {0xe5}, .boot_count = 4, .number = number};
    constexpr std::string_view pack = R"([{"n":"temperature","u":"Cel","v":4}])";
    ledger::Draft draft{.kind = static_cast<std::uint16_t>(Kind::telemetry),
                        .fleet = demo,
                        .subject = {ledger::SubjectKind::device, "t-1"},
                        .content_type = "application/senml+json",
                        .payload = to_bytes(as_bytes(pack))};
    if (is_signed) {
      draft.content_type = facts::signed_content_type(facts::Trust::device_signed, std::nullopt);
      draft.payload = wire::cose::encode_sign1(wire::cose::protected_headers(header), as_bytes(pack), Bytes(64));
    }
    ASSERT_TRUE(ledger_.append_and_wait(draft));
  }

  const crypto::KeyPair key_ = crypto::KeyPair::generate(crypto::KeyType::p256);
};

TEST_F(SignerTest, IsNamedBySerialNumberOrByKey) {
  EXPECT_EQ(signer("e5"), "e5");
  EXPECT_EQ(signer("00e5"), "e5") << "as DER writes it";
  EXPECT_EQ(signer(key_.public_key().spki_sha256()), "e5");
  EXPECT_EQ(signer("e6"), "signing-key-unknown");
  EXPECT_EQ(signer(""), "signing-key-unknown");
  EXPECT_EQ(registry().signer(demo, DeviceId("t-2"), Bytes{0xe5}).error().reason, "unknown-device");
  house_->follow();
  restart();
  EXPECT_EQ(signer("e5"), "e5");
  lose_database();
  EXPECT_EQ(signer("e5"), "e5");
}

TEST_F(SignerTest, IsGoodUntilItsEndOrItsRevocation) {
  clock_.advance(std::chrono::hours{24 * 400});
  EXPECT_EQ(signer("e5"), "signing-key-expired");
}

TEST_F(SignerTest, IsNoneOnceSomebodyHasRevokedIt) {
  ASSERT_TRUE(op().revoke("e5", "keyCompromise"));
  EXPECT_EQ(signer("e5"), "signing-key-revoked");
}

TEST_F(SignerTest, IsStillOneWhenItsSuccessorHasConnected) {
  ASSERT_TRUE(op().issue(renewal("t-1", "f6", '6', "e5", clock_.now())));
  facts::SessionOpened opened;
  opened.device = DeviceId("t-1");
  opened.session = "s-1";
  opened.certificate_serial = "f6";
  ASSERT_TRUE(ledger_.append_and_wait(ledger::draft_of(demo, {ledger::SubjectKind::device, "t-1"}, opened)));
  house_->follow();
  ASSERT_EQ(registry().identity(demo, "e5")->revoked_cause, facts::RevocationCause::successor);
  EXPECT_EQ(signer("e5"), "e5") << "it may send what it signed and kept";
}

TEST_F(SignerTest, MarksFollowTheLedgerAndSurviveTheDatabase) {
  EXPECT_THAT(registry().signed_marks().value(), ::testing::IsEmpty());
  report(7);
  report(8);
  report(3);  // what the gateway would not have let in does not turn it back
  house_->follow();
  const auto check = [&] {
    const auto marks = registry().signed_marks().value();
    ASSERT_EQ(marks.size(), 1U);
    EXPECT_EQ(marks[0].device, DeviceId("t-1"));
    EXPECT_EQ(marks[0].key_id, "e5");
    EXPECT_EQ(marks[0].mark.boot_count(), 4U);
    EXPECT_EQ(marks[0].mark.number(), 8U);
  };
  check();
  restart();
  check();
  lose_database();
  house_->follow();
  check();
}

TEST(SignedReadings, AreAcceptedOrRequiredAsTheProfileSays) {
  const auto& builtin = builtin_profiles().front();
  const auto with = [&](std::string_view line) {
    std::string text(builtin.toml);
    text.replace(text.find("[keys]\n"), 7, "[keys]\n" + std::string(line));
    return Profile::parse(text, "p.toml");
  };
  EXPECT_FALSE(with("")->signed_readings_required);
  EXPECT_FALSE(with("signed_readings = \"accepted\"\n")->signed_readings_required);
  EXPECT_TRUE(with("signed_readings = \"required\"\n")->signed_readings_required);
  EXPECT_EQ(with("signed_readings = \"demanded\"\n").error().reason, "bad-value");
}

TEST_F(SignerTest, PostureSaysHowReportsAreVouchedFor) {
  const auto trust = [&] {
    house_->follow();
    return registry().posture(demo, DeviceId("t-1"))->trust.value;
  };
  EXPECT_EQ(trust(), std::nullopt);
  report(1);
  EXPECT_EQ(trust(), "device-signed");
  report(2, false);
  EXPECT_EQ(trust(), "mutual-tls");
  report(3);
  EXPECT_EQ(trust(), "device-signed");
}

}  // namespace
}  // namespace outrider::fleet
