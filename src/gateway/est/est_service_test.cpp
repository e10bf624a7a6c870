#include "gateway/est/est_service.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "base/testing/temporary_directory.h"
#include "crypto/cms/certs_only.h"
#include "crypto/keys/pem.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/csr.h"
#include "gateway/est/basic_auth.h"
#include "gateway/est/csr_attributes.h"
#include "identity/enrolment/code.h"
#include "identity/enrolment/device_name.h"
#include "identity/memory_roster.h"

namespace outrider::gateway::est {
namespace {

using namespace std::chrono_literals;
using crypto::KeyPair;
using crypto::KeyType;
using net::HttpRequest;
using net::HttpResponse;

class EstTest : public testing::Test {
 protected:
  EstTest() {
    EXPECT_TRUE(authority_->add_fleet(demo_));
    roster_.devices[{demo_, device_}] = {};
    roster_.codes[{demo_, device_}] = {identity::code_hash(device_, code_), clock_.now() + 24h};
  }

  // Runs the handler to its end on an event loop, as the HTTP server does.
  HttpResponse handle(HttpRequest request) {
    boost::asio::io_context loop;
    std::optional<HttpResponse> out;
    boost::asio::co_spawn(loop, est_.handle(std::move(request)), [&](std::exception_ptr error, HttpResponse response) {
      EXPECT_FALSE(error);
      out = std::move(response);
    });
    loop.run();
    EXPECT_TRUE(out);
    return out ? *std::move(out) : HttpResponse{};
  }
  static HttpRequest get(std::string path) {
    HttpRequest request;
    request.path = std::move(path);
    request.peer.address = "192.0.2.1:4711";
    request.peer.ip = boost::asio::ip::make_address("192.0.2.1");
    return request;
  }
  static HttpRequest post(std::string path, std::string_view body) {
    HttpRequest request = get(std::move(path));
    request.method = "POST";
    request.headers.emplace("Content-Type", "application/pkcs10");
    request.body = to_bytes(as_bytes(body));
    return request;
  }
  static void authorise(HttpRequest& request, std::string_view device, std::string_view code) {
    request.headers.emplace("Authorization",
                            "Basic " + base64(as_bytes(std::string(device) + ":" + std::string(code))));
  }
  HttpRequest enrolment(std::string_view body) {
    auto request = post("/.well-known/est/demo/simpleenroll", body);
    authorise(request, "t-1", code_);
    return request;
  }
  static std::string text(const HttpResponse& response) { return std::string(as_text(response.body)); }
  static std::string header(const HttpResponse& response, std::string_view name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }
  static std::vector<crypto::Certificate> certificates(const HttpResponse& response) {
    EXPECT_EQ(response.status, 200) << text(response);
    EXPECT_EQ(header(response, "Content-Type"), "application/pkcs7-mime; smime-type=certs-only");
    EXPECT_EQ(header(response, "Content-Transfer-Encoding"), "base64");
    const auto der = from_base64(text(response));
    if (!der) return {};
    auto out = crypto::from_certs_only(*der);
    EXPECT_TRUE(out);
    return out ? *std::move(out) : std::vector<crypto::Certificate>{};
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  const DeviceId device_{"t-1"};
  const std::string code_ = identity::make_code();
  std::unique_ptr<identity::Authority> authority_ =
      *identity::Authority::open({directory_.path(), "outrider.test", &clock_});
  identity::MemoryRoster roster_;
  identity::Enrolment enrolment_{*authority_, roster_, {&clock_, nullptr}};
  std::vector<FleetId> fleets_{demo_};
  Metrics metrics_;
  std::shared_ptr<const admission::Networks> networks_ =
      std::make_shared<const admission::Networks>(*admission::Networks::make(
          {{.name = "apn-1", .kind = facts::NetworkKind::private_apn, .ranges = {*net::Cidr::parse("10.0.0.0/8")}}}));
  EstService est_{*authority_, enrolment_, [this] { return fleets_; }, networks_, &metrics_};
  const KeyPair key_ = KeyPair::generate(KeyType::p256);
  const Bytes csr_ = *crypto::make_csr(key_, "t-1");
};

TEST_F(EstTest, HandlesItsOwnPathsOnly) {
  EXPECT_TRUE(EstService::handles("/.well-known/est/cacerts"));
  EXPECT_TRUE(EstService::handles("/.well-known/est/demo/cacerts"));
  EXPECT_TRUE(EstService::handles("/.well-known/est"));
  EXPECT_FALSE(EstService::handles("/.well-known/estate"));
  EXPECT_FALSE(EstService::handles("/api/v1/fleets"));
}

TEST_F(EstTest, ADeviceConfinedToANetworkGetsItsCertificateThereOnly) {
  roster_.only_from = facts::NetworkKind::private_apn;
  auto request = enrolment(base64(csr_));
  const auto refused = handle(request);
  EXPECT_EQ(refused.status, 403);
  EXPECT_TRUE(text(refused).starts_with("network-not-allowed: ")) << text(refused);
  EXPECT_EQ(roster_.refused.back().reason, "network-not-allowed");
  request.peer.address = "10.1.2.3:4711";
  request.peer.ip = boost::asio::ip::make_address("10.1.2.3");
  const auto first = certificates(handle(request));
  ASSERT_EQ(first.size(), 1U);

  auto renewal = post("/.well-known/est/demo/simplereenroll", base64(csr_));
  renewal.peer.certificate = first.front().der;
  EXPECT_TRUE(text(handle(renewal)).starts_with("network-not-allowed: "));
  renewal.peer.ip = boost::asio::ip::make_address("10.1.2.3");
  EXPECT_EQ(certificates(handle(renewal)).size(), 1U);
}

TEST_F(EstTest, AnswersAreCountedByOperationAndStatus) {
  handle(get("/.well-known/est/cacerts"));
  handle(enrolment(base64(csr_)));
  handle(enrolment(base64(csr_)));  // its code is used
  const auto counted = [&](const char* operation, const char* status) {
    return metrics_
        .counter("outrider_est_requests_total", "EST requests, by operation and HTTP status",
                 {{"operation", operation}, {"status", status}})
        .value();
  };
  EXPECT_EQ(counted("cacerts", "200"), 1);
  EXPECT_EQ(counted("simpleenroll", "200"), 1);
  EXPECT_EQ(counted("simpleenroll", "409"), 1);
}

TEST_F(EstTest, CacertsGivesIssuingAuthorityAndRootToAnybody) {
  for (const auto* path : {"/.well-known/est/cacerts", "/.well-known/est/demo/cacerts"})
    EXPECT_EQ(certificates(handle(get(path))),
              (std::vector<crypto::Certificate>{*authority_->issuing(demo_), authority_->root()}));
}

TEST_F(EstTest, BodiesHaveLinesThatBase64OfCoreutilsReads) {
  const auto body = text(handle(get("/.well-known/est/cacerts")));
  EXPECT_EQ(body.find('\r'), std::string::npos);
  EXPECT_EQ(body.find('\n'), 76U);
  EXPECT_EQ(body.back(), '\n');
}

TEST_F(EstTest, CsrattrsAsksStrangersForP256) {
  const auto p256 = handle(get("/.well-known/est/demo/csrattrs"));
  EXPECT_EQ(p256.status, 200);
  EXPECT_EQ(header(p256, "Content-Type"), "application/csrattrs");
  EXPECT_EQ(hex(*from_base64(text(p256))), "3021301506072a8648ce3d0201310a06082a8648ce3d03010706082a8648ce3d040302");
}

TEST_F(EstTest, ADeviceEnrolsWithItsCode) {
  const auto leaf = certificates(handle(enrolment(base64(csr_))));
  ASSERT_EQ(leaf.size(), 1U);
  EXPECT_EQ(identity::identify(leaf[0])->device, device_);
  EXPECT_EQ(leaf[0].key, key_.public_key());
  EXPECT_TRUE(crypto::verify_chain(leaf[0], {{*authority_->issuing(demo_)}}, {{authority_->root()}}, clock_.now(),
                                   crypto::Purpose::client));
  EXPECT_EQ(roster_.issued.size(), 1U);
}

TEST_F(EstTest, ARequestMayBeBase64WithAndWithoutLinesPemOrDer) {
  std::string lines;
  const auto one_line = base64(csr_);
  for (std::size_t at = 0; at < one_line.size(); at += 64) lines += one_line.substr(at, 64) + "\r\n";
  for (const auto& body : {one_line, lines, crypto::to_pem("CERTIFICATE REQUEST", csr_), std::string(as_text(csr_))}) {
    roster_.codes.at({demo_, device_}).used = false;
    EXPECT_EQ(certificates(handle(enrolment(body))).size(), 1U);
  }
}

TEST_F(EstTest, TheAnswerComesWhenTheIssueIsDurable) {
  roster_.hold = true;
  boost::asio::io_context loop;
  std::optional<HttpResponse> out;
  boost::asio::co_spawn(loop, est_.handle(enrolment(base64(csr_))),
                        [&](std::exception_ptr, HttpResponse response) { out = std::move(response); });
  loop.poll();
  EXPECT_FALSE(out);
  std::exchange(roster_.held, {})({});  // a callback that is kept would keep the loop running
  loop.run();
  ASSERT_TRUE(out);
  EXPECT_EQ(certificates(*out).size(), 1U);
}

TEST_F(EstTest, WhenTheLedgerFailsTheClientIsToldToTryLaterAndNothingMore) {
  roster_.disk_failure = Error(Errc::unavailable, "disk-full", "write /var/lib/outrider/wal: No space left on device");
  const auto response = handle(enrolment(base64(csr_)));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(text(response).find("/var/lib"), std::string::npos);
}

TEST_F(EstTest, WithoutCredentialsTheClientIsAskedForThem) {
  const auto response = handle(post("/.well-known/est/demo/simpleenroll", base64(csr_)));
  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(header(response, "WWW-Authenticate").starts_with("Basic realm="));
}

TEST_F(EstTest, AWrongCodeIsRefusedAndMayBeTriedAgain) {
  auto request = post("/.well-known/est/demo/simpleenroll", base64(csr_));
  authorise(request, "t-1", identity::make_code());
  const auto response = handle(std::move(request));
  EXPECT_EQ(response.status, 401);
  EXPECT_TRUE(header(response, "WWW-Authenticate").starts_with("Basic "));
  EXPECT_TRUE(text(response).starts_with("code-unknown: "));
}

TEST_F(EstTest, AfterManyWrongCodesTheClientIsToldHowLongToWait) {
  for (int i = 0; i < 6; ++i) {
    auto request = post("/.well-known/est/demo/simpleenroll", base64(csr_));
    authorise(request, "t-1", identity::make_code());
    const auto response = handle(std::move(request));
    EXPECT_EQ(response.status, i < 5 ? 401 : 429);
    if (response.status == 429) EXPECT_EQ(header(response, "Retry-After"), "1");
  }
}

TEST_F(EstTest, EachRefusalHasItsStatusAndSaysWhy) {
  const auto refused = [&](HttpRequest request, int status, std::string_view reason) {
    const auto response = handle(std::move(request));
    EXPECT_EQ(response.status, status) << text(response);
    EXPECT_TRUE(text(response).starts_with(std::string(reason) + ": ")) << text(response);
    EXPECT_TRUE(text(response).ends_with("\n"));
  };
  refused(enrolment("rubbish"), 400, "malformed-csr");
  refused(enrolment(std::string(crypto::csr_body_bytes_max + 1, 'A')), 413, "malformed-csr");
  refused(enrolment(base64(*crypto::make_csr(key_, "t-2"))), 403, "wrong-subject");
  refused(enrolment(base64(*crypto::make_csr(KeyPair::generate_rsa(2048), "t-1"))), 403, "key-type-not-allowed");
  roster_.devices.at({demo_, device_}).lifecycle = facts::Lifecycle::retired;
  refused(enrolment(base64(csr_)), 403, "device-retired");
  roster_.devices.at({demo_, device_}).lifecycle = facts::Lifecycle::expected;
  roster_.identities[demo_].push_back({demo_, DeviceId("t-2"), "01", key_.public_key().spki_sha256(), clock_.now()});
  refused(enrolment(base64(csr_)), 409, "key-in-use");
  roster_.identities.clear();
  EXPECT_EQ(handle(enrolment(base64(csr_))).status, 200);
  refused(enrolment(base64(csr_)), 409, "code-used");
  roster_.codes.at({demo_, device_}) = {identity::code_hash(device_, code_), clock_.now()};
  refused(enrolment(base64(csr_)), 403, "code-expired");
}

TEST_F(EstTest, ADeviceRenewsWithTheCertificateOfItsTlsSession) {
  const auto old = certificates(handle(enrolment(base64(csr_)))).at(0);
  auto request = post("/.well-known/est/demo/simplereenroll", base64(csr_));
  request.peer.certificate = old.der;
  const auto renewed = certificates(handle(std::move(request)));
  ASSERT_EQ(renewed.size(), 1U);
  EXPECT_NE(renewed[0].serial, old.serial);
  EXPECT_EQ(roster_.issued.back().renews_serial, old.serial);
}

TEST_F(EstTest, RenewingNeedsACertificateThatIsStillGood) {
  const auto old = certificates(handle(enrolment(base64(csr_)))).at(0);
  auto request = post("/.well-known/est/demo/simplereenroll", base64(csr_));
  EXPECT_EQ(handle(request).status, 403);
  EXPECT_TRUE(text(handle(request)).starts_with("no-certificate: "));
  request.peer.certificate = old.der;
  roster_.revoke(demo_, old.serial);
  EXPECT_TRUE(text(handle(request)).starts_with("identity-revoked: "));
  clock_.set(old.not_after + 1s);
  roster_.identities[demo_].front().revoked = false;
  EXPECT_TRUE(text(handle(request)).starts_with("certificate-expired: "));
}

TEST_F(EstTest, CsrattrsFollowsTheProfileOfWhoRenews) {
  const auto old = certificates(handle(enrolment(base64(csr_)))).at(0);
  roster_.devices.at({demo_, device_}).keys.p256 = false;
  auto request = get("/.well-known/est/demo/csrattrs");
  request.peer.certificate = old.der;
  EXPECT_EQ(*from_base64(text(handle(request))), csr_attributes({.p256 = false}));
}

TEST_F(EstTest, WrongMethodsTypesAndPathsAreRefused) {
  auto response = handle(get("/.well-known/est/demo/simpleenroll"));
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(header(response, "Allow"), "POST");
  EXPECT_EQ(handle(post("/.well-known/est/demo/cacerts", "")).status, 405);

  auto request = enrolment(base64(csr_));
  request.headers.erase("Content-Type");
  request.headers.emplace("Content-Type", "application/x-www-form-urlencoded");
  EXPECT_EQ(handle(request).status, 415);
  request.headers.erase("Content-Type");
  request.headers.emplace("Content-Type", "Application/PKCS10 ; charset=us-ascii");
  EXPECT_EQ(handle(request).status, 200);

  for (const auto* path :
       {"/.well-known/est", "/.well-known/est/", "/.well-known/est/demo", "/.well-known/est/demo/",
        "/.well-known/est/nobody/cacerts", "/.well-known/est/demo/serverkeygen", "/.well-known/est/demo/cacerts/more"})
    EXPECT_EQ(handle(get(path)).status, 404) << path;
}

TEST_F(EstTest, WithSeveralFleetsThePathNamesOne) {
  fleets_.push_back(FleetId("other"));
  EXPECT_EQ(handle(get("/.well-known/est/cacerts")).status, 404);
  EXPECT_EQ(handle(get("/.well-known/est/demo/cacerts")).status, 200);
  fleets_.clear();
  EXPECT_EQ(handle(get("/.well-known/est/cacerts")).status, 404);
}

TEST(CsrAttributes, NameOneKindOfKeyAndItsSignature) {
  EXPECT_EQ(hex(csr_attributes({.p256 = false})), "301e301206072a8648ce3d0201310706052b8104002206082a8648ce3d040303");
  EXPECT_EQ(hex(csr_attributes({.p256 = false, .p384 = false})), "300506032b6570");
  EXPECT_EQ(hex(csr_attributes({.p256 = false, .p384 = false, .ed25519 = false, .rsa_bits_min = 3072})),
            "301e301106092a864886f70d010101310402020c0006092a864886f70d01010b");
  EXPECT_EQ(hex(csr_attributes({.p256 = false, .p384 = false, .ed25519 = false})), "3000");
}

TEST(BasicAuth, TakesUserAndPasswordApartAtTheFirstColon) {
  const auto credentials = parse_basic("bAsIc " + base64(as_bytes("t-1:a:b")));
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "t-1");
  EXPECT_EQ(as_text(credentials->password.view()), "a:b");
}

TEST(BasicAuth, RefusesWhatIsNotBasicOrBroken) {
  EXPECT_EQ(parse_basic("").error().reason, "no-code");
  EXPECT_EQ(parse_basic("Bearer abc").error().reason, "no-code");
  EXPECT_EQ(parse_basic("Basic").error().reason, "bad-authorization");
  EXPECT_EQ(parse_basic("Basic !!!").error().reason, "bad-authorization");
  EXPECT_EQ(parse_basic("Basic " + base64(as_bytes("no colon"))).error().reason, "bad-authorization");
  EXPECT_EQ(parse_basic("Basic " + std::string(2000, 'A')).error().reason, "bad-authorization");
}

}  // namespace
}  // namespace outrider::gateway::est
