#include "crypto/keys/key.h"

#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"
#include "crypto/keys/pem.h"
#include "crypto/weakness/weak_key.h"

namespace outrider::crypto {
namespace {

class KeyFile : public testing::Test {
 protected:
  testing_support::TemporaryDirectory directory_;
};

TEST_F(KeyFile, IsReadableByItsOwnerOnlyAndGivesTheSameKeyBack) {
  const auto path = directory_ / "device.key";
  const auto key = KeyPair::generate(KeyType::p256);
  ASSERT_TRUE(key.save(path));
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  const auto again = KeyPair::load(path);
  ASSERT_TRUE(again) << again.error().text();
  EXPECT_EQ(again->public_key(), key.public_key());
}

TEST_F(KeyFile, ThatOthersMayReadIsRefused) {
  const auto path = directory_ / "device.key";
  ASSERT_TRUE(KeyPair::generate(KeyType::p256).save(path));
  ASSERT_EQ(::chmod(path.c_str(), 0640), 0);
  const auto key = KeyPair::load(path);
  ASSERT_FALSE(key);
  EXPECT_EQ(key.error().code, Errc::forbidden) << key.error().text();
}

TEST(KeyPair, OfEveryTypeSurvivesPem) {
  for (const auto type : {KeyType::p256, KeyType::p384, KeyType::ed25519}) {
    const auto key = KeyPair::generate(type);
    EXPECT_EQ(key.public_key().type, type);
    const auto again = KeyPair::from_pem(as_text(key.to_pem().view()));
    ASSERT_TRUE(again) << again.error().text();
    EXPECT_EQ(again->public_key(), key.public_key());
  }
  const auto rsa = KeyPair::generate_rsa(2048);
  EXPECT_EQ(rsa.public_key().bits, 2048U);
  EXPECT_TRUE(KeyPair::from_pem(as_text(rsa.to_pem().view())));
}

TEST(KeyPair, IsNotMadeOfOtherPem) {
  EXPECT_EQ(KeyPair::from_pem("no key at all").error().reason, "bad-pem");
  EXPECT_EQ(KeyPair::from_pem(to_pem("PRIVATE KEY", as_bytes("rubbish"))).error().reason, "bad-key");
  EXPECT_EQ(KeyPair::from_pem(to_pem("ENCRYPTED PRIVATE KEY", as_bytes("rubbish"))).error().reason, "bad-key");
}

TEST(PublicKey, HasOneNameWhateverTheEncodingItCameIn) {
  const auto key = KeyPair::generate(KeyType::p256).public_key();
  EXPECT_EQ(parse_public_key(key.spki)->spki_sha256(), key.spki_sha256());
  // The same point, compressed: 02 or 03 and x only.
  Bytes compressed = key.spki;
  const std::uint8_t sign = static_cast<std::uint8_t>(2U + (compressed.back() & 1U));
  compressed.resize(compressed.size() - 32);
  compressed[1] = static_cast<std::uint8_t>(compressed[1] - 32);
  compressed[24] = static_cast<std::uint8_t>(compressed[24] - 32);
  compressed[26] = sign;
  const auto other = parse_public_key(compressed);
  ASSERT_TRUE(other) << other.error().text();
  EXPECT_EQ(other->type, KeyType::other);
}

TEST(PublicKey, ThatIsNoPointOfTheCurveIsUnusable) {
  auto spki = KeyPair::generate(KeyType::p256).public_key().spki;
  spki.back() ^= 1U;
  const auto key = parse_public_key(spki);
  ASSERT_TRUE(key);
  EXPECT_EQ(key->type, KeyType::other);
  EXPECT_EQ(native(*key), nullptr);
}

TEST(PublicKey, WithTrailingBytesOrNoneIsMalformed) {
  auto spki = KeyPair::generate(KeyType::p256).public_key().spki;
  spki.push_back(0);
  EXPECT_EQ(parse_public_key(spki).error().code, Errc::malformed);
  EXPECT_EQ(parse_public_key({}).error().code, Errc::malformed);
}

TEST(WeakKey, GoodKeysAreNot) {
  EXPECT_FALSE(weakness_of(KeyPair::generate(KeyType::p256).public_key()));
  EXPECT_FALSE(weakness_of(KeyPair::generate(KeyType::p384).public_key()));
  EXPECT_FALSE(weakness_of(KeyPair::generate(KeyType::ed25519).public_key()));
  EXPECT_FALSE(weakness_of(KeyPair::generate_rsa(2048).public_key()));
}

TEST(WeakKey, AnEcKeyWhoseSecretIsOneOrTwo) {
  // The generator of P-256 (FIPS 186-5): the public key of private key 1. Its negative, of n - 1, has the same x.
  const Bytes prefix = *from_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
  Bytes one = prefix;
  for (const auto* half : {"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
                           "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"}) {
    const Bytes part = *from_hex(half);
    one.insert(one.end(), part.begin(), part.end());
  }
  const auto key = parse_public_key(one);
  ASSERT_EQ(key->type, KeyType::p256);
  EXPECT_TRUE(weakness_of(*key));
}

// DER of an RSA key with this modulus and the usual exponent.
Bytes rsa_spki(const BIGNUM* modulus) {
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
  const Owned<BIGNUM> exponent(BN_new());
  BN_set_word(exponent.get(), 65537);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus);
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent.get());
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(build);
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  const Owned<EVP_PKEY> owner(key);
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  Bytes out(der, der + size);
  OPENSSL_free(der);
  return out;
}

struct Multiplication {
  Owned<BIGNUM> product{BN_new()};
  Multiplication(const BIGNUM* a, const BIGNUM* b) {
    BN_CTX* const context = BN_CTX_new();
    EXPECT_EQ(BN_mul(product.get(), a, b, context), 1);
    BN_CTX_free(context);
  }
};

TEST(WeakKey, AnRsaKeyWhosePrimesAreNeighbours) {
  const Owned<BIGNUM> p(BN_new());
  ASSERT_EQ(BN_generate_prime_ex(p.get(), 1024, 0, nullptr, nullptr, nullptr), 1);
  const Owned<BIGNUM> q(BN_dup(p.get()));
  do BN_add_word(q.get(), 2);
  while (BN_check_prime(q.get(), nullptr, nullptr) != 1);
  const auto key = parse_public_key(rsa_spki(Multiplication(p.get(), q.get()).product.get()));
  ASSERT_EQ(key->type, KeyType::rsa);
  ASSERT_TRUE(weakness_of(*key));
  EXPECT_NE(weakness_of(*key)->find("close together"), std::string::npos);
}

TEST(WeakKey, AnRsaKeyWithASmallPrime) {
  const Owned<BIGNUM> p(BN_new());
  ASSERT_EQ(BN_generate_prime_ex(p.get(), 2035, 0, nullptr, nullptr, nullptr), 1);
  const Owned<BIGNUM> q(BN_new());
  BN_set_word(q.get(), 16'381);  // the greatest prime below 2^14
  const auto key = parse_public_key(rsa_spki(Multiplication(p.get(), q.get()).product.get()));
  ASSERT_EQ(key->type, KeyType::rsa);
  ASSERT_TRUE(weakness_of(*key));
  EXPECT_NE(weakness_of(*key)->find("small prime"), std::string::npos);
}

TEST(WeakKey, AnEd25519KeyOfSmallOrder) {
  Bytes spki = *from_hex("302a300506032b6570032100");
  spki.resize(spki.size() + 32);
  spki[12] = 1;  // the neutral element
  const auto key = parse_public_key(spki);
  ASSERT_TRUE(key);
  ASSERT_EQ(key->type, KeyType::ed25519);
  EXPECT_TRUE(weakness_of(*key));
}

}  // namespace
}  // namespace outrider::crypto
