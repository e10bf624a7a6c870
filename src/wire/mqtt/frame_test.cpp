#include "wire/mqtt/frame.h"

#include <gtest/gtest.h>

#include "wire/mqtt/codec.h"

namespace outrider::wire::mqtt {
namespace {

Bytes stream_of_packets() {
  const Bytes payload(300, 'x');
  Bytes out;
  EXPECT_TRUE(encode(Pingreq{}, Version::v5, out));
  EXPECT_TRUE(encode(Publish{.topic = "a", .payload = payload}, Version::v5, out));
  EXPECT_TRUE(encode(Disconnect{}, Version::v5, out));
  return out;
}

std::vector<std::size_t> sizes_in_chunks(std::size_t chunk_bytes) {
  const Bytes stream = stream_of_packets();
  FrameSplitter splitter;
  std::vector<std::size_t> sizes;
  for (ByteView rest = stream; !rest.empty(); rest = rest.subspan(std::min(chunk_bytes, rest.size()))) {
    EXPECT_TRUE(splitter.feed(rest.first(std::min(chunk_bytes, rest.size())), [&](ByteView frame) -> Result<void> {
      sizes.push_back(frame.size());
      return {};
    }));
  }
  EXPECT_EQ(splitter.kept_bytes(), 0U);
  return sizes;
}

TEST(FrameSplitter, GivesTheSamePacketsHoweverTheStreamIsCut) {
  const std::vector<std::size_t> whole{2, 307, 2};
  for (const std::size_t chunk : {1U, 2U, 3U, 4U, 5U, 100U, 308U, 1000U})
    EXPECT_EQ(sizes_in_chunks(chunk), whole) << chunk;
}

std::string refusal(ByteView bytes, std::size_t bytes_max = packet_bytes_max) {
  const auto frame = next_frame(bytes, bytes_max);
  if (frame) return *frame ? "frame" : "needs more";
  return std::string(name_of(reason_code_of(frame.error())));
}

TEST(NextFrame, WaitsForWhatIsMissing) {
  EXPECT_EQ(refusal(Bytes{}), "needs more");
  EXPECT_EQ(refusal(Bytes{0x30}), "needs more");
  EXPECT_EQ(refusal(Bytes{0x30, 0x80}), "needs more");
  EXPECT_EQ(refusal(Bytes{0x30, 2, 0}), "needs more");
  EXPECT_EQ(refusal(Bytes{0x30, 2, 0, 0, 9}), "frame");
}

TEST(NextFrame, RefusesAsSoonAsTheFirstBytesShowIt) {
  EXPECT_EQ(refusal(Bytes{0x00}), "malformed-packet");
  EXPECT_EQ(refusal(Bytes{0x11}), "malformed-packet");
  EXPECT_EQ(refusal(Bytes{0x80}), "malformed-packet");
  EXPECT_EQ(refusal(Bytes{0x30, 0x80, 0x00}), "malformed-packet");
  EXPECT_EQ(refusal(Bytes{0x30, 0xFF, 0xFF, 0xFF, 0xFF}), "malformed-packet");
}

TEST(NextFrame, RefusesALargePacketBeforeItsBytesArrive) {
  EXPECT_EQ(refusal(Bytes{0x30, 8}, 10), "needs more");
  EXPECT_EQ(refusal(Bytes{0x30, 9}, 10), "packet-too-large");
  EXPECT_EQ(refusal(Bytes{0x30, 0xFF, 0xFF, 0xFF, 0x7F}), "packet-too-large");
}

TEST(FrameSplitter, HoldsNoMoreThanOnePacketAndNothingBetweenPackets) {
  FrameSplitter splitter(1000);
  const auto ignore = [](ByteView) -> Result<void> { return {}; };
  ASSERT_TRUE(splitter.feed(Bytes{0x30, 0xE3, 0x07, 1, 2, 3}, ignore));  // 998 bytes announced
  EXPECT_EQ(splitter.kept_bytes(), 6U);
  ASSERT_TRUE(splitter.feed(Bytes(991, 'x'), ignore));
  EXPECT_EQ(splitter.kept_bytes(), 997U);
  ASSERT_TRUE(splitter.feed(Bytes{'x'}, ignore));
  EXPECT_EQ(splitter.kept_bytes(), 0U);
}

TEST(FrameSplitter, StopsAtTheFirstErrorOfTheHandler) {
  FrameSplitter splitter;
  int calls = 0;
  const auto outcome = splitter.feed(Bytes{0xC0, 0, 0xC0, 0}, [&](ByteView) -> Result<void> {
    ++calls;
    return fail(Errc::forbidden, "no");
  });
  EXPECT_FALSE(outcome);
  EXPECT_EQ(calls, 1);
}

TEST(FrameSplitter, TheLimitCanRiseAfterConnect) {
  FrameSplitter splitter(4);
  const auto ignore = [](ByteView) -> Result<void> { return {}; };
  ASSERT_TRUE(splitter.feed(Bytes{0xC0, 0}, ignore));
  splitter.set_limit(100);
  EXPECT_TRUE(splitter.feed(Bytes{0x30, 50}, ignore));
}

}  // namespace
}  // namespace outrider::wire::mqtt
