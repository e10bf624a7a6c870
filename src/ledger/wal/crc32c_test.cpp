#include "ledger/wal/crc32c.h"

#include <gtest/gtest.h>

namespace outrider::ledger {
namespace {

// RFC 3720, B.4.
TEST(Crc32c, GivesTheValuesOfTheStandard) {
  EXPECT_EQ(crc32c(Bytes(32, 0x00)), 0x8A9136AAU);
  EXPECT_EQ(crc32c(Bytes(32, 0xFF)), 0x62A8AB43U);
  Bytes rising;
  for (std::uint8_t i = 0; i < 32; ++i) rising.push_back(i);
  EXPECT_EQ(crc32c(rising), 0x46DD794EU);
}

TEST(Crc32c, GoesOnFromAPart) {
  const ByteView whole = as_bytes("123456789");
  EXPECT_EQ(crc32c(whole), 0xE3069283U);
  EXPECT_EQ(crc32c(whole.subspan(4), crc32c(whole.first(4))), 0xE3069283U);
}

}  // namespace
}  // namespace outrider::ledger
