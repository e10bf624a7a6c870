#include "wire/cose/signed_reading.h"

#include <gtest/gtest.h>

#include "wire/cose/sign1.h"

namespace outrider::wire::cose {
namespace {

const Timestamp now = from_micros(1'790'000'000'000'000);

Headers good() {
  Headers out;
  out.algorithm = -7;
  out.content_type = std::uint64_t{110};
  out.key_id = Bytes{0x4f, 0xa1};
  out.boot_count = 3;
  out.number = 12;
  return out;
}

Bytes message(const Headers& headers, std::string_view payload = R"([{"n":"temperature","u":"Cel","v":4}])") {
  return encode_sign1(encode_headers(headers), as_bytes(payload), Bytes(64));
}

std::string refusal(ByteView bytes) {
  const auto read = parse_signed_reading(bytes);
  if (read) return "";
  EXPECT_EQ(read.error().reason, "bad-signed-reading") << read.error().text();
  return read.error().detail;
}

TEST(SignedReading, IsReadWithWhatItsHeadersSay) {
  const auto read = parse_signed_reading(message(good()));
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->algorithm, Algorithm::ES256);
  EXPECT_EQ(read->format, Format::json);
  EXPECT_EQ(hex(read->key_id), "4fa1");
  EXPECT_EQ(read->boot_count, 3U);
  EXPECT_EQ(read->number, 12U);
  EXPECT_EQ(protected_headers(*read), read->protected_bytes);
  EXPECT_EQ(open_pack(*read, now)->front().name, "temperature");
}

TEST(SignedReading, NamesItsContentByNumberOrByWord) {
  auto headers = good();
  headers.content_type = std::string(senml_json);
  EXPECT_EQ(parse_signed_reading(message(headers))->format, Format::json);
  headers.content_type = std::string(senml_cbor);
  EXPECT_EQ(parse_signed_reading(message(headers))->format, Format::cbor);
  headers.content_type = std::uint64_t{112};
  EXPECT_EQ(parse_signed_reading(message(headers))->format, Format::cbor);
  EXPECT_FALSE(open_pack(*parse_signed_reading(message(headers)), now)) << "JSON inside that calls itself CBOR";
}

TEST(SignedReading, NeedsNoTagWhereTheContentTypeSaysWhatItIs) {
  const Bytes tagged = message(good());
  EXPECT_EQ(parse_signed_reading(ByteView(tagged).subspan(1))->number, 12U);
}

TEST(SignedReading, SaysWhichHeaderIsMissingOrWrong) {
  const auto without = [](auto take) {
    auto headers = good();
    take(headers);
    return refusal(message(headers));
  };
  EXPECT_NE(without([](Headers& h) { h.algorithm.reset(); }).find("alg"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.algorithm = -37; }).find("-37"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.content_type.reset(); }).find("content type"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.content_type = std::uint64_t{50}; }).find("neither"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.content_type = std::string("text/plain"); }).find("neither"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.key_id.reset(); }).find("kid"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.key_id->clear(); }).find("kid"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.key_id = Bytes(22); }).find("kid"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.boot_count.reset(); }).find("-65537"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.boot_count = boot_count_max + 1; }).find("boot count"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.number.reset(); }).find("-65538"), std::string::npos);
  EXPECT_NE(without([](Headers& h) { h.number = number_max + 1; }).find("number"), std::string::npos);
}

TEST(SignedReading, IsNothingThatTheSignatureDoesNotCover) {
  const std::string digits = hex(message(good()));
  const std::string empty_map_and_payload = "a05825";
  const auto at = digits.find(empty_map_and_payload);
  ASSERT_NE(at, std::string::npos);
  auto with = [&](std::string_view other) {
    std::string out = digits;
    out.replace(at, empty_map_and_payload.size(), other);
    return from_hex(out).value();
  };
  EXPECT_NE(refusal(with("a163616263015825")).find("does not protect"), std::string::npos);
  EXPECT_NE(refusal(with("a0590025")).find("deterministic"), std::string::npos);
  EXPECT_EQ(parse_signed_reading(with("bfff5825")).error().reason, "bad-cose");
  EXPECT_NE(refusal(from_hex("8440a0f640").value()).find("payload"), std::string::npos);
}

}  // namespace
}  // namespace outrider::wire::cose
