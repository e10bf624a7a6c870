#include "server/backup/ustar.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace outrider::server::ustar {
namespace {

TEST(Ustar, AFileAndADirectoryComeBackAsTheyWere) {
  const Member file{.name = "ledger/acme/tile/0/000", .mode = 0600, .size = 8192, .modified = 1'790'000'000};
  const Member directory{.name = "ledger/acme", .directory = true, .mode = 0700};
  for (const Member& member : {file, directory}) {
    const auto block = encode(member);
    ASSERT_TRUE(block);
    const auto again = decode(*block);
    ASSERT_TRUE(again && *again);
    EXPECT_EQ(**again, member);
  }
}

TEST(Ustar, ALongNameIsCutAtASlash) {
  const Member member{.name = std::string(60, 'a') + "/" + std::string(90, 'b') + "/" + std::string(60, 'c')};
  const auto block = encode(member);
  ASSERT_TRUE(block);
  EXPECT_EQ((**decode(*block)).name, member.name);
  EXPECT_FALSE(encode({.name = std::string(101, 'a')})) << "no slash to cut at";
}

TEST(Ustar, ABlockOfZerosIsTheEnd) {
  const auto end = decode(Block{});
  ASSERT_TRUE(end);
  EXPECT_FALSE(*end);
}

TEST(Ustar, AnyFlippedBitOfAHeaderIsNoticed) {
  const auto good = encode({.name = "ledger/wal/000", .size = 77});
  ASSERT_TRUE(good);
  for (std::size_t bit = 0; bit < block_bytes * 8; ++bit) {
    Block bad = *good;
    bad[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    const auto decoded = decode(bad);
    // The padding of the checksum field itself carries nothing.
    if (decoded) {
      EXPECT_TRUE(bit / 8 >= 148 && bit / 8 < 156) << "bit " << bit;
    }
  }
}

void fix_checksum(Block& block) {
  std::fill_n(block.begin() + 148, 8, std::uint8_t{' '});
  std::uint32_t sum = 0;
  for (const auto byte : block) sum += byte;
  for (int i = 5; i >= 0; --i, sum /= 8)
    block[static_cast<std::size_t>(148 + i)] = static_cast<std::uint8_t>('0' + sum % 8);
  block[154] = 0;
}

std::string refusal_of(const std::string& name, char type = '0') {
  Block block = *encode({.name = "x"});
  std::fill_n(block.begin(), 100, std::uint8_t{0});
  std::copy(name.begin(), name.end(), block.begin());
  block[156] = static_cast<std::uint8_t>(type);
  fix_checksum(block);
  const auto decoded = decode(block);
  return decoded ? "" : decoded.error().reason;
}

TEST(Ustar, NamesThatLeadOutOfTheDirectoryAreRefused) {
  EXPECT_EQ(refusal_of("fine/name"), "");
  for (const char* name : {"/etc/passwd", "../x", "a/../../x", "a//b", "./a", "a/.", "", "a\\..\\b", "a\nb", "a/"})
    EXPECT_EQ(refusal_of(name), "unsafe-name") << name;
  EXPECT_EQ(refusal_of("a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a/a"), "unsafe-name") << "too deep";
}

TEST(Ustar, LinksDevicesAndExtensionsAreRefused) {
  for (const char type : {'1', '2', '3', '4', '6', '7', 'x', 'g', 'L'})
    EXPECT_EQ(refusal_of("fine", type), "unsupported-type") << type;
}

TEST(Ustar, WhatIsNoUstarIsRefused) {
  Block block = *encode({.name = "x"});
  block[257] = 'X';
  fix_checksum(block);
  EXPECT_EQ(decode(block).error().reason, "not-ustar");
  EXPECT_EQ(decode(ByteView(block).first(100)).error().reason, "truncated");
  Block number = *encode({.name = "x"});
  number[124] = '9';
  fix_checksum(number);
  EXPECT_EQ(decode(number).error().reason, "bad-number");
}

}  // namespace
}  // namespace outrider::server::ustar
