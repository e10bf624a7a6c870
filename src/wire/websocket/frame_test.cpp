#include "wire/websocket/frame.h"

#include <gtest/gtest.h>

namespace outrider::wire::websocket {
namespace {

// What a stream of frames gave.
struct Seen {
  std::string data;
  std::vector<std::string> pings;
  std::optional<CloseCode> closed;
  std::string error;
};

Seen read(ByteView stream, std::size_t cut = 0) {
  Seen out;
  FrameReader reader;
  const FrameReader::Handler handler{.data = [&](ByteView piece) -> Result<void> {
                                       out.data += as_text(piece);
                                       return {};
                                     },
                                     .ping = [&](ByteView payload) { out.pings.emplace_back(as_text(payload)); },
                                     .close = [&](CloseCode code) { out.closed = code; }};
  while (!stream.empty()) {
    const auto part = stream.first(cut == 0 ? stream.size() : std::min(cut, stream.size()));
    if (const auto fed = reader.feed(part, handler); !fed) {
      out.error = fed.error().reason;
      return out;
    }
    stream = stream.subspan(part.size());
  }
  return out;
}

constexpr std::array<std::uint8_t, 4> key{0x37, 0xfa, 0x21, 0x3d};

// A client's frame; `first` is FIN, the reserved bits and the opcode.
Bytes frame(std::uint8_t first, std::string_view payload) {
  Bytes out{first};
  if (payload.size() < 126) {
    out.push_back(static_cast<std::uint8_t>(0x80U | payload.size()));
  } else if (payload.size() <= 0xffff) {
    out.insert(out.end(), {0x80 | 126, static_cast<std::uint8_t>(payload.size() >> 8U),
                           static_cast<std::uint8_t>(payload.size() & 0xffU)});
  } else {
    out.push_back(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8)
      out.push_back(
          static_cast<std::uint8_t>(static_cast<std::uint64_t>(payload.size()) >> static_cast<unsigned>(shift)));
  }
  out.insert(out.end(), key.begin(), key.end());
  for (std::size_t i = 0; i < payload.size(); ++i)
    out.push_back(static_cast<std::uint8_t>(payload[i]) ^ key[i % key.size()]);
  return out;
}

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

TEST(WebSocketFrame, OfTheStandardsExampleIsUnmasked) {  // RFC 6455, 5.7, with the opcode of binary
  const Bytes hello{0x82, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58};
  EXPECT_EQ(read(hello).data, "Hello");
}

TEST(WebSocketFrame, MayArriveInAnyPiecesAndOfAnySize) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 4095U, 4097U, 0xffffU, 0x1'0000U, 300'000U}) {
    const std::string payload(size, 'x');
    const Bytes stream = frame(0x82, payload) + frame(0x82, "end");
    for (const std::size_t cut : {0U, 1U, 7U, 4096U}) {
      if (cut == 1 && size > 0xffff) continue;
      const Seen seen = read(stream, cut);
      EXPECT_EQ(seen.data, payload + "end") << size << " " << cut;
      EXPECT_EQ(seen.error, "");
    }
  }
}

TEST(WebSocketFrame, OfAFragmentedMessageMayHaveControlFramesBetween) {  // RFC 6455, 5.4
  const Bytes stream = frame(0x02, "MQ") + frame(0x89, "are you there") + frame(0x00, "TT") + frame(0x80, "!");
  const Seen seen = read(stream);
  EXPECT_EQ(seen.data, "MQTT!");
  EXPECT_EQ(seen.pings, std::vector<std::string>{"are you there"});
}

TEST(WebSocketFrame, ThatIsNotMaskedEndsTheConnection) {  // RFC 6455, 5.1
  EXPECT_EQ(read(Bytes{0x82, 0x05, 'H', 'e', 'l', 'l', 'o'}).error, "not-masked");
}

TEST(WebSocketFrame, OfTextIsRefused) {  // MQTT 5, 6.0-1
  EXPECT_EQ(read(frame(0x81, "text")).error, "text-frame");
  EXPECT_EQ(close_code_of({Errc::malformed, "text-frame", ""}), CloseCode::unsupported_data);
}

TEST(WebSocketFrame, WithReservedBitsOrOpcodesIsRefused) {  // RFC 6455, 5.2
  for (const unsigned bits : {0xc2U, 0xa2U, 0x92U})
    EXPECT_EQ(read(frame(static_cast<std::uint8_t>(bits), "x")).error, "reserved-bits");
  for (const unsigned opcode : {0x83U, 0x87U, 0x8bU, 0x8fU})
    EXPECT_EQ(read(frame(static_cast<std::uint8_t>(opcode), "x")).error, "reserved-opcode");
}

TEST(WebSocketFrame, OutOfOrderIsRefused) {  // RFC 6455, 5.4
  EXPECT_EQ(read(frame(0x80, "x")).error, "bad-fragment");
  EXPECT_EQ(read(frame(0x02, "x") + frame(0x82, "y")).error, "bad-fragment");
}

TEST(WebSocketFrame, OfControlIsShortAndWhole) {  // RFC 6455, 5.5
  EXPECT_EQ(read(frame(0x89, std::string(125, 'p'))).pings.at(0).size(), 125U);
  EXPECT_EQ(read(frame(0x89, std::string(126, 'p'))).error, "bad-control-frame");
  EXPECT_EQ(read(frame(0x09, "p")).error, "bad-control-frame");
}

TEST(WebSocketFrame, WithAnOverlongLengthIsRefused) {  // RFC 6455, 5.2
  EXPECT_EQ(read(Bytes{0x82, 0xfe, 0x00, 0x05, 0, 0, 0, 0}).error, "bad-length");
  EXPECT_EQ(read(Bytes{0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0}).error, "bad-length");
}

TEST(WebSocketFrame, OfMoreThanTheLimitIsRefusedBeforeItsPayloadComes) {
  const Error error{Errc::malformed, "frame-too-big", ""};
  EXPECT_EQ(read(Bytes{0x82, 0xff, 0, 0, 0, 0, 0, 0x10, 0, 0x01, 0, 0, 0, 0}).error, "frame-too-big");
  EXPECT_EQ(read(Bytes{0x82, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0}).error, "frame-too-big");
  EXPECT_EQ(close_code_of(error), CloseCode::too_big);
}

TEST(WebSocketFrame, OfCloseEndsTheReading) {
  EXPECT_EQ(read(frame(0x88, "")).closed, CloseCode::normal);
  const Seen seen = read(frame(0x88, std::string_view("\x03\xe9 bye", 6)) + frame(0x82, "never"));
  EXPECT_EQ(seen.closed, CloseCode::going_away);
  EXPECT_EQ(seen.data, "");
}

TEST(WebSocketFrame, OfCloseWithAnImpossibleCodeOrReasonIsRefused) {  // RFC 6455, 5.5.1 and 7.4
  EXPECT_EQ(read(frame(0x88, "\x03")).error, "bad-close");
  for (const int code : {0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000}) {
    const std::array<char, 2> bytes{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    EXPECT_EQ(read(frame(0x88, {bytes.data(), 2})).error, "bad-close") << code;
  }
  EXPECT_EQ(read(frame(0x88, std::string_view("\x03\xe8\xff", 3))).error, "bad-close");
}

TEST(WebSocketFrame, ErrorOfTheHandlerStopsTheReading) {
  FrameReader reader;
  int calls = 0;
  const auto fed = reader.feed(frame(0x82, "a") + frame(0x82, "b"), {.data = [&](ByteView) -> Result<void> {
                                                                       ++calls;
                                                                       return fail(Errc::malformed, "mine", "");
                                                                     },
                                                                     .ping = [](ByteView) {},
                                                                     .close = [](CloseCode) {}});
  EXPECT_EQ(fed.error().reason, "mine");
  EXPECT_EQ(calls, 1);
}

TEST(WebSocketFrame, HeadersAreTheShortestThatFit) {
  EXPECT_EQ(header_of(Opcode::binary, 125).size, 2U);
  EXPECT_EQ(header_of(Opcode::binary, 126).size, 4U);
  EXPECT_EQ(header_of(Opcode::binary, 0xffff).size, 4U);
  EXPECT_EQ(header_of(Opcode::binary, 0x1'0000).size, 10U);
  EXPECT_EQ(control_frame(Opcode::pong, as_bytes(std::string(200, 'x'))).size(), 127U);
  EXPECT_EQ(close_frame(CloseCode::too_big, "big"), (Bytes{0x88, 0x05, 0x03, 0xf1, 'b', 'i', 'g'}));
}

}  // namespace
}  // namespace outrider::wire::websocket
