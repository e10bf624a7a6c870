#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "wire/cbor/reader.h"
#include "wire/cbor/writer.h"

namespace outrider::wire::cbor {
namespace {

Bytes raw(std::string_view digits) {
  return *from_hex(digits);
}

template <class Write>
std::string written(Write&& write) {
  Bytes out;
  Writer writer(out);
  write(writer);
  return hex(out);
}

// RFC 8949, appendix A.
TEST(CborWriter, WritesTheExamplesOfTheSpecification) {
  EXPECT_EQ(written([](Writer& w) { w.integer(0); }), "00");
  EXPECT_EQ(written([](Writer& w) { w.integer(23); }), "17");
  EXPECT_EQ(written([](Writer& w) { w.integer(24); }), "1818");
  EXPECT_EQ(written([](Writer& w) { w.integer(1000); }), "1903e8");
  EXPECT_EQ(written([](Writer& w) { w.integer(1'000'000); }), "1a000f4240");
  EXPECT_EQ(written([](Writer& w) { w.integer(1'000'000'000'000); }), "1b000000e8d4a51000");
  EXPECT_EQ(written([](Writer& w) { w.integer(-1); }), "20");
  EXPECT_EQ(written([](Writer& w) { w.integer(-1000); }), "3903e7");
  EXPECT_EQ(written([](Writer& w) { w.integer(INT64_MIN); }), "3b7fffffffffffffff");
  EXPECT_EQ(written([](Writer& w) { w.negative_integer(UINT64_MAX); }), "3bffffffffffffffff");
  EXPECT_EQ(written([](Writer& w) { w.floating(0.0); }), "f90000");
  EXPECT_EQ(written([](Writer& w) { w.floating(-0.0); }), "f98000");
  EXPECT_EQ(written([](Writer& w) { w.floating(1.5); }), "f93e00");
  EXPECT_EQ(written([](Writer& w) { w.floating(65504.0); }), "f97bff");
  EXPECT_EQ(written([](Writer& w) { w.floating(100000.0); }), "fa47c35000");
  EXPECT_EQ(written([](Writer& w) { w.floating(3.4028234663852886e+38); }), "fa7f7fffff");
  EXPECT_EQ(written([](Writer& w) { w.floating(1.0e+300); }), "fb7e37e43c8800759c");
  EXPECT_EQ(written([](Writer& w) { w.floating(5.960464477539063e-8); }), "f90001");
  EXPECT_EQ(written([](Writer& w) { w.floating(0.00006103515625); }), "f90400");
  EXPECT_EQ(written([](Writer& w) { w.floating(-4.1); }), "fbc010666666666666");
  EXPECT_EQ(written([](Writer& w) { w.floating(HUGE_VAL); }), "f97c00");
  EXPECT_EQ(written([](Writer& w) { w.floating(std::nan("")); }), "f97e00");
  EXPECT_EQ(written([](Writer& w) { w.boolean(true).boolean(false).null().undefined(); }), "f5f4f6f7");
  EXPECT_EQ(written([](Writer& w) { w.simple(16).simple(255); }), "f0f8ff");
  EXPECT_EQ(written([](Writer& w) { w.tag(1).integer(1363896240); }), "c11a514b67b0");
  EXPECT_EQ(written([](Writer& w) { w.bytes(raw("01020304")).text("IETF").text("ü"); }),
            "44010203046449455446"
            "62c3bc");
  EXPECT_EQ(written([](Writer& w) { w.map(1).text("a").array(2).integer(1).integer(2); }),
            "a161618201"
            "02");
}

TEST(CborWriter, ANumberIsAnIntegerWhereThatLosesNothing) {
  EXPECT_EQ(written([](Writer& w) { w.number(23); }), "17");
  EXPECT_EQ(written([](Writer& w) { w.number(-18.5); }), "f9cca0");
  EXPECT_EQ(written([](Writer& w) { w.number(1e300); }), "fb7e37e43c8800759c");
}

TEST(CborReader, ReadsNumbersOfEveryEncoding) {
  EXPECT_EQ(*Reader(raw("1bffffffffffffffff")).read_unsigned(), UINT64_MAX);
  EXPECT_EQ(*Reader(raw("3b7fffffffffffffff")).read_integer(), INT64_MIN);
  EXPECT_EQ(*Reader(raw("1817")).read_integer(), 23);  // longer than needed
  EXPECT_EQ(*Reader(raw("3903e7")).read_number(), -1000);
  EXPECT_EQ(*Reader(raw("f93e00")).read_number(), 1.5);
  EXPECT_EQ(*Reader(raw("f90001")).read_number(), 5.960464477539063e-8);
  EXPECT_EQ(*Reader(raw("f9fc00")).read_number(), -HUGE_VAL);
  EXPECT_TRUE(std::isnan(*Reader(raw("f97e00")).read_number()));
  EXPECT_EQ(*Reader(raw("fa47c35000")).read_number(), 100000.0);
  EXPECT_EQ(*Reader(raw("fbc010666666666666")).read_number(), -4.1);
}

TEST(CborReader, JoinsStringsOfIndefiniteLength) {
  EXPECT_EQ(*Reader(raw("5f42010243030405ff")).read_bytes(), raw("0102030405"));
  EXPECT_EQ(*Reader(raw("7f657374726561646d696e67ff")).read_text(), "streaming");
  EXPECT_EQ(*Reader(raw("7fff")).read_text(), "");
}

TEST(CborReader, WalksContainersOfBothKinds) {
  for (const auto* text : {"8301820203820405", "9f01820203 9f0405ffff"}) {
    std::string digits(text);
    std::erase(digits, ' ');
    const Bytes bytes = raw(digits);
    Reader in(bytes);
    ASSERT_TRUE(in.enter_array());
    EXPECT_TRUE(*in.more());
    EXPECT_EQ(*in.read_integer(), 1);
    EXPECT_TRUE(*in.more());
    ASSERT_TRUE(in.skip());
    EXPECT_TRUE(*in.more());
    EXPECT_EQ(*in.peek(), Type::array);
    ASSERT_TRUE(in.skip());
    EXPECT_FALSE(*in.more());
    EXPECT_TRUE(in.finish());
  }
}

TEST(CborReader, PassesOverTagsAndTellsThem) {
  const Bytes bytes = raw("d9d9f7c11a514b67b0");
  Reader in(bytes);
  EXPECT_EQ(*in.peek(), Type::unsigned_integer);
  EXPECT_EQ(*in.read_unsigned(), 1363896240U);
  ASSERT_EQ(in.tags().size(), 2U);
  EXPECT_EQ(in.tags()[0], 55799U);
  EXPECT_EQ(in.tags()[1], 1U);
}

std::string refusal(std::string_view digits) {
  const Bytes bytes = raw(digits);
  Reader in(bytes);
  if (auto skipped = in.skip(); !skipped) return skipped.error().detail;
  if (auto finished = in.finish(); !finished) return finished.error().detail;
  return "accepted";
}

TEST(CborReader, RefusesWhatIsNotWellFormed) {
  EXPECT_EQ(refusal(""), "CBOR at offset 0: ends where an item should be");
  EXPECT_EQ(refusal("19ff"), "CBOR at offset 0: cut short");
  EXPECT_EQ(refusal("1c"), "CBOR at offset 0: reserved additional information");
  EXPECT_EQ(refusal("1f"), "CBOR at offset 0: an indefinite length here");
  EXPECT_EQ(refusal("ff"), "CBOR at offset 0: a break outside");
  EXPECT_EQ(refusal("f810"), "CBOR at offset 0: a simple value below 32 in two bytes");
  EXPECT_EQ(refusal("43aabb"), "CBOR at offset 0: a string longer than what is left");
  EXPECT_EQ(refusal("5bffffffffffffffff"), "CBOR at offset 0: a string longer than what is left");
  EXPECT_EQ(refusal("62c328"), "CBOR at offset 0: text that is not UTF-8");
  EXPECT_EQ(refusal("7f4100ff"), "CBOR at offset 1: expected a text string");
  EXPECT_EQ(refusal("7f7f6161ffff"), "CBOR at offset 1: expected a text string");
  EXPECT_EQ(refusal("9bffffffffffffffff00"), "CBOR at offset 0: more elements than bytes are left");
  EXPECT_EQ(refusal("bb7fffffffffffffff00"), "CBOR at offset 0: more elements than bytes are left");
  EXPECT_EQ(refusal("8201"), "CBOR at offset 0: more elements than bytes are left");
  EXPECT_EQ(refusal("9f01"), "CBOR at offset 2: ends inside a container");
  EXPECT_EQ(refusal("bf01ff"), "CBOR at offset 2: a break between key and value");
  EXPECT_EQ(refusal("8101ff"), "CBOR at offset 2: bytes after the last item");
  EXPECT_EQ(refusal("c1c1c1c1c100"), "CBOR at offset 0: too many tags");
  EXPECT_EQ(refusal("c1"), "CBOR at offset 1: ends where an item should be");
}

TEST(CborReader, RefusesContainersTooDeepInsideEachOther) {
  std::string deep;
  for (std::size_t i = 0; i < depth_max; ++i) deep += "81";
  EXPECT_EQ(refusal(deep + "00"), "accepted");
  EXPECT_EQ(refusal("81" + deep + "00"), "CBOR at offset 16: more than 16 containers inside each other");
}

TEST(CborReader, RefusesAnItemOfAnotherType) {
  EXPECT_EQ(Reader(raw("20")).read_unsigned().error().detail, "CBOR at offset 0: expected an unsigned integer");
  EXPECT_EQ(Reader(raw("1bffffffffffffffff")).read_integer().error().detail,
            "CBOR at offset 0: an integer of more than 64 bits");
  EXPECT_FALSE(Reader(raw("f6")).read_boolean());
  EXPECT_FALSE(Reader(raw("f5")).read_null());
  EXPECT_FALSE(Reader(raw("6161")).read_number());
  EXPECT_FALSE(Reader(raw("6161")).read_bytes());
  EXPECT_FALSE(Reader(raw("80")).enter_map());
  EXPECT_FALSE(Reader(raw("80")).more());
}

TEST(CborReader, AContainerGivesNoMoreThanItsElements) {
  const Bytes bytes = raw("810102");
  Reader in(bytes);
  ASSERT_TRUE(in.enter_array());
  ASSERT_TRUE(in.read_integer());
  EXPECT_FALSE(in.read_integer());
}

}  // namespace
}  // namespace outrider::wire::cbor
