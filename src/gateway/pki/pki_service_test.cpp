#include "gateway/pki/pki_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include "base/testing/temporary_directory.h"
#include "crypto/revocation/crl.h"
#include "identity/revocation/testing/memory_source.h"

namespace outrider::gateway::pki {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class PkiServiceTest : public testing::Test {
 protected:
  PkiServiceTest() {
    EXPECT_TRUE(authority_->add_fleet(demo_));
    EXPECT_TRUE(lists_.refresh());
  }
  net::HttpResponse ask(const std::string& path, const std::string& header = {}, const std::string& value = {},
                        const std::string& method = "GET") {
    net::HttpRequest request{.method = method, .path = path};
    if (!header.empty()) request.headers.emplace(header, value);
    return service_.answer(request);
  }
  static std::string header(const net::HttpResponse& response, std::string_view name) {
    const auto found = response.headers.find(name);
    return found == response.headers.end() ? "" : found->second;
  }

  testing_support::TemporaryDirectory directory_;
  ManualClock clock_{*from_rfc3339("2026-11-22T12:00:00Z")};
  const FleetId demo_{"demo"};
  std::unique_ptr<identity::Authority> authority_ =
      identity::Authority::open({directory_.path() / "ca", "outrider.test", &clock_}).value();
  identity::testing_source::MemorySource source_{demo_};
  identity::RevocationLists lists_{*authority_, source_, {.directory = directory_.path() / "lists", .clock = &clock_}};
  identity::OcspResponder ocsp_{*authority_, source_, {.clock = &clock_}};
  Metrics metrics_;
  PkiService service_{*authority_, lists_, ocsp_, clock_, metrics_};
};

TEST_F(PkiServiceTest, RequestsAreCountedByKindAndResult) {
  ask("/crl/demo.crl");
  ask("/crl/demo.crl", "If-None-Match", "*");
  ask("/crl/demo-delta.crl");
  ask("/crl/other.crl");
  ask("/crl.root");
  ask("/ocsp/rubbish");
  ask("/ocsp");
  const auto counted = [&](const char* kind, const char* result) {
    return metrics_
        .counter("outrider_pki_requests_total",
                 "Requests for revocation lists, OCSP and certificates of CAs, by kind and result",
                 {{"kind", kind}, {"result", result}})
        .value();
  };
  EXPECT_EQ(counted("crl", "200"), 1);
  EXPECT_EQ(counted("crl", "304"), 1);
  EXPECT_EQ(counted("crl", "404") + counted("delta-crl", "404"), 1);
  EXPECT_EQ(counted("delta-crl", "200"), 1);
  EXPECT_EQ(counted("root-crl", "200"), 1);
  EXPECT_EQ(counted("ocsp", "malformed"), 1);
  EXPECT_EQ(counted("ocsp", "405"), 1);
}

TEST_F(PkiServiceTest, AListMayBeKeptUntilItsNextUpdateAndIsGivenOnce) {
  const auto first = ask("/crl/demo.crl");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(header(first, "Content-Type"), "application/pkix-crl");
  EXPECT_EQ(header(first, "Last-Modified"), "Sun, 22 Nov 2026 12:00:00 GMT");
  EXPECT_EQ(header(first, "Expires"), "Mon, 23 Nov 2026 12:00:00 GMT");
  EXPECT_THAT(header(first, "Cache-Control"), HasSubstr("max-age=86400"));
  clock_.advance(1h);
  EXPECT_THAT(header(ask("/crl/demo.crl"), "Cache-Control"), HasSubstr("max-age=82800"));
  const auto tag = header(first, "ETag");
  for (const auto& tags : {tag, "\"x\", W/" + tag, std::string("*")})
    EXPECT_EQ(ask("/crl/demo.crl", "If-None-Match", tags).status, 304);
  EXPECT_TRUE(ask("/crl/demo.crl", "If-None-Match", tag).body.empty());
  EXPECT_EQ(ask("/crl/demo.crl", "If-None-Match", "\"x\"").status, 200);
  EXPECT_EQ(ask("/crl/demo.crl", "If-Modified-Since", "Sun, 22 Nov 2026 12:00:00 GMT").status, 304);
  EXPECT_EQ(ask("/crl/demo.crl", "If-Modified-Since", "Sun, 22 Nov 2026 11:59:59 GMT").status, 200);
  EXPECT_EQ(ask("/crl/demo.crl", "If-Modified-Since", "yesterday").status, 200);
}

TEST_F(PkiServiceTest, EachDocumentHasItsPathAndNothingElseIsThere) {
  const auto issuer = authority_->issuing(demo_).value();
  const std::string id = hex(issuer.subject_key_id).substr(0, 16);
  EXPECT_EQ(ask("/crl/demo/" + id + ".crl").body, ask("/crl/demo.crl").body);
  EXPECT_EQ(ask("/crl/demo/" + id + "-delta.crl").body, ask("/crl/demo-delta.crl").body);
  EXPECT_NE(ask("/crl/demo.crl").body, ask("/crl/demo-delta.crl").body);
  EXPECT_TRUE(crypto::read_crl(ask("/crl.root").body, authority_->root()));
  EXPECT_EQ(ask("/ca/demo/" + id + ".cer").body, issuer.der);
  EXPECT_EQ(ask("/ca.root.cer").body, authority_->root().der);
  for (const auto* path :
       {"/crl/", "/crl/.crl", "/crl/demo", "/crl/demo/.crl", "/crl/other.crl", "/crl/demo/0000000000000000.crl",
        "/crl/../demo.crl", "/ca/demo.cer", "/ca/demo/00.cer", "/ca/", "/crl/demo-delta-delta.crl"})
    EXPECT_EQ(ask(path).status, 404) << path;
  EXPECT_EQ(ask("/crl/demo.crl", "", "", "POST").status, 405);
  EXPECT_EQ(ask("/ocsp").status, 405);
  EXPECT_EQ(ask("/ocsp", "Content-Type", "text/plain", "POST").status, 415);
  for (const auto* path : {"/", "/crl", "/ocspx", "/api/v1/status", "/ca"})
    EXPECT_FALSE(PkiService::handles(path)) << path;
}

TEST_F(PkiServiceTest, ALongListIsSentInPiecesWithoutACopyForEachReader) {
  const std::string issuer = hex(authority_->issuing(demo_)->subject_key_id);
  for (int i = 0; i < 4000; ++i)
    source_.revoke({.serial = hex(Bytes{0x40, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}),
                    .issuer = issuer,
                    .when = clock_.now(),
                    .why = "superseded",
                    .not_after = clock_.now() + 24h * 90});
  ASSERT_TRUE(lists_.refresh());
  auto response = ask("/crl/demo.crl");
  EXPECT_TRUE(response.body.empty());
  boost::asio::io_context context;
  std::string whole;
  for (;;) {
    auto piece = boost::asio::co_spawn(context, response.next_chunk(), boost::asio::use_future);
    context.run();
    context.restart();
    const auto text = piece.get();
    if (!text) break;
    whole += *text;
  }
  EXPECT_EQ(crypto::read_crl(as_bytes(whole), authority_->issuing(demo_).value())->revoked, 4000U);
}

}  // namespace
}  // namespace outrider::gateway::pki
