#include "sim/client/est.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "crypto/cms/certs_only.h"
#include "crypto/keys/key.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"

namespace outrider::sim {
namespace {

using testing::HasSubstr;

const DeviceId device{"t-1"};

// A certification authority as the server has one, and a device's key.
struct Authority {
  crypto::KeyPair root_key = crypto::KeyPair::generate(crypto::KeyType::p256);
  crypto::KeyPair issuing_key = crypto::KeyPair::generate(crypto::KeyType::p256);
  crypto::Certificate root;
  crypto::Certificate issuing;

  Authority() {
    auto what = describe("root", root_key);
    what.authority = true;
    root = crypto::issue_self_signed(what, root_key).value();
    what = describe("issuing", issuing_key);
    what.authority = true;
    issuing = crypto::issue_certificate(what, root, root_key).value();
  }
  static crypto::CertificateTemplate describe(const std::string& name, const crypto::KeyPair& key) {
    crypto::CertificateTemplate what;
    what.common_name = name;
    what.key = key.public_key();
    what.not_before = system_clock().now() - std::chrono::hours{1};
    what.not_after = system_clock().now() + std::chrono::hours{24};
    return what;
  }
  crypto::Certificate issue(const std::string& name, const crypto::KeyPair& key) const {
    auto what = describe(name, key);
    what.client_auth = true;
    return crypto::issue_certificate(what, issuing, issuing_key).value();
  }
};

class Est : public testing::Test {
 protected:
  static net::HttpResponse answer(int status, std::string body) {
    net::HttpResponse response;
    response.status = status;
    response.body = to_bytes(as_bytes(body));
    return response;
  }
  net::HttpResponse certificates(const std::vector<crypto::Certificate>& list) {
    return answer(200, base64(crypto::to_certs_only(list)));
  }

  Authority ca;
  crypto::KeyPair key = crypto::KeyPair::generate(crypto::KeyType::p256);
};

TEST_F(Est, AsksWithARequestItsServerCanReadAndACodeInBasicForm) {
  const auto request = enrol_request(FleetId{"demo"}, device, "c0de", key);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->method, "POST");
  EXPECT_EQ(request->path, "/.well-known/est/demo/simpleenroll");
  EXPECT_EQ(request->header("content-type"), "application/pkcs10");
  EXPECT_EQ(request->header("authorization"), "Basic " + base64(as_bytes("t-1:c0de")));
  const auto csr = crypto::parse_csr(request->body);
  ASSERT_TRUE(csr) << csr.error().text();
  EXPECT_TRUE(csr->signature_valid);
  EXPECT_EQ(csr->subject.common_name, "t-1");
  EXPECT_EQ(csr->key, key.public_key());
}

TEST_F(Est, KeepsItsCertificateAndTheIssuerInWhateverOrderTheyCome) {
  const auto leaf = ca.issue("t-1", key);
  for (const auto& list : {std::vector{leaf, ca.issuing, ca.root}, std::vector{ca.root, ca.issuing, leaf}}) {
    const auto got = enrol_answer(certificates(list), device, key.public_key());
    ASSERT_EQ(got.outcome, EnrolOutcome::enrolled) << got.why;
    EXPECT_EQ(got.chain, leaf.pem() + ca.issuing.pem()) << "leaf first, the root left out";
  }
}

TEST_F(Est, TakesNoCertificateForAnotherKeyOrAnotherName) {
  const auto other_key = crypto::KeyPair::generate(crypto::KeyType::p256);
  auto got = enrol_answer(certificates({ca.issue("t-1", other_key)}), device, key.public_key());
  EXPECT_EQ(got.outcome, EnrolOutcome::refused);
  EXPECT_THAT(got.why, HasSubstr("no certificate for the key"));
  got = enrol_answer(certificates({ca.issue("t-2", key)}), device, key.public_key());
  EXPECT_EQ(got.outcome, EnrolOutcome::refused);
  EXPECT_THAT(got.why, HasSubstr("'t-2'"));
}

TEST_F(Est, TakesRubbishForARefusal) {
  for (const auto* body : {"", "not base64!", "AAAA", "PGh0bWw+"}) {
    const auto got = enrol_answer(answer(200, body), device, key.public_key());
    EXPECT_EQ(got.outcome, EnrolOutcome::refused) << body;
    EXPECT_THAT(got.why, HasSubstr("unusable answer"));
  }
}

TEST_F(Est, TellsTheServersReasonForARefusal) {
  const auto got = enrol_answer(
      answer(403, R"({"title":"Forbidden","status":403,"reason":"code-used","detail":"the code was used at 12:00"})"),
      device, key.public_key());
  EXPECT_EQ(got.outcome, EnrolOutcome::refused);
  EXPECT_EQ(got.why, "403 code-used: the code was used at 12:00");
  EXPECT_EQ(enrol_answer(answer(401, "code-expired"), device, key.public_key()).why, "401 code-expired");
  EXPECT_EQ(enrol_answer(answer(404, ""), device, key.public_key()).why, "404 without a reason");
}

TEST_F(Est, ShowsNoControlCharactersOfAServer) {
  const auto got = enrol_answer(answer(400, "bad\x1b[2Jthing\r\n"), device, key.public_key());
  EXPECT_EQ(got.why, "400 bad [2Jthing  ");
}

TEST_F(Est, AsksAgainLaterWhenTheServerIsBusy) {
  for (const int status : {202, 429, 500, 503}) {
    EXPECT_EQ(enrol_answer(answer(status, "busy"), device, key.public_key()).outcome, EnrolOutcome::later) << status;
  }
  auto busy = answer(503, "");
  busy.headers.emplace("Retry-After", "7");
  EXPECT_EQ(enrol_answer(busy, device, key.public_key()).retry_after, std::chrono::seconds{7});
  busy.headers.clear();
  busy.headers.emplace("Retry-After", "4000000000");
  EXPECT_EQ(enrol_answer(busy, device, key.public_key()).retry_after, retry_after_max);
  busy.headers.clear();
  busy.headers.emplace("Retry-After", "Sun, 22 Nov 2026 12:00:00 GMT");
  EXPECT_EQ(enrol_answer(busy, device, key.public_key()).retry_after, std::chrono::seconds{0});
}

}  // namespace
}  // namespace outrider::sim
