#include "detect/checks/motion/motion_memory.h"

#include <gtest/gtest.h>

namespace outrider::detect {
namespace {

facts::RouteAssigned route(std::size_t points) {
  facts::RouteAssigned fact;
  for (std::size_t i = 0; i < points; ++i) fact.points.push_back({50 + 0.01 * static_cast<double>(i), 8});
  return fact;
}

facts::FenceSet fence(const std::string& name) {
  facts::FenceSet fact;
  fact.fence = name;
  fact.centre = {50, 8};
  fact.radius_m = 1000;
  fact.by = "local:0";
  return fact;
}

std::size_t fences(const MotionMemory& memory) {
  std::size_t count = 0;
  memory.each_fence([&](const Fence&) { ++count; });
  return count;
}

Bytes bytes(const MotionMemory& memory) {
  ByteWriter out;
  memory.save(out);
  return std::move(out).take();
}

TEST(MotionMemory, ANewRouteReplacesTheOldOne) {
  MotionMemory memory;
  memory.assign(1, route(3));
  memory.assign(1, route(5));
  ASSERT_NE(memory.route(1, 0), nullptr);
  EXPECT_EQ(memory.route(1, 0)->points.size(), 5);
  EXPECT_EQ(memory.route(2, 0), nullptr);
}

TEST(MotionMemory, WhatIsNoRouteEndsTheOldOne) {
  MotionMemory memory;
  for (const std::size_t points : {std::size_t{0}, std::size_t{1}, MotionMemory::route_points_max + 1}) {
    memory.assign(1, route(3));
    memory.assign(1, route(points));
    EXPECT_EQ(memory.route(1, 0), nullptr) << points;
  }
}

TEST(MotionMemory, AFenceOfTheSameNameMovesAndARadiusOfZeroRemovesIt) {
  MotionMemory memory;
  auto fact = fence("yard");
  memory.set(0, fact);
  fact.device = DeviceId("t-1");
  memory.set(7, fact);
  EXPECT_EQ(fences(memory), 1);
  fact.radius_m = 0;
  memory.set(7, fact);
  EXPECT_EQ(fences(memory), 0);
}

TEST(MotionMemory, AFenceOfAnUnknownDeviceIsNotOneOfAll) {
  MotionMemory memory;
  auto fact = fence("yard");
  fact.device = DeviceId("nobody");
  memory.set(0, fact);
  EXPECT_EQ(fences(memory), 0);
}

TEST(MotionMemory, FencesOfOneAreLimited) {
  MotionMemory memory;
  for (std::size_t i = 0; i < 2 * MotionMemory::fences_of_one_max; ++i) memory.set(0, fence("f" + std::to_string(i)));
  EXPECT_EQ(fences(memory), MotionMemory::fences_of_one_max);
}

TEST(MotionMemory, ComesBackFromItsSnapshot) {
  MotionMemory memory;
  memory.assign(1, route(3));
  memory.assign(9, route(4));
  memory.set(0, fence("all"));
  auto own = fence("own");
  own.profile = ProfileId("trailer");
  memory.set(0, own);
  const Bytes saved = bytes(memory);
  MotionMemory back;
  ByteReader in(saved);
  ASSERT_TRUE(back.load(in));
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(bytes(back), saved);
  back.assign(1, route(0));
  own.radius_m = 0;
  back.set(0, own);
  EXPECT_EQ(fences(back), 1);
}

TEST(MotionMemory, ADamagedSnapshotIsRefused) {
  MotionMemory memory;
  memory.assign(1, route(3));
  memory.set(0, fence("all"));
  const Bytes saved = bytes(memory);
  for (std::size_t cut = 0; cut < saved.size(); ++cut) {
    MotionMemory back;
    ByteReader in(ByteView(saved).first(cut));
    EXPECT_FALSE(back.load(in)) << cut;
  }
}

}  // namespace
}  // namespace outrider::detect
