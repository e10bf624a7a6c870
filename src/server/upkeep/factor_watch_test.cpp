#include "server/upkeep/factor_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "base/json.h"
#include "crypto/x509/issue.h"
#include "fleet/testing/house.h"
#include "fleet/testing/memory_ledger.h"

namespace outrider::server {
namespace {

using namespace std::chrono_literals;
using crypto::Owned;
using fleet::testing::certificate;
using fleet::testing::demo;
using fleet::testing::hash_of;
using fleet::testing::House;
using fleet::testing::MemoryLedger;
using fleet::testing::Operator;
using fleet::testing::TempDirectory;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Owned<BIGNUM> prime() {
  Owned<BIGNUM> out(BN_new());
  EXPECT_EQ(BN_generate_prime_ex(out.get(), 1024, 0, nullptr, nullptr, nullptr), 1);
  return out;
}

crypto::PublicKey rsa_key(const Owned<BIGNUM>& p, const Owned<BIGNUM>& q) {
  BN_CTX* const numbers = BN_CTX_new();
  const Owned<BIGNUM> modulus(BN_new());
  const Owned<BIGNUM> exponent(BN_new());
  BN_mul(modulus.get(), p.get(), q.get(), numbers);
  BN_CTX_free(numbers);
  BN_set_word(exponent.get(), 65537);
  OSSL_PARAM_BLD* const build = OSSL_PARAM_BLD_new();
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus.get());
  OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent.get());
  OSSL_PARAM* const parameters = OSSL_PARAM_BLD_to_param(build);
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata_init(context.get());
  EXPECT_EQ(EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters), 1);
  OSSL_PARAM_free(parameters);
  OSSL_PARAM_BLD_free(build);
  const Owned<EVP_PKEY> owner(key);
  std::uint8_t* der = nullptr;
  const int size = i2d_PUBKEY(key, &der);
  const Bytes spki(der, der + size);
  OPENSSL_free(der);
  return crypto::parse_public_key(spki).value();
}

class FactorWatchTest : public ::testing::Test {
 protected:
  FactorWatchTest() { EXPECT_TRUE(op().create_fleet()); }
  Operator op() { return {*house_.registry}; }
  // A device with an identity of this key; its certificate.
  Bytes enrol(const std::string& device, const crypto::PublicKey& key) {
    const char digit = static_cast<char>('0' + count_++);
    EXPECT_TRUE(op().add_device(device));
    EXPECT_TRUE(op().create_code(device, hash_of(digit), clock_.now() + 1h));
    auto fact = certificate(device, "a" + std::string(1, digit), digit, hash_of(digit), clock_.now());
    const auto issued = crypto::issue_certificate(
        {.common_name = device, .key = key, .not_before = clock_.now(), .not_after = clock_.now() + 24h}, issuer_,
        issuer_key_);
    fact.certificate = issued->der;
    EXPECT_TRUE(op().issue(fact));
    house_.follow();
    return issued->der;
  }
  void finish() {
    while (!watch_.step()) {
    }
  }
  std::vector<std::string> suspected() const {
    std::vector<std::string> out;
    for (const auto& entry : *ledger_.read(demo, 0, 1000)) {
      if (static_cast<Kind>(entry.kind) != Kind::identity_suspected) continue;
      const auto fact = json::read<facts::IdentitySuspected>(as_text(entry.payload));
      EXPECT_EQ(fact->sign, "shared-factor");
      out.push_back(fact->device);
    }
    return out;
  }

  ManualClock clock_{from_micros(1'700'000'000'000'000)};
  TempDirectory directory_;
  MemoryLedger ledger_{clock_};
  House house_{ledger_, directory_.path() / "p.db", clock_};
  Metrics metrics_;
  FactorWatch watch_{*house_.registry, ledger_, metrics_};
  const crypto::KeyPair issuer_key_ = crypto::KeyPair::generate(crypto::KeyType::p256);
  const crypto::Certificate issuer_ = *crypto::issue_self_signed({.common_name = "CA",
                                                                  .key = issuer_key_.public_key(),
                                                                  .not_before = clock_.now() - 1h,
                                                                  .not_after = clock_.now() + 48h,
                                                                  .authority = true},
                                                                 issuer_key_);
  int count_ = 1;
};

TEST_F(FactorWatchTest, FindsKeysThatShareAPrimeAmongThoseIssuedBefore) {
  const auto shared = prime();
  enrol("a", rsa_key(shared, prime()));
  enrol("b", rsa_key(prime(), prime()));
  enrol("c", rsa_key(prime(), shared));
  enrol("d", crypto::KeyPair::generate(crypto::KeyType::p256).public_key());
  finish();
  EXPECT_THAT(suspected(), ::testing::UnorderedElementsAre("a", "c"));
  EXPECT_EQ(metrics_
                .gauge("outrider_keys_with_shared_factors",
                       "RSA keys of identities that share a prime with another "
                       "one, and so can be computed")
                .value(),
            2);
}

TEST_F(FactorWatchTest, FindsOneThatIsIssuedLaterAndSaysItOnce) {
  const auto shared = prime();
  enrol("a", rsa_key(shared, prime()));
  finish();
  EXPECT_THAT(suspected(), IsEmpty());
  const auto certificate = enrol("b", rsa_key(shared, prime()));
  watch_.issued(demo, DeviceId("b"), "a2", certificate);
  watch_.issued(demo, DeviceId("b"), "a2", certificate);
  finish();
  EXPECT_THAT(suspected(), ElementsAre("b", "a"));
}

TEST_F(FactorWatchTest, IdentitiesThatAreRevokedAreNotReported) {
  const auto shared = prime();
  enrol("a", rsa_key(shared, prime()));
  enrol("b", rsa_key(shared, prime()));
  ASSERT_TRUE(op().revoke("a1"));
  finish();
  EXPECT_THAT(suspected(), ElementsAre("b"));
}

}  // namespace
}  // namespace outrider::server
