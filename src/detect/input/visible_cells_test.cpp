#include "detect/input/visible_cells.h"

#include <gtest/gtest.h>

#include <array>

namespace outrider::detect {
namespace {

TEST(VisibleCells, AreReadInTheirOrder) {
  std::array<CellKey, 6> cells;
  ASSERT_EQ(read_visible_cells("427-1-9301-23733 262-02-65534-68719476735", cells), 2U);
  EXPECT_EQ(cells[0], (CellKey{427, 1, 9301, 23733}));
  EXPECT_EQ(cells[1], (CellKey{262, 2, 65534, 68719476735}));
  EXPECT_EQ(cells[2].cell, 0U);
}

TEST(VisibleCells, WhatCannotBeReadEndsTheList) {
  for (const char* text : {"", " ", "427", "427-1-9301", "427-1-9301-", "1427-1-1-1", "427-1-1-0", "-427-1-1-1",
                           "427-1-1-1x", "427-1-99999999999-1", "427-1-1-99999999999999999999999", "\xff\xff-1-1-1"}) {
    std::array<CellKey, 6> cells;
    EXPECT_EQ(read_visible_cells(text, cells), 0U) << text;
  }
  std::array<CellKey, 6> cells;
  EXPECT_EQ(read_visible_cells("427-1-1-7 427-1-1-x 427-1-1-8", cells), 1U);
}

TEST(VisibleCells, NoMoreAreTakenThanThereIsRoomFor) {
  std::array<CellKey, 2> cells;
  EXPECT_EQ(read_visible_cells("1-1-1-1 1-1-1-2 1-1-1-3", cells), 2U);
}

}  // namespace
}  // namespace outrider::detect
