#include "crypto/hash.h"

#include <gtest/gtest.h>

namespace outrider::crypto {
namespace {

TEST(Sha256, GivesTheDigestsOfFips180) {
  EXPECT_EQ(hex(sha256(as_bytes("abc"))), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(sha256(ByteView{})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256, PartsHashAsTheirConcatenation) {
  EXPECT_EQ(sha256({as_bytes("a"), as_bytes(""), as_bytes("bc")}), sha256(as_bytes("abc")));
  Sha256 parts;
  EXPECT_EQ(parts.update(as_bytes("ab")).update(as_bytes("c")).finish(), sha256(as_bytes("abc")));
}

TEST(Sha256, AfterFinishTheObjectStartsAnew) {
  Sha256 parts;
  parts.update(as_bytes("something else"));
  (void)parts.finish();
  EXPECT_EQ(parts.update(as_bytes("abc")).finish(), sha256(as_bytes("abc")));
}

TEST(HmacSha256, GivesTheMacsOfRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const Bytes long_key(131, 0xaa);
  EXPECT_EQ(hex(hmac_sha256(long_key, as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(HkdfSha256, GivesTheKeyOfRfc5869CaseOne) {
  const Bytes key(22, 0x0b);
  const Bytes salt = *from_hex("000102030405060708090a0b0c");
  const Bytes info = *from_hex("f0f1f2f3f4f5f6f7f8f9");
  const Secret out = hkdf_sha256(key, salt, info, 42);
  EXPECT_EQ(hex(out.view()), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
}

}  // namespace
}  // namespace outrider::crypto
