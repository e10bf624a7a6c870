#include "base/bytes.h"

#include <gtest/gtest.h>

#include <type_traits>

#include <fmt/format.h>

namespace outrider {
namespace {

TEST(ByteReader, ReadsBigEndianIntegersAndKnowsWhereItIs) {
  const Bytes bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  ByteReader in(bytes);
  EXPECT_EQ(*in.u8(), 0x01);
  EXPECT_EQ(*in.u16(), 0x0203);
  EXPECT_EQ(*in.u32(), 0x04050607U);
  EXPECT_EQ(in.offset(), 7U);
  EXPECT_EQ(*in.u64(), 0x08090A0B0C0D0E0FU);
  EXPECT_TRUE(in.empty());
  EXPECT_TRUE(in.finish());
}

TEST(ByteReader, RefusesToReadPastTheEndAndStaysWhereItWas) {
  const Bytes bytes{1, 2, 3};
  ByteReader in(bytes);
  ASSERT_TRUE(in.u8());
  const auto beyond = in.u32();
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, Errc::malformed);
  EXPECT_EQ(beyond.error().detail, "truncated at offset 1");
  EXPECT_FALSE(in.take(SIZE_MAX));
  EXPECT_EQ(in.left(), 2U);
  EXPECT_EQ(in.finish().error().detail, "2 trailing bytes");
}

TEST(ByteReader, ABlockCannotReachPastItsLength) {
  const Bytes bytes{0, 2, 'a', 'b', 'c', 0, 9, 'd'};
  ByteReader in(bytes);
  auto block = in.block16();
  ASSERT_TRUE(block);
  EXPECT_EQ(as_text(block->rest()), "ab");
  EXPECT_FALSE(block->take(3));
  EXPECT_EQ(*in.u8(), 'c');
  EXPECT_FALSE(in.block16());  // nine bytes announced, one there
}

TEST(ByteWriter, WritesWhatTheReaderReads) {
  ByteWriter out;
  out.u8(1).u16(0x0203).u32(0x04050607).u64(0x08090A0B0C0D0E0F).block16(as_bytes("ab")).block32(as_bytes("c")).raw("d");
  EXPECT_EQ(hex(out.bytes()),
            "0102030405060708090a0b0c0d0e0f0002616200000001"
            "6364");
  EXPECT_EQ(out.size(), 25U);
  EXPECT_EQ(std::move(out).take().size(), 25U);
}

TEST(Hex, ReadsEitherCaseAndWritesLowerCase) {
  EXPECT_EQ(hex(*from_hex("00fFAb")), "00ffab");
  EXPECT_EQ(from_hex("")->size(), 0U);
  EXPECT_FALSE(from_hex("0"));
  EXPECT_FALSE(from_hex("0g"));
  EXPECT_EQ(from_hex("00:1").error().detail, "not a hexadecimal digit at offset 2");
}

// RFC 4648, section 10.
TEST(Base64, MatchesTheVectorsOfTheSpecification) {
  const std::pair<const char*, const char*> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(base64(as_bytes(plain)), encoded);
    EXPECT_EQ(as_text(*from_base64(encoded)), plain);
  }
}

TEST(Base64, TheTwoAlphabetsAreKeptApart) {
  const Bytes bytes{0xFB, 0xFF};
  EXPECT_EQ(base64(bytes), "+/8=");
  EXPECT_EQ(base64url(bytes), "-_8");
  EXPECT_EQ(*from_base64url("-_8"), bytes);
  EXPECT_FALSE(from_base64url("+/8"));
  EXPECT_FALSE(from_base64("-_8="));
}

TEST(Base64, SkipsLineBreaksOnlyInTheMimeForm) {
  EXPECT_EQ(as_text(*from_base64("Zm9v\r\nYmFy\n")), "foobar");
  EXPECT_FALSE(from_base64url("Zm9v\nYmFy"));
}

TEST(Base64, RefusesBadPaddingLeftOverBitsAndForeignCharacters) {
  for (const auto* bad : {"Zg", "Zg=", "Zg===", "Z", "Zh==", "Zm9=", "Zg==Zg==", "=", "Zm9v=", "Zm!v"}) {
    EXPECT_FALSE(from_base64(bad)) << bad;
  }
  for (const auto* bad : {"Zg==", "A", "Zh", "Zm 9v"}) EXPECT_FALSE(from_base64url(bad)) << bad;
  EXPECT_EQ(from_base64("Zm9v*").error().detail, "not a base64 character at offset 4");
}

TEST(ConstantTimeComparison, TellsEqualFromDifferent) {
  EXPECT_TRUE(equal_constant_time(as_bytes("secret"), as_bytes("secret")));
  EXPECT_TRUE(equal_constant_time({}, {}));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secreT")));
  EXPECT_FALSE(equal_constant_time(as_bytes("secret"), as_bytes("secre")));
}

TEST(Secret, CannotBeCopiedOrPrinted) {
  static_assert(!std::is_copy_constructible_v<Secret> && !std::is_copy_assignable_v<Secret>);
  static_assert(!fmt::is_formattable<Secret>::value);
}

TEST(Secret, LeavesNothingInTheOneItWasMovedFrom) {
  Secret first(std::string_view("key"));
  Secret second(std::move(first));
  EXPECT_EQ(as_text(second.view()), "key");
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): that is the promise
  second = Secret(std::string_view("other"));
  EXPECT_EQ(as_text(second.view()), "other");
}

TEST(Error, TellsWhatHappenedAndWhere) {
  Error error(Errc::corrupt, "bad-checksum", "entry 7 is damaged");
  error = std::move(error).during("opening the ledger");
  error = std::move(error).during("starting");
  EXPECT_EQ(error.text(), "entry 7 is damaged (opening the ledger; starting)");
  EXPECT_EQ(error.reason, "bad-checksum");
  EXPECT_EQ(name_of(error.code), "corrupt");
}

TEST(Error, OfTheSystemKeepsWhatCanBeDoneAboutIt) {
  EXPECT_EQ(system_error("open", "/x", ENOENT).code, Errc::not_found);
  EXPECT_EQ(system_error("open", "/x", EACCES).code, Errc::forbidden);
  EXPECT_EQ(system_error("open", "/x", EEXIST).code, Errc::conflict);
  EXPECT_EQ(system_error("write", "/x", ENOSPC).code, Errc::unavailable);
  EXPECT_EQ(system_error("open", "/x", ENOENT).detail, "open /x: No such file or directory");
}

}  // namespace
}  // namespace outrider
