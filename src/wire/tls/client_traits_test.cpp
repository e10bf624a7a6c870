#include "wire/tls/client_traits.h"

#include <gtest/gtest.h>

namespace outrider::wire::tls {
namespace {

Bytes extension(std::uint16_t type, const Bytes& body) {
  ByteWriter out;
  out.u16(type).block16(body);
  return std::move(out).take();
}

struct Offer {
  Bytes suites{0x13, 0x02, 0x13, 0x01};
  std::vector<Bytes> extensions{extension(0, {0, 0}), extension(43, {0x04, 0x03, 0x04, 0x03, 0x03}),
                                extension(13, {0, 4, 0x04, 0x03, 0x08, 0x04}), extension(10, {0, 2, 0, 29}),
                                extension(16, {0, 5, 4, 'm', 'q', 't', 't'})};
};

Bytes hello(const Offer& offer, std::uint8_t random = 0x5a) {
  Bytes extensions;
  for (const Bytes& each : offer.extensions) extensions.insert(extensions.end(), each.begin(), each.end());
  ByteWriter body;
  body.u16(0x0303).raw(Bytes(32, random)).u8(0).block16(offer.suites).u8(1).u8(0).block16(extensions);
  ByteWriter message;
  message.u8(1).u8(0).block16(body.bytes());
  ByteWriter record;
  record.u8(22).u16(0x0301).block16(message.bytes());
  return std::move(record).take();
}

TEST(ClientTraits, SayWhatTheStackOffers) {
  const auto traits = read_traits(hello({}));
  ASSERT_TRUE(traits);
  EXPECT_EQ(traits->head, "t13d0205mt");
  EXPECT_EQ(traits->suites, "1301,1302");
  EXPECT_EQ(traits->extensions, "000a,000d,002b_0403,0804");
}

TEST(ClientTraits, AreTheSameFromConnectionToConnection) {
  Offer other;
  std::swap(other.suites[1], other.suites[3]);                                // another order
  other.suites.insert(other.suites.begin(), {0x3a, 0x3a});                    // GREASE
  std::swap(other.extensions[0], other.extensions[3]);                        // shuffled, as browsers do
  other.extensions.insert(other.extensions.begin(), extension(0x4a4a, {0}));  // GREASE
  other.extensions.push_back(extension(21, Bytes(100, 0)));                   // padding
  other.extensions.push_back(extension(41, Bytes(70, 1)));                    // a ticket
  EXPECT_EQ(read_traits(hello(other, 0x77)), read_traits(hello({})));
}

TEST(ClientTraits, DifferWhereTheStackDoes) {
  Offer other;
  other.suites = {0x13, 0x01};
  EXPECT_NE(read_traits(hello(other)), read_traits(hello({})));
  Offer nameless;
  nameless.extensions.erase(nameless.extensions.begin());
  EXPECT_EQ(read_traits(hello(nameless))->head, "t13i0204mt");
}

TEST(ClientTraits, PassNoTextOfAStrangerOn) {
  Offer other;
  other.extensions[4] = extension(16, {0, 3, 2, '\n', 0xff});
  EXPECT_EQ(read_traits(hello(other))->head, "t13d020599");
}

TEST(ClientTraits, AreNothingWhereTheHelloIsNotWholeOrCannotBeRead) {
  const Bytes whole = hello({});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(read_traits(ByteView(whole).first(size)));
  Offer cut;
  cut.extensions.push_back({0, 13, 0, 9, 1});
  EXPECT_FALSE(read_traits(hello(cut)));
  EXPECT_FALSE(read_traits(as_bytes("GET / HTTP/1.1\r\n\r\n")));
}

}  // namespace
}  // namespace outrider::wire::tls
