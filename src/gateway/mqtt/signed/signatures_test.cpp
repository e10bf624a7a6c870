#include "gateway/mqtt/signed/signatures.h"

#include <gtest/gtest.h>

#include "gateway/testing/sign.h"
#include "wire/cose/sign1.h"

namespace outrider::gateway::mqtt {
namespace {

using testing::sign_reading;
using wire::cose::parse_signed_reading;

constexpr std::string_view payload = R"([{"n":"temperature","u":"Cel","v":4}])";

// RFC 9052, C.2.1 with the key '11' of C.7.1: what another implementation signed.
TEST(PlainSignature, OfTheSpecificationsExampleIsGood) {
  const auto message = from_hex(
      "d28443a10126a10442313154546869732069732074686520636f6e74656e742e58408eb33e4ca31d1c465ab05aac34cc6b23d58fef5c0831"
      "06"
      "c4d25a91aef0b0117e2af9a291aa32e14ab834dc56ed2a223444547e01f11d3b0916e5a4c345cacb36");
  const auto spki = from_hex(
      "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
      "bac5b11cad8f99f9c72b05cf4b9e26d244dc189f745228255a219a86d6a09eff"
      "20138bf82dc1b6d562be0fa54ab7804a3a64b6d72ccfed6b6fb6ed28bbfc117e");
  auto read = wire::cose::parse_sign1(*message).value();
  const auto key = crypto::VerifyingKey::create(*spki);
  ASSERT_TRUE(key);
  const Bytes covered = wire::cose::to_be_signed(read.protected_bytes, *read.payload);
  EXPECT_TRUE(key->verify(covered, read.signature));
  read.signature.back() ^= 1U;
  EXPECT_FALSE(key->verify(covered, read.signature));
}

class SignaturesTest : public ::testing::TestWithParam<crypto::KeyType> {
 protected:
  const crypto::KeyPair key_ = crypto::KeyPair::generate(GetParam());
  Metrics metrics_;
  bool attested_ = false;
  bool revoked_ = false;
  SigningRooms rooms_{.signer = [this](const FleetId&, const DeviceId&, ByteView key_id) -> Result<fleet::Signer> {
                        if (revoked_) return fail(Errc::forbidden, "signing-key-revoked", "");
                        return fleet::Signer{hex(key_id), key_.public_key().spki_sha256(), key_.public_key().spki,
                                             attested_};
                      },
                      .numbers = std::make_unique<NumberBook>(),
                      .verified = metrics_.counter("verified", "")};
  Signatures signatures_{rooms_, FleetId("acme"), DeviceId("t-1")};

  std::string verify(ByteView message) {
    const auto trust = signatures_.verify(parse_signed_reading(message).value());
    return std::string(trust ? facts::word_of(*trust) : trust.error().reason);
  }
};
INSTANTIATE_TEST_SUITE_P(Keys, SignaturesTest,
                         ::testing::Values(crypto::KeyType::p256, crypto::KeyType::p384, crypto::KeyType::ed25519),
                         [](const auto& key) {
                           auto name = std::string(crypto::name_of(key.param));
                           std::erase_if(name, [](char c) { return c == ' ' || c == '-'; });
                           return name;
                         });

TEST_P(SignaturesTest, OfTheDevicesKeyAreGood) {
  EXPECT_EQ(verify(sign_reading(key_, "4fa1", 1, 1, payload)), "device-signed");
  attested_ = true;
  EXPECT_EQ(verify(sign_reading(key_, "4fa1", 1, 2, payload)), "device-signed-attested");
  EXPECT_EQ(rooms_.verified.value(), 2);
}

TEST_P(SignaturesTest, FailWhenAnyByteOfWhatTheyCoverIsAnother) {
  auto reading = parse_signed_reading(sign_reading(key_, "4fa1", 1, 1, payload)).value();
  for (Bytes* const part : {&reading.protected_bytes, &reading.payload, &reading.signature}) {
    for (std::size_t i = 0; i < part->size(); i += 7) {
      (*part)[i] ^= 0x10U;
      EXPECT_EQ(signatures_.verify(reading).error().reason, "bad-signature");
      (*part)[i] ^= 0x10U;
    }
  }
  EXPECT_TRUE(signatures_.verify(reading));
  reading.signature.clear();
  EXPECT_EQ(signatures_.verify(reading).error().reason, "bad-signature");
  reading.signature.assign(crypto::plain_signature_bytes(GetParam()), 0);
  EXPECT_EQ(signatures_.verify(reading).error().reason, "bad-signature");
}

TEST_P(SignaturesTest, OfAnotherKeyAreBad) {
  const auto other = crypto::KeyPair::generate(GetParam());
  EXPECT_EQ(verify(sign_reading(other, "4fa1", 1, 1, payload)), "bad-signature");
}

TEST_P(SignaturesTest, NameTheAlgorithmOfTheirKey) {
  const auto other = GetParam() == crypto::KeyType::p256 ? crypto::KeyType::ed25519 : crypto::KeyType::p256;
  EXPECT_EQ(verify(sign_reading(crypto::KeyPair::generate(other), "4fa1", 1, 1, payload)), "alg-key-mismatch");
}

TEST_P(SignaturesTest, AreNoLongerTakenOnceTheirKeyIsRevoked) {
  EXPECT_EQ(verify(sign_reading(key_, "4fa1", 1, 1, payload)), "device-signed");
  revoked_ = true;
  EXPECT_EQ(verify(sign_reading(key_, "4fa1", 1, 2, payload)), "signing-key-revoked");
}

TEST(PlainSignature, IsNotMadeWithRsa) {
  const auto rsa = crypto::KeyPair::generate_rsa(2048);
  EXPECT_EQ(crypto::VerifyingKey::create(rsa.public_key().spki).error().reason, "bad-key");
  EXPECT_EQ(crypto::sign_plain(rsa, {}).error().reason, "bad-key");
  EXPECT_EQ(crypto::VerifyingKey::create({}).error().reason, "bad-key");
}

class Numbers : public ::testing::Test {
 protected:
  static wire::cose::SignedReading reading(std::uint64_t boot_count, std::uint64_t number) {
    wire::cose::SignedReading out;
    out.key_id = {1};
    out.boot_count = boot_count;
    out.number = number;
    return out;
  }
  bool take(std::uint64_t boot_count, std::uint64_t number, std::string_view bytes = "") {
    const std::string named = std::to_string(boot_count) + "/" + std::to_string(number) + std::string(bytes);
    const auto taken =
        book_.take(FleetId("acme"), DeviceId("t-1"), reading(boot_count, number), crypto::sha256(as_bytes(named)));
    if (!taken) EXPECT_EQ(taken.error().reason, "signed-number-old");
    return taken.has_value();
  }
  NumberBook book_;
};

TEST_F(Numbers, GrowWithinABoot) {
  EXPECT_TRUE(take(1, 5));
  EXPECT_TRUE(take(1, 6));
  EXPECT_TRUE(take(1, 100)) << "what was lost on the way leaves a gap";
  EXPECT_FALSE(take(1, 7));
  EXPECT_FALSE(take(1, 100, "other bytes"));
  EXPECT_TRUE(take(2, 0));
  EXPECT_FALSE(take(1, 101)) << "a boot that is over";
}

TEST_F(Numbers, MayComeAgainWithTheSameBytes) {
  for (std::uint64_t i = 1; i <= 20; ++i) ASSERT_TRUE(take(1, i));
  for (std::uint64_t i = 1; i <= 20; ++i) EXPECT_TRUE(take(1, i)) << i;
  EXPECT_TRUE(take(2, 0));
  EXPECT_TRUE(take(1, 20)) << "sent again by a session that outlived the boot";
  for (std::uint64_t i = 1; i <= fleet::Mark::remembered_max; ++i) ASSERT_TRUE(take(2, i));
  EXPECT_FALSE(take(1, 20)) << "nobody remembers it, and nobody waits for its answer";
}

TEST_F(Numbers, AreOfEachKeyAndDevice) {
  EXPECT_TRUE(take(1, 5));
  const auto digest = crypto::sha256({});
  EXPECT_TRUE(book_.take(FleetId("acme"), DeviceId("t-2"), reading(1, 1), digest));
  EXPECT_TRUE(book_.take(FleetId("other"), DeviceId("t-1"), reading(1, 1), digest));
  auto renewed = reading(1, 1);
  renewed.key_id = {2};
  EXPECT_TRUE(book_.take(FleetId("acme"), DeviceId("t-1"), renewed, digest));
}

TEST_F(Numbers, GoOnFromWhatTheLedgerHas) {
  fleet::Mark mark;
  const auto digest = crypto::sha256(as_bytes("the last"));
  mark.take(3, 40, digest);
  NumberBook book({{FleetId("acme"), DeviceId("t-1"), "01", mark}});
  EXPECT_FALSE(book.take(FleetId("acme"), DeviceId("t-1"), reading(3, 39), crypto::sha256({})));
  EXPECT_TRUE(book.take(FleetId("acme"), DeviceId("t-1"), reading(3, 40), digest));
  EXPECT_TRUE(book.take(FleetId("acme"), DeviceId("t-1"), reading(3, 41), crypto::sha256({})));
}

}  // namespace
}  // namespace outrider::gateway::mqtt
