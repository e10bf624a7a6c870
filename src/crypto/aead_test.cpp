#include "crypto/aead.h"

#include <gtest/gtest.h>

#include "crypto/random.h"

namespace outrider::crypto {
namespace {

TEST(Aead, GivesTheCiphertextOfTheGcmSpecificationCase16) {
  const Bytes key = *from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
  const Bytes nonce_bytes = *from_hex("cafebabefacedbaddecaf888");
  AeadNonce nonce;
  std::ranges::copy(nonce_bytes, nonce.begin());
  const Bytes plain = *from_hex(
      "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
      "ba637b39");
  const Bytes associated = *from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  EXPECT_EQ(hex(aead_seal(key, nonce, associated, plain)),
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393"
            "ba7a0abcc9f662"
            "76fc6ece0f4e1768cddf8853bb2d551b");
}

TEST(Aead, OpensWhatItSealedAndNothingElse) {
  const Secret key = random_secret(aead_key_bytes);
  const auto nonce = random_array<aead_nonce_bytes>();
  const Bytes sealed = aead_seal(key.view(), nonce, as_bytes("who"), as_bytes("what"));
  EXPECT_EQ(as_text(*aead_open(key.view(), nonce, as_bytes("who"), sealed)), "what");

  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes flipped = sealed;
    flipped[i] ^= 1U;
    EXPECT_EQ(aead_open(key.view(), nonce, as_bytes("who"), flipped).error().code, Errc::corrupt);
  }
  EXPECT_FALSE(aead_open(key.view(), nonce, as_bytes("whom"), sealed));
  EXPECT_FALSE(aead_open(random_secret(aead_key_bytes).view(), nonce, as_bytes("who"), sealed));
  EXPECT_FALSE(aead_open(key.view(), nonce, as_bytes("who"), ByteView(sealed).first(7)));
}

TEST(Aead, SealsEmptyText) {
  const Secret key = random_secret(aead_key_bytes);
  const auto nonce = random_array<aead_nonce_bytes>();
  const Bytes sealed = aead_seal(key.view(), nonce, {}, {});
  EXPECT_EQ(sealed.size(), aead_tag_bytes);
  EXPECT_TRUE(aead_open(key.view(), nonce, {}, sealed)->empty());
}

}  // namespace
}  // namespace outrider::crypto
