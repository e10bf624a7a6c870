#include "identity/revocation/ocsp_responder.h"

#include <gtest/gtest.h>
#include <openssl/ocsp.h>

#include "base/testing/temporary_directory.h"
#include "crypto/x509/certificate.h"
#include "identity/revocation/testing/memory_source.h"

namespace outrider::identity {
namespace {

using namespace std::chrono_literals;

template <class T, void (*free)(T*)>
struct Freed {
  void operator()(T* p) const { free(p); }
};
using Request = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST, OCSP_REQUEST_free>>;
using Response = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE, OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP, OCSP_BASICRESP_free>>;
using Store = std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>>;

class OcspResponderTest : public testing::Test {
 protected:
  OcspResponderTest() { EXPECT_TRUE(authority_->add_fleet(demo_)); }
  crypto::Certificate device() {
    auto leaf = authority_
                    ->issue_device(demo_, DeviceId("t-1"),
                                   crypto::KeyPair::generate(crypto::KeyType::p256).public_key(), 24h * 30)
                    .value();
    source_.issue(leaf.serial, hex(leaf.authority_key_id));
    return leaf;
  }
  void revoke(const crypto::Certificate& leaf) {
    source_.revoke({.serial = leaf.serial,
                    .issuer = hex(leaf.authority_key_id),
                    .when = clock_.now(),
                    .why = "keyCompromise",
                    .not_after = leaf.not_after});
  }
  static Bytes ask(const std::vector<crypto::Certificate>& leaves, const crypto::Certificate& issuer,
                   bool nonce = false) {
    const Request request(OCSP_REQUEST_new());
    for (const auto& leaf : leaves)
      OCSP_request_add0_id(request.get(),
                           OCSP_cert_to_id(nullptr, crypto::native(leaf).get(), crypto::native(issuer).get()));
    if (nonce) OCSP_request_add1_nonce(request.get(), nullptr, 16);
    unsigned char* der = nullptr;
    const int size = i2d_OCSP_REQUEST(request.get(), &der);
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
  }
  // What a client that trusts the issuing CA reads out of the answer.
  std::string told(const crypto::Certificate& leaf, const crypto::Certificate& issuer) {
    const auto answer = responder_.answer(ask({leaf}, issuer));
    const std::uint8_t* at = answer.der.data();
    const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(answer.der.size())));
    if (!response) return "no response";
    if (const int status = OCSP_response_status(response.get()); status != 0)
      return "problem " + std::to_string(status);
    const Basic basic(OCSP_response_get1_basic(response.get()));
    const Store store(X509_STORE_new());
    X509_STORE_add_cert(store.get(), crypto::native(issuer).get());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store.get()),
                               std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch().count());
    if (OCSP_basic_verify(basic.get(), nullptr, store.get(), 0) != 1) return "not believed";
    int status = -1;
    int reason = -1;
    const std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID, OCSP_CERTID_free>> id(
        OCSP_cert_to_id(nullptr, crypto::native(leaf).get(), crypto::native(issuer).get()));
    if (OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, nullptr, nullptr, nullptr) != 1)
      return "not there";
    return OCSP_cert_status_str(status) + (status == V_OCSP_CERTSTATUS_REVOKED ? "/" + std::to_string(reason) : "");
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  std::unique_ptr<Authority> authority_ = Authority::open({directory_.path() / "ca", "outrider.test", &clock_}).value();
  testing_source::MemorySource source_{demo_};
  OcspResponder responder_{*authority_, source_, {.life = 1h, .clock = &clock_}};
};

TEST_F(OcspResponderTest, SaysGoodThenRevokedAndUnknownOfWhatWasNeverIssued) {
  const auto issuer = authority_->issuing(demo_).value();
  const auto leaf = device();
  EXPECT_EQ(told(leaf, issuer), "good");
  revoke(leaf);
  EXPECT_EQ(told(leaf, issuer), "revoked/1");
  auto stranger = device();
  source_.issue(stranger.serial, "00");  // by somebody else
  EXPECT_EQ(told(stranger, issuer), "unknown");
}

TEST_F(OcspResponderTest, AnswersForTheFormerIssuingAuthorityToo) {
  const auto old = authority_->issuing(demo_).value();
  const auto leaf = device();
  EXPECT_EQ(told(leaf, old), "good");
  clock_.advance(1h);
  const auto present = authority_->replace_issuing(demo_, "").value();
  EXPECT_EQ(told(leaf, old), "good");
  const auto newer = device();
  EXPECT_EQ(told(newer, present), "good");
  EXPECT_EQ(told(leaf, present), "unknown") << "not one of this issuer";
}

TEST_F(OcspResponderTest, WhatIsNotOursIsUnauthorizedAndWhatIsNoRequestMalformed) {
  const auto leaf = device();
  const auto issuer = authority_->issuing(demo_).value();
  EXPECT_EQ(told(leaf, authority_->root()), "problem 6");
  const auto mixed = responder_.answer([&] {
    auto request = ask({leaf, leaf}, issuer);
    return request;
  }());
  EXPECT_TRUE(mixed.good_for_others) << "one issuer, two questions";
  const auto answer = responder_.answer(as_bytes("what?"));
  EXPECT_EQ(answer.der, crypto::ocsp_problem(crypto::OcspProblem::malformed_request));
  EXPECT_FALSE(answer.good_for_others);
}

TEST_F(OcspResponderTest, AnAnswerIsKeptWhileItIsTrueAndYoungAndNeverForANonce) {
  const auto issuer = authority_->issuing(demo_).value();
  const auto leaf = device();
  const auto request = ask({leaf}, issuer);
  const auto first = responder_.answer(request);
  EXPECT_TRUE(first.good_for_others);
  EXPECT_EQ(first.next_update, clock_.now() + 1h);
  EXPECT_EQ(responder_.answer(request).der, first.der);
  clock_.advance(16min);
  const auto second = responder_.answer(request);
  EXPECT_NE(second.der, first.der);
  revoke(leaf);
  EXPECT_NE(responder_.answer(request).der, second.der);
  EXPECT_FALSE(responder_.answer(ask({leaf}, issuer, true)).good_for_others);
}

TEST_F(OcspResponderTest, TheDelegateRenewsItselfLongBeforeItEnds) {
  const auto issuer = authority_->issuing(demo_).value();
  const auto leaf = device();
  for (int day = 0; day < 10; ++day) {
    EXPECT_EQ(told(leaf, issuer), "good") << "day " << day;
    clock_.advance(24h);
  }
}

}  // namespace
}  // namespace outrider::identity
