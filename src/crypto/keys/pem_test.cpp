#include "crypto/keys/pem.h"

#include <gtest/gtest.h>

namespace outrider::crypto {
namespace {

TEST(Pem, WritesLinesOfSixtyFourAndReadsThemBack) {
  const Bytes content(100, 0x41);
  const std::string text = to_pem("THING", content);
  EXPECT_TRUE(text.starts_with("-----BEGIN THING-----\nQUFB"));
  EXPECT_TRUE(text.ends_with("-----END THING-----\n"));
  EXPECT_EQ(from_pem(text), (std::vector<PemBlock>{{"THING", content}}));
}

TEST(Pem, SkipsWhatStandsBetweenBlocksAndTakesWindowsLineEnds) {
  const auto blocks =
      from_pem("subject=x\r\n-----BEGIN A-----\r\nAAEC\r\n-----END A-----\r\nissuer=y\n" + to_pem("B", as_bytes("b")));
  ASSERT_TRUE(blocks) << blocks.error().text();
  EXPECT_EQ(*blocks, (std::vector<PemBlock>{{"A", {0, 1, 2}}, {"B", {'b'}}}));
}

TEST(Pem, RefusesWhatIsBrokenAndSaysHow) {
  for (const auto* text : {"", "no block", "-----BEGIN A-----\nAAEC\n", "-----BEGIN A-----\nAAEC\n-----END B-----\n",
                           "-----BEGIN A-----\n!!!!\n-----END A-----\n", "-----BEGIN A\n-----\nAAEC\n-----END A-----\n",
                           "-----BEGIN A-----\nProc-Type: 4,ENCRYPTED\n\nAAEC\n-----END A-----\n"}) {
    const auto blocks = from_pem(text);
    ASSERT_FALSE(blocks) << text;
    EXPECT_EQ(blocks.error().reason, "bad-pem");
    EXPECT_FALSE(blocks.error().detail.empty());
  }
}

TEST(Pem, OfUnboundedSizeIsRefused) {
  EXPECT_EQ(from_pem(std::string(pem_text_bytes_max + 1, ' ')).error().code, Errc::too_large);
  std::string many;
  for (std::size_t i = 0; i <= pem_blocks_max; ++i) many += to_pem("A", as_bytes("a"));
  EXPECT_EQ(from_pem(many).error().code, Errc::too_large);
}

TEST(Pem, ASecretStandsAlone) {
  EXPECT_EQ(as_text(secret_from_pem(to_pem("A", as_bytes("a")))->content.view()), "a");
  EXPECT_FALSE(secret_from_pem(to_pem("A", as_bytes("a")) + to_pem("B", as_bytes("b"))));
}

}  // namespace
}  // namespace outrider::crypto
