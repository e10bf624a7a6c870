// The doors before an HTTPS server: what is let in is served, what is not never shakes hands.
#include "gateway/admission/gate.h"

#include <gtest/gtest.h>

#include "net/http/http_client.h"
#include "net/http/http_server.h"
#include "net/testing/certificates.h"
#include "net/testing/raw_socket.h"
#include "wire/proxy/header.h"

namespace outrider::gateway::admission {
namespace {

using namespace std::chrono_literals;
using net::HttpClient;
using net::testing::RawSocket;

net::Awaitable<net::HttpResponse> who(net::HttpRequest request) {
  co_return net::HttpResponse::text(
      200, request.peer.address.substr(0, request.peer.address.rfind(':')) + " is " + request.peer.ip.to_string());
}

class GateTest : public ::testing::Test {
 protected:
  ~GateTest() override {
    if (server_) server_->stop();
  }
  void start() {
    keeper_ = std::make_shared<Keeper>(limits_, policy_, loops_.size(), metrics_, "https");
    net::ServerTlsConfig config;
    config.identity = authority_.server();
    config.client = net::ClientCertificate::none;
    tls_ = net::ServerTls::create(loops_, config).value();
    net::HttpServerLimits http;
    server_ = net::HttpServer::listen_tls(loops_, "127.0.0.1", 0, tls_, who, http,
                                          gates(keeper_, count_turned_away(metrics_, "turned_total")))
                  .value();
  }
  std::unique_ptr<HttpClient> client() const {
    auto endpoint = net::HttpEndpoint::from_url("https://127.0.0.1:" + std::to_string(server_->port())).value();
    endpoint.tls = net::ClientTls::create({.server_anchors_pem = authority_.pem()}).value();
    return std::make_unique<HttpClient>(endpoint);
  }
  static std::string ask(HttpClient& client) {
    const auto answer = client.send({});
    return answer ? std::string(as_text(answer->body)) : "no answer";
  }
  double turned(const char* rule) {
    return metrics_
        .counter("turned_total", "Connections turned away before their TLS handshake, by rule", {{"rule", rule}})
        .value();
  }

  Metrics metrics_;
  Limits limits_;
  Policy policy_;
  net::Loops loops_{2};
  net::testing::TestAuthority authority_;
  std::shared_ptr<Keeper> keeper_;
  std::shared_ptr<net::ServerTls> tls_;
  std::unique_ptr<net::HttpServer> server_;
};

TEST_F(GateTest, WhoIsLetInIsServedAndCountedUntilItsConnectionEnds) {
  start();
  auto first = client();
  EXPECT_EQ(ask(*first), "127.0.0.1 is 127.0.0.1");
  EXPECT_EQ(keeper_->sources.connections(), 1U);
  EXPECT_EQ(keeper_->handshakes.value(), 0) << "its place among the handshakes is free again";
  first.reset();
  while (keeper_->sources.connections() != 0) std::this_thread::yield();
}

TEST_F(GateTest, AnAddressMayHaveSoManyConnectionsAndTheNextIsTurnedAway) {
  limits_.connections_per_address_max = 2;
  start();
  auto first = client();
  auto second = client();
  EXPECT_NE(ask(*first), "no answer");
  EXPECT_NE(ask(*second), "no answer");
  RawSocket third(server_->port());
  EXPECT_EQ(third.hear(), "");
  EXPECT_TRUE(third.ended());
  EXPECT_EQ(turned("too-many-connections-of-address"), 1);
  EXPECT_NE(ask(*first), "no answer") << "those who are in stay";
}

TEST_F(GateTest, HandshakesOfANetworkHaveARate) {
  limits_.handshakes_per_network_per_second = 1.0 / 3600;
  limits_.burst = 3600s;  // so that one may come at once
  start();
  EXPECT_NE(ask(*client()), "no answer");
  EXPECT_EQ(ask(*client()), "no answer");
  EXPECT_GE(turned("handshake-rate-of-network"), 1);
}

TEST_F(GateTest, WhoDoesNotSpeakTlsIsTurnedAway) {
  start();
  RawSocket plain(server_->port());
  plain.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(plain.hear(), "");
  EXPECT_TRUE(plain.ended());
  EXPECT_EQ(turned("not-tls"), 1);
}

TEST_F(GateTest, WhoSaysNothingIsTurnedAway) {
  limits_.hello_deadline = 100ms;
  start();
  RawSocket silent(server_->port());
  EXPECT_EQ(silent.hear(), "");
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(turned("hello-timeout"), 1);
}

TEST_F(GateTest, AHandshakeThatStopsHalfWayGivesItsPlaceBack) {
  start();
  RawSocket half(server_->port());
  // A ClientHello that offers nothing: the header of its record and of the message, and zeros.
  std::string hello("\x16\x03\x01\x00\x30\x01\x00\x00\x2c\x03\x03", 11);
  hello.append(42, '\0');
  half.say(hello);
  half.hear();
  while (keeper_->handshakes.value() != 0 || keeper_->sources.connections() != 0) std::this_thread::yield();
  EXPECT_NE(ask(*client()), "no answer");
}

TEST_F(GateTest, ALoadBalancerMustSayForWhomAndNobodyElseMay) {
  policy_.proxies = {net::Cidr::parse("127.0.0.1").value()};
  start();
  RawSocket balancer(server_->port());
  balancer.say("\x16\x03\x01");
  EXPECT_EQ(balancer.hear(), "");
  EXPECT_EQ(turned("not-proxy"), 1);
}

TEST_F(GateTest, AHeaderFromWhoIsNoLoadBalancerIsRefused) {
  start();
  RawSocket forger(server_->port());
  const wire::proxy::Header header{.source = wire::proxy::Endpoint{.address = {192, 0, 2, 7}, .port = 50000},
                                   .destination = wire::proxy::Endpoint{.address = {192, 0, 2, 1}, .port = 8443}};
  forger.say(as_text(wire::proxy::write_header(header)));
  EXPECT_EQ(forger.hear(), "");
  EXPECT_EQ(turned("proxy-not-trusted"), 1);
}

TEST_F(GateTest, StoppingTheServerEndsWhoWaitsAtTheDoor) {
  start();
  RawSocket silent(server_->port());
  while (keeper_->sources.connections() == 0) std::this_thread::yield();
  server_->stop();
  EXPECT_EQ(silent.hear(), "");
  EXPECT_TRUE(silent.ended());
  EXPECT_EQ(keeper_->sources.connections(), 0U);
}

}  // namespace
}  // namespace outrider::gateway::admission
