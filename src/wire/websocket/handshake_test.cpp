#include "wire/websocket/handshake.h"

#include <gtest/gtest.h>

namespace outrider::wire::websocket {
namespace {

// What MQTT.js in Node.js sends; RFC 6455, 1.3 has the key.
std::string head(std::string_view instead_of = {}, std::string_view put = {}) {
  std::string out =
      "GET /mqtt HTTP/1.1\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt\r\nHost: localhost:8884\r\n\r\n";
  if (instead_of.empty()) return out;
  const auto at = out.find(instead_of);
  EXPECT_NE(at, std::string::npos) << instead_of;
  return out.replace(at, instead_of.size(), put);
}

std::string reason(const std::string& head) {
  const auto parsed = parse_opening(head);
  return parsed ? "" : parsed.error().reason;
}

TEST(WebSocketHandshake, OfAnMqttClientIsTaken) {
  const auto parsed = parse_opening(head());
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->path, "/mqtt");
  EXPECT_EQ(parsed->key, "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_FALSE(parsed->origin);
}

TEST(WebSocketHandshake, OfABrowserIsTakenWithItsOriginAndItsLists) {
  const auto parsed = parse_opening(head("Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: mqtt",
                                         "Connection: keep-alive, Upgrade\r\nupgrade: WebSocket\r\n"
                                         "Origin: https://console.example\r\nCookie: a=b\r\n"
                                         "Sec-WebSocket-Protocol: mqttv3.1, mqtt"));
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->origin, "https://console.example");
}

TEST(WebSocketHandshake, WithoutTheSubprotocolIsRefused) {  // MQTT 5, 6.0-3
  EXPECT_EQ(reason(head("Protocol: mqtt", "Protocol: chat")), "wrong-subprotocol");
  EXPECT_EQ(reason(head("Protocol: mqtt", "Protocol: MQTT")), "wrong-subprotocol");
  EXPECT_EQ(reason(head("Protocol: mqtt", "Protocol: mqtt2, xmqtt")), "wrong-subprotocol");
  EXPECT_EQ(reason(head("Sec-WebSocket-Protocol: mqtt\r\n", "")), "wrong-subprotocol");
}

TEST(WebSocketHandshake, OfAnotherKindOfRequestIsRefused) {
  EXPECT_EQ(reason(head("GET", "POST")), "wrong-method");
  EXPECT_EQ(reason(head("Upgrade: websocket\r\n", "")), "not-a-websocket");
  EXPECT_EQ(reason(head("Connection: Upgrade\r\n", "")), "not-a-websocket");
  EXPECT_EQ(reason(head("Version: 13", "Version: 8")), "wrong-version");
  EXPECT_EQ(reason(head("HTTP/1.1", "HTTP/1.0")), "bad-request");
}

TEST(WebSocketHandshake, ThatIsNoCleanHttpIsRefused) {
  EXPECT_EQ(reason(head("Host: localhost:8884\r\n", "")), "bad-request");
  EXPECT_EQ(reason(head("Host:", "Host :")), "bad-request");
  EXPECT_EQ(reason(head("Host: localhost", "Host: local\x01host")), "bad-request");
  EXPECT_EQ(reason(head("\r\nHost", "\r\n folded\r\nHost")), "bad-request");
  EXPECT_EQ(reason(head("Host", "Host: a\r\nHost")), "bad-request");
  EXPECT_EQ(reason(head("Host", "Transfer-Encoding: chunked\r\nHost")), "bad-request");
  EXPECT_EQ(reason(head("Host", "Content-Length: 5\r\nHost")), "bad-request");
  EXPECT_EQ(reason(head("GET /mqtt", "GET mqtt")), "bad-request");
  EXPECT_EQ(reason(head("dGhlIHNhbXBsZSBub25jZQ==", "short")), "bad-request");
  EXPECT_EQ(reason(head("dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZQ==")), "bad-request");
  EXPECT_EQ(reason("\r\n\r\n"), "bad-request");
  EXPECT_EQ(reason(""), "bad-request");
}

TEST(WebSocketHandshake, HasABoundedHead) {
  EXPECT_EQ(reason(head("Host", "X: " + std::string(head_bytes_max, 'a') + "\r\nHost")), "bad-request");
  std::string many;
  for (std::size_t i = 0; i < head_lines_max; ++i) many += "X: a\r\n";
  EXPECT_EQ(reason(head("Host", many + "Host")), "bad-request");
  EXPECT_FALSE(end_of_head("GET / HTTP/1.1\r\nHost: a\r\n"));
  EXPECT_EQ(end_of_head(head() + "more"), head().size());
}

TEST(WebSocketHandshake, OfAPageIsForAllowedOriginsOnly) {
  EXPECT_TRUE(origin_allowed(std::nullopt, {}));
  EXPECT_FALSE(origin_allowed("https://evil.example", {}));
  EXPECT_TRUE(origin_allowed("https://Console.example", {"https://console.example"}));
  EXPECT_FALSE(origin_allowed("https://console.example.evil", {"https://console.example"}));
  EXPECT_FALSE(origin_allowed("null", {"https://console.example"}));
}

TEST(WebSocketHandshake, AnswersNameTheStatusAndTheReason) {
  EXPECT_NE(opening_response("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=").find("Sec-WebSocket-Protocol: mqtt\r\n"),
            std::string::npos);
  const auto answer = [](const char* reason) { return refusal_response({Errc::malformed, reason, "why"}); };
  EXPECT_TRUE(answer("origin-not-allowed").starts_with("HTTP/1.1 403 "));
  EXPECT_TRUE(answer("wrong-version").starts_with("HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 13\r\n"));
  EXPECT_TRUE(answer("opening-timeout").starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(answer("wrong-subprotocol").starts_with("HTTP/1.1 400 "));
  EXPECT_TRUE(answer("bad-request").ends_with("bad-request: why\n"));
}

}  // namespace
}  // namespace outrider::wire::websocket
