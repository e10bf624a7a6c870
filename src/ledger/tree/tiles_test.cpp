#include "ledger/tree/tiles.h"

#include <gtest/gtest.h>

namespace outrider::ledger {
namespace {

// The examples of C2SP tlog-tiles.
TEST(Tiles, LieWhereTheSpecificationSays) {
  EXPECT_EQ(tile_path(0, 1'234'067, tile_width), "tile/0/x001/x234/067");
  EXPECT_EQ(tile_path(2, 0, 1), "tile/2/000.p/1");
  EXPECT_EQ(bundle_path(999, tile_width), "tile/entries/999");
  EXPECT_EQ(bundle_path(1000, 17), "tile/entries/x001/000.p/17");
}

TEST(Tiles, HaveTheWidthsOfTheSpecification) {
  EXPECT_EQ(width_at(0, 272, 70'000), tile_width);
  EXPECT_EQ(width_at(0, 273, 70'000), 112U);
  EXPECT_EQ(width_at(0, 274, 70'000), 0U);
  EXPECT_EQ(width_at(1, 0, 70'000), tile_width);
  EXPECT_EQ(width_at(1, 1, 70'000), 17U);
  EXPECT_EQ(width_at(2, 0, 70'000), 1U);
  EXPECT_EQ(width_at(0, 0, 256), tile_width);
  EXPECT_EQ(width_at(1, 0, 256), 1U);
  EXPECT_EQ(partial_width(0, 256), 0U);
}

TEST(Tiles, ABundleIsLengthsAndEntriesAndNothingElse) {
  Bytes bundle;
  append_to_bundle(bundle, as_bytes("one"));
  append_to_bundle(bundle, {});
  const auto entries = split_bundle(bundle);
  ASSERT_TRUE(entries);
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(as_text(entries->at(0)), "one");
  bundle.push_back(0);
  EXPECT_FALSE(split_bundle(bundle));
  EXPECT_FALSE(split_bundle(Bytes(2 * (tile_width + 1))));
  EXPECT_FALSE(decode_tile(Bytes(33)));
  EXPECT_FALSE(decode_tile({}));
}

}  // namespace
}  // namespace outrider::ledger
