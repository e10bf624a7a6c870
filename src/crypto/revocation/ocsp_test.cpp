#include "crypto/revocation/ocsp.h"

#include <gtest/gtest.h>
#include <openssl/ocsp.h>

#include "crypto/x509/issue.h"

namespace outrider::crypto {
namespace {

using std::chrono::hours;

template <class T, void (*free)(T*)>
struct Freed {
  void operator()(T* p) const { free(p); }
};
using Request = std::unique_ptr<OCSP_REQUEST, Freed<OCSP_REQUEST, OCSP_REQUEST_free>>;
using Response = std::unique_ptr<OCSP_RESPONSE, Freed<OCSP_RESPONSE, OCSP_RESPONSE_free>>;
using Basic = std::unique_ptr<OCSP_BASICRESP, Freed<OCSP_BASICRESP, OCSP_BASICRESP_free>>;

class Ocsp : public testing::Test {
 protected:
  Ocsp() {
    auto root = named("an issuer", key_);
    root.authority = true;
    issuer_ = issue_self_signed(root, key_).value();
    leaf_ = issue_certificate(named("t-1", leaf_key_), issuer_, key_).value();
    auto delegate = named("ocsp", signer_key_);
    delegate.ocsp_signing = true;
    signer_ = issue_certificate(delegate, issuer_, key_).value();
  }
  CertificateTemplate named(const std::string& name, const KeyPair& key) const {
    CertificateTemplate out;
    out.common_name = name;
    out.key = key.public_key();
    out.not_before = now_ - hours{1};
    out.not_after = now_ + hours{24};
    return out;
  }
  // What the library's client would send.
  Request ask(int nonce_bytes = 0, int certificates = 1) const {
    Request request(OCSP_REQUEST_new());
    const auto leaf = native(leaf_);
    const auto issuer = native(issuer_);
    for (int i = 0; i < certificates; ++i)
      OCSP_request_add0_id(request.get(), OCSP_cert_to_id(nullptr, leaf.get(), issuer.get()));
    if (nonce_bytes > 0) OCSP_request_add1_nonce(request.get(), nullptr, nonce_bytes);
    return request;
  }
  static Bytes bytes_of(OCSP_REQUEST* request) {
    unsigned char* der = nullptr;
    const int size = i2d_OCSP_REQUEST(request, &der);
    Bytes out(der, der + size);
    OPENSSL_free(der);
    return out;
  }
  Result<Bytes> answer(const OcspRequest& request, OcspStatus status) const {
    return ocsp_response(request, {std::move(status)}, {now_, now_ + hours{1}}, signer_, signer_key_);
  }

  Timestamp now_ = system_clock().now();
  KeyPair key_ = KeyPair::generate(KeyType::p256);
  KeyPair leaf_key_ = KeyPair::generate(KeyType::p256);
  KeyPair signer_key_ = KeyPair::generate(KeyType::p256);
  Certificate issuer_, leaf_, signer_;
};

TEST_F(Ocsp, ARequestNamesTheCertificateAndItsIssuer) {
  const auto request = parse_ocsp_request(bytes_of(ask().get()));
  ASSERT_TRUE(request) << request.error().text();
  ASSERT_EQ(request->certificates.size(), 1U);
  EXPECT_EQ(request->certificates[0].serial, leaf_.serial);
  EXPECT_TRUE(request->nonce.empty());
  EXPECT_TRUE(OcspIssuerNames(issuer_).match(request->certificates[0]));
  EXPECT_FALSE(OcspIssuerNames(leaf_).match(request->certificates[0]));
}

TEST_F(Ocsp, AnAnswerIsBelievedByTheLibrarysClientAndRepeatsTheNonce) {
  const auto asked = ask(32);
  const auto request = parse_ocsp_request(bytes_of(asked.get())).value();
  const auto der = answer(request, {.kind = OcspStatus::Kind::revoked, .when = now_, .reason = "keyCompromise"});
  ASSERT_TRUE(der) << der.error().text();
  const std::uint8_t* at = der->data();
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der->size())));
  ASSERT_TRUE(response);
  const Basic basic(OCSP_response_get1_basic(response.get()));
  ASSERT_TRUE(basic);
  EXPECT_EQ(OCSP_check_nonce(asked.get(), basic.get()), 1);
  const auto issuer = native(issuer_);
  const std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), issuer.get());
  EXPECT_EQ(OCSP_basic_verify(basic.get(), nullptr, store.get(), 0), 1);
  int status = -1;
  int reason = -1;
  const auto leaf = native(leaf_);
  const std::unique_ptr<OCSP_CERTID, Freed<OCSP_CERTID, OCSP_CERTID_free>> id(
      OCSP_cert_to_id(nullptr, leaf.get(), issuer.get()));
  EXPECT_EQ(OCSP_resp_find_status(basic.get(), id.get(), &status, &reason, nullptr, nullptr, nullptr), 1);
  EXPECT_EQ(status, V_OCSP_CERTSTATUS_REVOKED);
  EXPECT_EQ(reason, OCSP_REVOKED_STATUS_KEYCOMPROMISE);
}

TEST_F(Ocsp, ASignerWithoutTheRightUsageIsNotBelieved) {
  const auto request = parse_ocsp_request(bytes_of(ask().get())).value();
  const auto der = ocsp_response(request, {{}}, {now_, now_ + hours{1}}, leaf_, leaf_key_).value();
  const std::uint8_t* at = der.data();
  const Response response(d2i_OCSP_RESPONSE(nullptr, &at, static_cast<long>(der.size())));
  const Basic basic(OCSP_response_get1_basic(response.get()));
  const std::unique_ptr<X509_STORE, Freed<X509_STORE, X509_STORE_free>> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), native(issuer_).get());
  EXPECT_NE(OCSP_basic_verify(basic.get(), nullptr, store.get(), 0), 1);
}

TEST_F(Ocsp, NoncesOfLengthsThatRfc9654ForbidsAreRefused) {
  EXPECT_TRUE(parse_ocsp_request(bytes_of(ask(1).get())));
  EXPECT_TRUE(parse_ocsp_request(bytes_of(ask(128).get())));
  EXPECT_EQ(parse_ocsp_request(bytes_of(ask(129).get())).error().reason, "bad-ocsp");
}

TEST_F(Ocsp, RequestsForNoneOrTooManyCertificatesAreRefused) {
  EXPECT_TRUE(parse_ocsp_request(bytes_of(ask(0, 16).get())));
  EXPECT_FALSE(parse_ocsp_request(bytes_of(ask(0, 17).get())));
  EXPECT_FALSE(parse_ocsp_request(bytes_of(ask(0, 0).get())));
}

TEST_F(Ocsp, WhatIsNoRequestIsRefused) {
  Bytes good = bytes_of(ask(16).get());
  EXPECT_FALSE(parse_ocsp_request({}));
  for (std::size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(parse_ocsp_request(ByteView(good).first(size)));
  good.push_back(0);
  EXPECT_FALSE(parse_ocsp_request(good));
  EXPECT_EQ(parse_ocsp_request(Bytes(ocsp_request_bytes_max + 1)).error().code, Errc::too_large);
}

TEST_F(Ocsp, ProblemsAreFiveBytes) {
  EXPECT_EQ(hex(ocsp_problem(OcspProblem::unauthorized)), "30030a0106");
  EXPECT_EQ(hex(ocsp_problem(OcspProblem::malformed_request)), "30030a0101");
}

}  // namespace
}  // namespace outrider::crypto
