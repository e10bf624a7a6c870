// RFC 8446, 5 and 6, clause by clause, on bytes.
#include "net/tls/record/record.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace outrider::net::tls {
namespace {

using Alert = AlertDescription;

Bytes record(std::uint8_t type, std::size_t length, std::size_t present) {
  Bytes out{type, 3, 3, static_cast<std::uint8_t>(length >> 8U), static_cast<std::uint8_t>(length)};
  out.resize(header_bytes + present, 0);
  return out;
}

TEST(TlsRecord, IsWholeWhenAllItsBytesAreThere) {
  EXPECT_EQ(whole_record({}), std::size_t{0});
  EXPECT_EQ(whole_record(Bytes{23, 3, 3, 0}), std::size_t{0});
  EXPECT_EQ(whole_record(record(23, 100, 99)), std::size_t{0});
  EXPECT_EQ(whole_record(record(23, 100, 100)), std::size_t{105});
  EXPECT_EQ(whole_record(record(23, 100, 300)), std::size_t{105});
}

TEST(TlsRecord, ItsLegacyVersionIsOfNoMeaning) {
  auto bytes = record(23, 20, 20);
  bytes[1] = 0;
  bytes[2] = 9;
  EXPECT_EQ(whole_record(bytes), std::size_t{25});
}

TEST(TlsRecord, EveryTypeButApplicationDataIsRefusedAtItsFirstByte) {
  for (int type = 0; type < 256; ++type) {
    if (type == 23) continue;
    const auto refused = whole_record(Bytes{static_cast<std::uint8_t>(type)});
    ASSERT_FALSE(refused) << type;
    EXPECT_EQ(refused.error().alert, Alert::unexpected_message) << type;
  }
}

TEST(TlsRecord, TooLongOrTooShortIsRefusedBeforeItsBodyHasCome) {
  EXPECT_EQ(whole_record(record(23, ciphertext_bytes_max, 0)), std::size_t{0});
  EXPECT_EQ(whole_record(record(23, ciphertext_bytes_max + 1, 0)).error().alert, Alert::record_overflow);
  EXPECT_EQ(whole_record(record(23, tag_bytes, 0)), std::size_t{0});
  EXPECT_EQ(whole_record(record(23, tag_bytes - 1, 0)).error().alert, Alert::bad_record_mac);
}

TEST(TlsInnerPlaintext, PaddingIsStripped) {
  const Bytes text{'h', 'i', 23, 0, 0, 0};
  const auto inner = parse_inner(text);
  ASSERT_TRUE(inner);
  EXPECT_EQ(inner->type, ContentType::application_data);
  EXPECT_EQ(as_text(inner->content), "hi");
}

TEST(TlsInnerPlaintext, ContentMayEndInZeros) {
  const Bytes text{0, 0, 23};
  EXPECT_EQ(parse_inner(text)->content.size(), 2U);
}

TEST(TlsInnerPlaintext, NothingButPaddingIsRefused) {
  EXPECT_EQ(parse_inner({}).error().alert, Alert::unexpected_message);
  EXPECT_EQ(parse_inner(Bytes(100, 0)).error().alert, Alert::unexpected_message);
}

TEST(TlsInnerPlaintext, OverlongIsRefusedEvenWhenItIsPadding) {
  Bytes text(plaintext_bytes_max + 2, 0);
  text[0] = 23;
  EXPECT_EQ(parse_inner(text).error().alert, Alert::record_overflow);
  text.resize(plaintext_bytes_max + 1);
  EXPECT_TRUE(parse_inner(text));
}

TEST(TlsInnerPlaintext, UnknownTypesAndAChangeCipherSpecWithinAreRefused) {
  for (const std::uint8_t type : std::initializer_list<std::uint8_t>{1, 20, 24, 255})
    EXPECT_EQ(parse_inner(Bytes{1, type}).error().alert, Alert::unexpected_message);
}

TEST(TlsInnerPlaintext, EmptyAlertsAndHandshakesAreRefusedEmptyContentIsNot) {
  EXPECT_EQ(parse_inner(Bytes{21}).error().alert, Alert::unexpected_message);
  EXPECT_EQ(parse_inner(Bytes{22, 0}).error().alert, Alert::unexpected_message);
  EXPECT_TRUE(parse_inner(Bytes{23})->content.empty());
}

TEST(TlsAlert, IsOneToARecord) {
  EXPECT_EQ(parse_alert(Bytes{1, 0}), Alert::close_notify);
  EXPECT_EQ(parse_alert(Bytes{2}).error().alert, Alert::decode_error);
  EXPECT_EQ(parse_alert(Bytes{1, 0, 1, 0}).error().alert, Alert::decode_error);
}

TEST(TlsAlert, EveryOneOfTheStandardHasItsName) {
  EXPECT_EQ(name_of(Alert::bad_record_mac), "bad_record_mac");
  EXPECT_EQ(name_of(Alert::no_application_protocol), "no_application_protocol");
  EXPECT_EQ(name_of(static_cast<Alert>(200)), "unknown");
}

TEST(TlsHandshake, OnlyKeyUpdateMayComeFromAClient) {
  for (int type = 0; type < 256; ++type) {
    const Bytes header{static_cast<std::uint8_t>(type), 0, 0, 1};
    EXPECT_EQ(parse_handshake_header(header, false).has_value(), type == 24) << type;
    EXPECT_EQ(parse_handshake_header(header, true).has_value(), type == 24 || type == 4) << type;
  }
  EXPECT_EQ(parse_handshake_header(Bytes{1, 0, 0, 0}, false).error().alert, Alert::unexpected_message);
}

TEST(TlsHandshake, AKeyUpdateHasOneByteThatIsZeroOrOne) {
  EXPECT_EQ(parse_handshake_header(Bytes{24, 0, 0, 2}, false).error().alert, Alert::decode_error);
  EXPECT_EQ(parse_handshake_header(Bytes{24, 0, 0, 0}, false).error().alert, Alert::decode_error);
  for (const auto request : {KeyUpdateRequest::update_not_requested, KeyUpdateRequest::update_requested}) {
    std::array<std::uint8_t, key_update_bytes> message{};
    put_key_update(message.data(), request);
    EXPECT_EQ(parse_key_update(message), request);
  }
  EXPECT_EQ(parse_key_update(Bytes{24, 0, 0, 1, 2}).error().alert, Alert::illegal_parameter);
}

}  // namespace
}  // namespace outrider::net::tls
