#include "crypto/ed25519.h"

#include <gtest/gtest.h>

namespace outrider::crypto {
namespace {

TEST(Ed25519, SignsAsRfc8032Test2) {
  const auto key =
      *Ed25519Key::from_seed(*from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  EXPECT_EQ(hex(key.public_key()), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
  const Bytes message{0x72};
  const auto signature = key.sign(message);
  EXPECT_EQ(hex(signature),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4"
            "302aeeb00d291612bb0c00");
  EXPECT_TRUE(ed25519_verify(key.public_key(), message, signature));
}

TEST(Ed25519, VerifiesNothingButTheSignedMessage) {
  const auto key = Ed25519Key::generate();
  auto signature = key.sign(as_bytes("tree head"));
  EXPECT_TRUE(ed25519_verify(key.public_key(), as_bytes("tree head"), signature));
  EXPECT_FALSE(ed25519_verify(key.public_key(), as_bytes("tree bead"), signature));
  EXPECT_FALSE(ed25519_verify(Ed25519Key::generate().public_key(), as_bytes("tree head"), signature));
  EXPECT_FALSE(ed25519_verify(ByteView(key.public_key()).first(31), as_bytes("tree head"), signature));
  signature[5] ^= 1U;
  EXPECT_FALSE(ed25519_verify(key.public_key(), as_bytes("tree head"), signature));
}

TEST(Ed25519, SeedGivesTheSameKeyAgain) {
  const auto key = Ed25519Key::generate();
  EXPECT_EQ(Ed25519Key::from_seed(key.seed().view())->public_key(), key.public_key());
  EXPECT_EQ(Ed25519Key::from_seed(as_bytes("short")).error().code, Errc::malformed);
}

}  // namespace
}  // namespace outrider::crypto
