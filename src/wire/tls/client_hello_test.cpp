#include "wire/tls/client_hello.h"

#include <gtest/gtest.h>

namespace outrider::wire::tls {
namespace {

Bytes extension(std::uint16_t type, const Bytes& body) {
  ByteWriter out;
  out.u16(type).block16(body);
  return std::move(out).take();
}

// A ClientHello with these extensions, in records of at most `piece` bytes.
Bytes hello(const Bytes& extensions, std::size_t piece = 16'384) {
  ByteWriter body;
  body.u16(0x0303).raw(Bytes(32, 0x5a)).u8(0).block16(Bytes{0x13, 0x01}).u8(1).u8(0).block16(extensions);
  ByteWriter message;
  message.u8(1).u8(0).block16(body.bytes());
  Bytes out;
  for (ByteView rest = message.bytes(); !rest.empty();) {
    const std::size_t size = std::min(piece, rest.size());
    ByteWriter record;
    record.u8(22).u16(0x0301).block16(rest.first(size));
    out.insert(out.end(), record.bytes().begin(), record.bytes().end());
    rest = rest.subspan(size);
  }
  return out;
}
// RFC 8446, 4.2.11: one identity with its age, and a binder.
Bytes offer_of(const Bytes& ticket) {
  ByteWriter identity;
  identity.block16(ticket).u32(0);
  ByteWriter out;
  out.block16(identity.bytes()).block16(Bytes(33, 32));
  return std::move(out).take();
}
Hello verdict(ByteView begun) {
  return look_at_hello(begun).hello;
}
Bytes with_session(std::size_t piece = 16'384) {
  Bytes extensions = extension(43, {0x02, 0x03, 0x04});
  const Bytes offer = extension(41, offer_of(Bytes(32, 1)));
  extensions.insert(extensions.end(), offer.begin(), offer.end());
  return hello(extensions, piece);
}

TEST(ClientHello, OneWithASessionIsToldFromOneWithout) {
  EXPECT_EQ(verdict(hello(extension(43, {0x02, 0x03, 0x04}))), Hello::full);
  EXPECT_EQ(verdict(with_session()), Hello::resuming);
}

TEST(ClientHello, SaysWhichTicketItBrings) {
  EXPECT_EQ(look_at_hello(with_session()).ticket, Bytes(32, 1));
  EXPECT_EQ(look_at_hello(with_session(1)).ticket, Bytes(32, 1));
  EXPECT_EQ(look_at_hello(hello(extension(43, {0x02, 0x03, 0x04}))).ticket, Bytes());
}

TEST(ClientHello, AnOfferThatCannotBeReadIsNone) {
  EXPECT_EQ(verdict(hello(extension(41, Bytes(60, 1)))), Hello::full);
  EXPECT_EQ(verdict(hello(extension(41, {}))), Hello::full);
  EXPECT_EQ(verdict(hello(extension(41, offer_of({})))), Hello::full);
}

TEST(ClientHello, MayBeCutIntoRecords) {
  EXPECT_EQ(verdict(with_session(1)), Hello::resuming);
  EXPECT_EQ(verdict(with_session(50)), Hello::resuming);
}

TEST(ClientHello, IsIncompleteUntilItsLastByte) {
  const Bytes whole = with_session(40);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(verdict(ByteView(whole).first(size)), Hello::incomplete) << size;
}

TEST(ClientHello, WhatIsNotTlsIsToldAtItsFirstByte) {
  EXPECT_EQ(verdict(as_bytes("G")), Hello::not_tls);
  EXPECT_EQ(verdict(from_hex("1601").value()), Hello::not_tls);
  EXPECT_EQ(verdict(from_hex("1603010000").value()), Hello::not_tls);        // an empty record
  EXPECT_EQ(verdict(from_hex("160301000102").value()), Hello::not_tls);      // another message
  EXPECT_EQ(verdict(from_hex("1603010001011503").value()), Hello::not_tls);  // an alert in its middle
}

TEST(ClientHello, WhatCannotBeReadIsLeftToTheHandshake) {
  Bytes lying = with_session();
  lying[lying.size() - 77] = 0xff;  // the length of the last extension
  EXPECT_EQ(verdict(lying), Hello::full);
}

TEST(ClientHello, OneTooLongToBeLookedAtIsFull) {
  EXPECT_EQ(verdict(from_hex("16030140000100ffff").value()), Hello::full);
  EXPECT_EQ(verdict(hello(extension(21, Bytes(hello_bytes_max, 0)))), Hello::full);
  // Whole it would fit; in one-byte records it does not.
  EXPECT_EQ(verdict(hello(extension(21, Bytes(2'000, 0)), 1)), Hello::full);
}

}  // namespace
}  // namespace outrider::wire::tls
