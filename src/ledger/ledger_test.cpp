#include "ledger/ledger.h"

#include <gtest/gtest.h>

#include "ledger/test_directory.h"

namespace outrider::ledger {
namespace {

TEST(Ledger, GivesBackWhatWasAppendedAfterARestart) {
  TestDirectory directory;
  {
    auto ledger = directory.open();
    ASSERT_TRUE(ledger->create_fleet(FleetId("north")));
    EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "hello")), 0U);
    EXPECT_EQ(ledger->append_and_wait(draft("north", "t-1", "world")), 1U);
  }
  auto ledger = directory.open();
  auto entries = ledger->read(FleetId("north"), 0, 10);
  ASSERT_TRUE(entries) << entries.error().text();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(as_text(entries->at(1).payload), "world");
  EXPECT_EQ(entries->at(1).number, 1U);
}

}  // namespace
}  // namespace outrider::ledger
