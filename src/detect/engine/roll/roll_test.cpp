#include <gtest/gtest.h>

#include "detect/engine/roll/directory.h"
#include "detect/engine/roll/waker.h"

namespace outrider::detect {
namespace {

TEST(Waker, GivesDevicesInOrderOfTimeAndThenOfTheirIndex) {
  Waker waker;
  waker.add(30, 2);
  waker.add(10, 9);
  waker.add(30, 1);
  EXPECT_EQ(waker.due(9), std::nullopt);
  EXPECT_EQ(waker.due(30), (Waker::Visit{10, 9}));
  EXPECT_EQ(waker.due(30), (Waker::Visit{30, 1}));
  EXPECT_EQ(waker.due(30), (Waker::Visit{30, 2}));
  EXPECT_EQ(waker.due(30), std::nullopt);
}

TEST(Directory, KnowsADeviceByItsIdForEver) {
  Directory directory;
  const auto first = directory.add_device("t-1", 0);
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(directory.add_device("t-2", 0), 2U);
  EXPECT_EQ(directory.add_device("t-1", 0), first);
  EXPECT_EQ(directory.device("t-2"), 2U);
  EXPECT_EQ(directory.device("t-3"), 0U);
  EXPECT_EQ(directory.name(2), "t-2");
  EXPECT_EQ(directory.name(99), "");
}

TEST(Directory, ReplacesAProfileInItsPlace) {
  Directory directory;
  Contract tracker;
  tracker.profile = "tracker";
  const auto index = directory.add_contract(tracker);
  tracker.interval_s = 5;
  EXPECT_EQ(directory.add_contract(tracker), index);
  EXPECT_EQ(directory.contract(index).interval_s, 5);
  EXPECT_EQ(directory.contract_index("tracker"), index);
  EXPECT_EQ(directory.contract_index("other"), 0U);
}

TEST(Directory, KeepsStatesWhereTheyAreWhileTheFleetGrows) {
  Directory directory;
  const auto first = directory.add_device("t-0", 0);
  const DeviceState* place = &directory.state(first);
  for (int i = 1; i < 1000; ++i) directory.add_device("t-" + std::to_string(i), 0);
  EXPECT_EQ(&directory.state(first), place);
  EXPECT_EQ(directory.state(1000).device, 1000U);
}

}  // namespace
}  // namespace outrider::detect
