#include "crypto/weakness/shared_factors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>

namespace outrider::crypto {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Owned<BIGNUM> prime() {
  Owned<BIGNUM> out(BN_new());
  EXPECT_EQ(BN_generate_prime_ex(out.get(), 256, 0, nullptr, nullptr, nullptr), 1);
  return out;
}

Bytes product(const Owned<BIGNUM>& p, const Owned<BIGNUM>& q) {
  const Owned<BIGNUM> out(BN_new());
  BN_CTX* const context = BN_CTX_new();
  EXPECT_EQ(BN_mul(out.get(), p.get(), q.get(), context), 1);
  BN_CTX_free(context);
  Bytes bytes(static_cast<std::size_t>(BN_num_bytes(out.get())));
  BN_bn2bin(out.get(), bytes.data());
  return bytes;
}

TEST(SharedFactors, AreFoundAmongManyKeysAndNamedWithAllTheirKeys) {
  SharedFactors factors;
  const auto shared = prime();
  EXPECT_THAT(factors.add(product(shared, prime()), "first"), IsEmpty());
  for (int i = 0; i < 150; ++i) EXPECT_THAT(factors.add(product(prime(), prime()), "good"), IsEmpty());
  EXPECT_THAT(factors.add(product(prime(), shared), "second"), ElementsAre("first"));
  EXPECT_THAT(factors.add(product(shared, prime()), "third"), ElementsAre("first", "second"));
  EXPECT_EQ(factors.size(), 153U);
}

TEST(SharedFactors, TheSameKeyAgainIsNotAnother) {
  SharedFactors factors;
  const auto modulus = product(prime(), prime());
  EXPECT_THAT(factors.add(modulus, "a"), IsEmpty());
  EXPECT_THAT(factors.add(modulus, "a, renewed"), IsEmpty());
  EXPECT_EQ(factors.size(), 1U);
}

TEST(SharedFactors, BothPrimesOfAKeyMayBeShared) {
  SharedFactors factors;
  const auto p = prime();
  const auto q = prime();
  EXPECT_THAT(factors.add(product(p, prime()), "p"), IsEmpty());
  EXPECT_THAT(factors.add(product(q, prime()), "q"), IsEmpty());
  EXPECT_THAT(factors.add(product(p, q), "both"), ElementsAre("p", "q"));
}

TEST(SharedFactors, OnlyRsaKeysHaveAModulus) {
  EXPECT_EQ(rsa_modulus(KeyPair::generate_rsa(2048).public_key())->size(), 256U);
  EXPECT_FALSE(rsa_modulus(KeyPair::generate(KeyType::p256).public_key()));
}

}  // namespace
}  // namespace outrider::crypto
