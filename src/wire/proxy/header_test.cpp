#include "wire/proxy/header.h"

#include <gtest/gtest.h>

namespace outrider::wire::proxy {
namespace {

constexpr std::string_view head = "0d0a0d0a000d0a515549540a";

Bytes bytes(const std::string& text) {
  return from_hex(std::string(head) + text).value();
}
std::string refused(const std::string& text) {
  const auto parsed = parse_header(bytes(text));
  return parsed ? "" : parsed.error().reason;
}
Endpoint v4(std::uint8_t last, std::uint16_t port) {
  return {.v6 = false, .address = {192, 0, 2, last}, .port = port};
}

// 192.0.2.7:50000 to 192.0.2.1:8883.
const std::string over_tcp4 = "2111000cc0000207c0000201c35022b3";

TEST(ProxyHeader, SaysForWhomAConnectionIsForwarded) {
  const auto header = parse_header(bytes(over_tcp4)).value().value();
  EXPECT_FALSE(header.local);
  EXPECT_EQ(header.source, v4(7, 50000));
  EXPECT_EQ(header.destination, v4(1, 8883));
  EXPECT_EQ(header.size, 28U);
}

TEST(ProxyHeader, WhatFollowsIsTheClients) {
  Bytes more = bytes(over_tcp4);
  more.insert(more.end(), {0x16, 0x03, 0x01});
  EXPECT_EQ(parse_header(more).value().value().size, 28U);
}

TEST(ProxyHeader, Ipv6IsRead) {
  Header header{.source = Endpoint{.v6 = true, .address = {0x20, 0x01, 0x0d, 0xb8}, .port = 1},
                .destination = Endpoint{.v6 = true, .address = {0xfe, 0x80}, .port = 2}};
  const Bytes written = write_header(header);
  header.size = written.size();
  EXPECT_EQ(written.size(), 52U);
  EXPECT_EQ(parse_header(written).value().value(), header);
}

TEST(ProxyHeader, EveryCutOffHeaderNeedsMore) {
  const Bytes whole = bytes(over_tcp4);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto parsed = parse_header(ByteView(whole).first(size));
    ASSERT_TRUE(parsed) << size;
    EXPECT_FALSE(parsed->has_value()) << size;
  }
}

TEST(ProxyHeader, LocalSpeaksForTheProxyWhateverItsBlockHolds) {
  const auto local = parse_header(bytes("20ff0003010203")).value().value();
  EXPECT_TRUE(local.local);
  EXPECT_FALSE(local.source);
  EXPECT_EQ(local.size, 19U);
}

TEST(ProxyHeader, UnspecifiedUnixAndUdpLeaveTheConnectionsOwnAddresses) {
  EXPECT_FALSE(parse_header(bytes("21000000")).value().value().source);
  EXPECT_FALSE(parse_header(bytes("213100d8" + std::string(432, '0'))).value().value().source);
  EXPECT_FALSE(parse_header(bytes("2112000cc0000207c0000201c35022b3")).value().value().source);
}

TEST(ProxyHeader, VectorsArePassedOver) {
  // PP2_TYPE_AUTHORITY "a.example", PP2_TYPE_SSL with three bytes, PP2_TYPE_NOOP.
  const std::string vectors =
      "020009612e6578616d706c65"
      "200003010203"
      "040000";
  const auto header = parse_header(bytes("21110021c0000207c0000201c35022b3" + vectors)).value().value();
  EXPECT_EQ(header.source, v4(7, 50000));
  EXPECT_EQ(header.size, 49U);
}

TEST(ProxyHeader, AVectorThatRunsOverTheHeadersEndIsRefused) {
  EXPECT_EQ(refused("2111000fc0000207c0000201c35022b3020001"), "bad-proxy-header");
  EXPECT_EQ(refused("2111000dc0000207c0000201c35022b302"), "bad-proxy-header");
}

TEST(ProxyHeader, AWrongChecksumIsRefused) {
  EXPECT_EQ(refused("21110013c0000207c0000201c35022b303000400000000"), "bad-proxy-header");
  EXPECT_EQ(refused("21110011c0000207c0000201c35022b30300020000"), "bad-proxy-header");
  // Computed by an independent implementation over the header with four zero bytes.
  EXPECT_EQ(refused("21110013c0000207c0000201c35022b30300049b31c75c"), "");
}

TEST(ProxyHeader, WhatIsNotVersion2IsRefused) {
  EXPECT_EQ(refused("11110000"), "bad-proxy-header");
  EXPECT_EQ(refused("22110000"), "bad-proxy-header");                        // no such command
  EXPECT_EQ(refused("21410000"), "bad-proxy-header");                        // no such family
  EXPECT_EQ(refused("21130000"), "bad-proxy-header");                        // no such transport
  EXPECT_EQ(refused("2111000bc0000207c0000201c35022"), "bad-proxy-header");  // addresses cut off
  EXPECT_EQ(refused("2111ffff"), "bad-proxy-header");                        // longer than we take
  EXPECT_EQ(parse_header(as_bytes("PROXY TCP4 192.0.2.7")).error().reason, "proxy-v1");
  EXPECT_EQ(parse_header(from_hex("160301").value()).error().reason, "not-proxy");
}

TEST(ProxyHeader, IsRecognisedFromItsFirstByteOn) {
  EXPECT_FALSE(looks_like_header({}));
  EXPECT_TRUE(looks_like_header(from_hex("0d0a").value()));
  EXPECT_TRUE(looks_like_header(as_bytes("PROX")));
  EXPECT_FALSE(looks_like_header(from_hex("1603").value()));
}

}  // namespace
}  // namespace outrider::wire::proxy
