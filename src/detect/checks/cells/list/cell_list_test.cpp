#include "detect/checks/cells/list/cell_list.h"

#include <gtest/gtest.h>

namespace outrider::detect {
namespace {

TEST(CellList, ColumnsAreTakenByTheirNames) {
  const auto cells = read_cell_list(
      "updated,cell,lac,mnc,mcc,radio,lon,lat,range,samples\n1,21021,9501,1,427,GSM,51.562476,25.27155,2514,47\n");
  ASSERT_TRUE(cells) << cells.error().text();
  ASSERT_EQ(cells->size(), 1U);
  EXPECT_EQ((*cells)[0], (CellSeed{{427, 1, 9501, 21021}, Radio::gsm, 25.27155, 51.562476, 2514, 47}));
}

TEST(CellList, AnOpenCellIdDumpWithoutNamesIsRead) {
  const auto cells = read_cell_list("LTE,262,2,801,86355,0,13.285512,52.522202,1000,7,1,1282569574,1300175362,0\r\n");
  ASSERT_TRUE(cells) << cells.error().text();
  EXPECT_EQ((*cells)[0], (CellSeed{{262, 2, 801, 86355}, Radio::lte, 52.522202, 13.285512, 1000, 7}));
}

TEST(CellList, WhatNoCellCanHaveIsRefusedWithItsLine) {
  const std::string good = "radio,mcc,mnc,area,cell,lat,lon\nGSM,262,1,7,5,50,8\n";
  for (const auto* line :
       {"GSM,0,1,7,5,50,8", "GSM,1000,1,7,5,50,8", "GSM,262,1000,7,5,50,8", "GSM,262,1,16777216,5,50,8",
        "GSM,262,1,7,0,50,8", "GSM,262,1,7,68719476736,50,8", "GSM,262,1,7,5,90.1,8", "GSM,262,1,7,5,nan,8",
        "GSM,262,1,7,5,50,-181", "GSM,262,1,7,5,inf,8", "WIFI,262,1,7,5,50,8", "GSM,262,1,7,5,50",
        "GSM,262,1,7,5x,50,8", "GSM,-1,1,7,5,50,8", "GSM,,1,7,5,50,8"}) {
    const auto refused = read_cell_list(good + line + "\n");
    ASSERT_FALSE(refused) << line;
    EXPECT_TRUE(refused.error().detail.starts_with("line 3")) << refused.error().text();
  }
  EXPECT_FALSE(read_cell_list(""));
  EXPECT_FALSE(read_cell_list("hello\nworld\n"));
}

TEST(CellList, MoreThanTheMapHoldsIsRefused) {
  std::string text = "radio,mcc,mnc,area,cell,lat,lon\n";
  for (std::size_t i = 0; i <= CellMap::cells_max; ++i) text += "GSM,262,1,7,5,50,8\n";
  const auto refused = read_cell_list(text);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large);
}

TEST(CellList, PiecesForTheLedgerHoldTheSameList) {
  std::vector<CellSeed> cells;
  for (std::uint64_t i = 1; i <= 5000; ++i)
    cells.push_back({{262, 1, 7, i}, Radio::lte, 50 + 1e-6 * static_cast<double>(i), -8, 1000, 3});
  const auto pieces = write_cell_list(cells);
  EXPECT_GT(pieces.size(), 3U);
  std::vector<CellSeed> again;
  for (const auto& piece : pieces) {
    EXPECT_LE(piece.size(), piece_bytes_max);
    const auto part = read_cell_list(piece);
    ASSERT_TRUE(part) << part.error().text();
    again.insert(again.end(), part->begin(), part->end());
  }
  ASSERT_EQ(again.size(), cells.size());
  EXPECT_EQ(again[4999].key, cells[4999].key);
  EXPECT_NEAR(again[4999].lat, cells[4999].lat, 1e-9);
}

}  // namespace
}  // namespace outrider::detect
