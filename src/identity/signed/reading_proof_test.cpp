#include "identity/signed/reading_proof.h"

#include <gmock/gmock.h>

#include "base/json.h"
#include "base/testing/temporary_directory.h"
#include "crypto/hash.h"
#include "crypto/signed/plain_signature.h"
#include "facts/facts.h"
#include "identity/authority.h"
#include "ledger/ledger.h"
#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

namespace outrider::identity {
namespace {

using ::testing::HasSubstr;

// A server that took one signed reading, and what it hands out about it.
class ReadingProofTest : public ::testing::Test {
 protected:
  ReadingProofTest() {
    authority_ = Authority::open({directory_.path() / "ca", "outrider.test", &clock_}).value();
    authority_->add_fleet(fleet_).value();
    ledger::Options options;
    options.directory = directory_.path() / "ledger";
    options.server_name = "outrider.test";
    options.clock = &clock_;
    ledger_ = ledger::Ledger::open(std::move(options)).value();
    ledger_->create_fleet(fleet_).value();
    issued_ = issue();
  }

  facts::IdentityIssued fact_for(const DeviceId& device) const {
    const auto certificate =
        authority_->issue_device(fleet_, device, key_.public_key(), std::chrono::hours{24 * 90}).value();
    facts::IdentityIssued fact;
    fact.device = device;
    fact.serial = certificate.serial;
    fact.not_before = certificate.not_before;
    fact.not_after = certificate.not_after;
    fact.spki_sha256 = certificate.spki_sha256();
    fact.certificate = certificate.der;
    return fact;
  }
  std::uint64_t issue() {
    fact_ = fact_for(device_);
    return append(ledger::draft_of(fleet_, subject(), fact_));
  }
  ledger::Subject subject() const { return {ledger::SubjectKind::device, device_.value}; }
  std::uint64_t append(const ledger::Draft& draft) { return ledger_->append_and_wait(draft).value(); }

  Bytes sign(std::uint64_t number = 1) const {
    constexpr std::string_view pack = R"([{"n":"temperature","u":"Cel","v":4.5}])";
    const Bytes headers = wire::cose::protected_headers({.format = wire::cose::Format::json,
                                                         .key_id = from_hex(fact_.serial).value(),
                                                         .boot_count = 7,
                                                         .number = number});
    const Bytes covered = wire::cose::to_be_signed(headers, as_bytes(pack));
    return wire::cose::encode_sign1(headers, as_bytes(pack), crypto::sign_plain(key_, covered).value());
  }
  ledger::Draft draft(const Bytes& message, ledger::Privacy privacy = ledger::Privacy::open) const {
    const bool personal = privacy == ledger::Privacy::personal;
    return {
        .kind = static_cast<std::uint16_t>(Kind::telemetry),
        .fleet = fleet_,
        .subject = subject(),
        .content_type = facts::signed_content_type(
            facts::Trust::device_signed, personal ? std::optional(to_bytes(crypto::sha256(message))) : std::nullopt),
        .payload = message,
        .privacy = privacy};
  }
  ReadingProof prove(const Bytes& message, std::uint64_t number) {
    ReadingProof out;
    out.reading = message;
    out.entry = ledger_->prove(fleet_, number).value();
    out.identity = ledger_->prove(fleet_, issued_).value();
    out.chain =
        chain_above(crypto::parse_certificate(fact_.certificate).value(), authority_->ca_certificates(fleet_).value());
    return out;
  }
  ReadingProof good() {
    const Bytes message = sign();
    return prove(message, append(draft(message)));
  }
  Trusted known() { return {.log_key = ledger_->status().fleets.front().public_key, .roots = {authority_->root()}}; }
  static std::string error(const ReadingProof& proof, const Trusted& trusted) {
    const auto proven = verify_reading_proof(json::write(proof), trusted);
    return proven ? "" : proven.error().reason + ": " + proven.error().text();
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId fleet_{"demo"};
  const DeviceId device_{"t-1"};
  std::unique_ptr<Authority> authority_;
  std::unique_ptr<ledger::Ledger> ledger_;
  const crypto::KeyPair key_ = crypto::KeyPair::generate(crypto::KeyType::p256);
  facts::IdentityIssued fact_;
  std::uint64_t issued_ = 0;
};

TEST_F(ReadingProofTest, ProvesWhatTheDeviceSaid) {
  const auto proof = good();
  EXPECT_EQ(proof.chain.size(), 2U);
  const auto text = json::write(proof);
  EXPECT_TRUE(is_reading_proof(text));
  EXPECT_FALSE(is_reading_proof(proof.entry));
  const auto proven = verify_reading_proof(text, known());
  ASSERT_TRUE(proven) << proven.error().text();
  EXPECT_EQ(proven->device, device_);
  EXPECT_EQ(proven->serial, fact_.serial);
  EXPECT_EQ(proven->boot_count, 7U);
  EXPECT_EQ(proven->algorithm, "ES256");
  EXPECT_EQ(proven->received, clock_.now());
  EXPECT_EQ(std::get<double>(proven->readings.at(0).value), 4.5);
  EXPECT_TRUE(proven->key_was_given && proven->root_was_given);
  const auto alone = verify_reading_proof(text, {});
  ASSERT_TRUE(alone) << alone.error().text();
  EXPECT_FALSE(alone->key_was_given || alone->root_was_given);
}

TEST_F(ReadingProofTest, ProvesAPersonalReadingByItsDigest) {
  const Bytes message = sign();
  auto proof = prove(message, append(draft(message, ledger::Privacy::personal)));
  EXPECT_EQ(error(proof, known()), "");
  proof.reading = sign(2);  // the device's own word, but not what the entry holds
  EXPECT_THAT(error(proof, known()), HasSubstr("reading-changed"));
}

TEST_F(ReadingProofTest, FindsEveryChangedByteOfTheReading) {
  const auto proof = good();
  for (std::size_t i = 0; i < proof.reading.size(); ++i) {
    auto changed = proof;
    changed.reading[i] ^= 0x01U;
    ASSERT_THAT(error(changed, known()), HasSubstr("comparing the reading with its entry")) << i;
  }
}

// Whoever can write the log himself: it holds what he likes, but the device has not signed it.
TEST_F(ReadingProofTest, FindsWhatTheOperatorHimselfWouldHaveTheDeviceSay) {
  const Bytes message = sign();
  const auto at = std::ranges::search(message, as_bytes("4.5"));
  auto payload = message;
  payload[static_cast<std::size_t>(at.begin() - message.begin())] = '9';
  EXPECT_THAT(error(prove(payload, append(draft(payload))), known()), HasSubstr("bad-signature"));
  auto signature = message;
  signature.back() ^= 1U;
  EXPECT_THAT(error(prove(signature, append(draft(signature))), known()), HasSubstr("bad-signature"));
  auto attested = draft(message);
  attested.content_type = facts::signed_content_type(facts::Trust::device_signed_attested, std::nullopt);
  EXPECT_THAT(error(prove(message, append(attested)), known()), HasSubstr("trust-changed"));
}

std::string flipped(const std::string& text, std::size_t line, std::size_t column) {
  std::size_t at = 0;
  while (line-- > 0) at = text.find('\n', at) + 1;
  std::string out = text;
  char& byte = out.at(at + column);
  byte = byte == 'A' ? 'B' : 'A';
  return out;
}

TEST_F(ReadingProofTest, FindsChangesOfTheProofsAndSaysOfWhich) {
  const auto proof = good();
  // Lines of a proof file: its title, the entry, its number, the path (one hash here, of two entries), a blank; then
  // the checkpoint: origin, size, root, a blank, the signature.
  struct Place {
    std::size_t line, column;
    std::string_view says;
  };
  for (const Place& place :
       {Place{0, 3, "not a proof"}, Place{1, 60, "-proven"}, Place{1, 200, "-proven"}, Place{3, 5, "not-proven"},
        Place{5, 2, "signature"}, Place{7, 4, "signature"}, Place{9, 60, "signature"}}) {
    auto changed = proof;
    changed.entry = flipped(proof.entry, place.line, place.column);
    EXPECT_THAT(error(changed, known()), HasSubstr("proof that the reading is in the log")) << place.line;
    changed = proof;
    changed.identity = flipped(proof.identity, place.line, place.column);
    EXPECT_THAT(error(changed, known()), HasSubstr("proof that the identity is in the log")) << place.line;
  }
}

TEST_F(ReadingProofTest, FindsEveryChangedByteOfTheCertificates) {
  const auto proof = good();
  for (std::size_t which = 0; which < proof.chain.size(); ++which) {
    for (std::size_t i = 0; i < proof.chain[which].size(); i += 3) {
      auto changed = proof;
      changed.chain[which][i] ^= 0x01U;
      ASSERT_THAT(error(changed, {}), HasSubstr("following the certificates")) << which << " " << i;
    }
  }
}

TEST_F(ReadingProofTest, TakesTheWordOfNoOtherLogAndNoOtherRoot) {
  const auto proof = good();
  auto elsewhere =
      ledger::Ledger::open({.directory = directory_.path() / "other", .server_name = "outrider.test"}).value();
  elsewhere->create_fleet(fleet_).value();
  auto other_log = known();
  other_log.log_key = elsewhere->status().fleets.front().public_key;
  EXPECT_THAT(error(proof, other_log), HasSubstr("proof that the reading is in the log"));
  const auto others = Authority::open({directory_.path() / "other-ca", "outrider.test", &clock_}).value();
  auto other_root = known();
  other_root.roots = {others->root()};
  EXPECT_THAT(error(proof, other_root), HasSubstr("bad-chain"));
}

TEST_F(ReadingProofTest, TakesNoIdentityButTheSigners) {
  const Bytes message = sign();
  const auto mine = append(draft(message));
  auto proof = prove(message, mine);
  // Another identity of the device.
  const auto other_key = crypto::KeyPair::generate(crypto::KeyType::p256);
  auto other = fact_;
  const auto certificate =
      authority_->issue_device(fleet_, device_, other_key.public_key(), std::chrono::hours{24}).value();
  other.serial = certificate.serial;
  other.spki_sha256 = certificate.spki_sha256();
  other.certificate = certificate.der;
  const auto later = append(ledger::draft_of(fleet_, subject(), other));
  proof.identity = ledger_->prove(fleet_, later).value();
  EXPECT_THAT(error(proof, known()), HasSubstr("issued after"));
  const auto after = append(draft(message));
  proof = prove(message, after);
  proof.identity = ledger_->prove(fleet_, later).value();
  EXPECT_THAT(error(proof, known()), HasSubstr("names another key"));
  // A certificate that the entry gives to somebody else than it names.
  auto stolen = fact_for(DeviceId("t-2"));
  stolen.device = device_;
  const auto forged = append(ledger::draft_of(fleet_, subject(), stolen));
  proof = prove(message, append(draft(message)));
  proof.identity = ledger_->prove(fleet_, forged).value();
  EXPECT_THAT(error(proof, known()), HasSubstr("names another device"));
  // What is no identity at all.
  proof.identity = ledger_->prove(fleet_, mine).value();
  EXPECT_THAT(error(proof, known()), HasSubstr("wrong-identity"));
  proof.entry = ledger_->prove(fleet_, issued_).value();
  EXPECT_THAT(error(proof, known()), HasSubstr("not-a-signed-reading"));
}

TEST_F(ReadingProofTest, TakesNoCertificateThatHadEnded) {
  clock_.advance(std::chrono::hours{24 * 91});
  EXPECT_THAT(error(good(), known()), HasSubstr("certificate-expired"));
}

TEST_F(ReadingProofTest, FollowsTheCrossCertificateToANewerRoot) {
  const auto before = known();
  const auto proof = good();
  authority_->replace_root("").value();
  const auto after = prove(proof.reading, 1);
  EXPECT_EQ(after.chain.size(), 3U);
  EXPECT_EQ(error(after, before), "");
  EXPECT_EQ(error(after, known()), "");
  EXPECT_THAT(error(proof, known()), HasSubstr("bad-chain")) << "the way to it is not in the older bundle";
}

TEST_F(ReadingProofTest, RefusesWhatIsNoBundle) {
  const auto reason = [](std::string_view text) { return verify_reading_proof(text, {}).error().reason; };
  EXPECT_EQ(reason("{}"), "missing-key");
  EXPECT_EQ(reason(std::string(reading_proof_bytes_max + 1, ' ')), "bad-bundle");
  auto proof = good();
  proof.format = "outrider-reading-proof/2";
  EXPECT_EQ(reason(json::write(proof)), "bad-bundle");
  proof = good();
  proof.chain.clear();
  EXPECT_EQ(reason(json::write(proof)), "bad-bundle");
  proof.chain.assign(reading_proof_certificates_max + 1, Bytes{1});
  EXPECT_EQ(reason(json::write(proof)), "bad-bundle");
}

}  // namespace
}  // namespace outrider::identity
