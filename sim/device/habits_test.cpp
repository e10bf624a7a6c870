#include "sim/device/habits.h"

#include <gtest/gtest.h>

#include <map>

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;
using Event = Habits::Event;

TEST(Habits, WithoutPacesNothingEverHappens) {
  Random random(1);
  Habits habits;
  habits.begin({}, Habits::Clock::now(), random);
  EXPECT_EQ(habits.next(), Habits::Clock::time_point::max());
  EXPECT_FALSE(habits.take(Habits::Clock::now() + 1000h, random));
}

TEST(Habits, EachHappensAtItsOwnAveragePace) {
  Random random(7);
  Habits habits;
  const auto from = Habits::Clock::now();
  habits.begin({.renew = 60s, .roam = 10s, .nap = 30s}, from, random);
  std::map<Event, int> seen;
  for (auto now = from; now < from + 6000s; now += 100ms)
    while (const auto event = habits.take(now, random)) ++seen[*event];
  EXPECT_NEAR(seen[Event::renew], 100, 10);
  EXPECT_NEAR(seen[Event::roam], 600, 30);
  EXPECT_NEAR(seen[Event::nap], 200, 20);
}

TEST(Habits, ManyDevicesThatBeginTogetherDoNotActTogether) {
  const auto from = Habits::Clock::now();
  std::map<long, int> by_second;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    Random random(seed);
    Habits habits;
    habits.begin({.roam = 100s}, from, random);
    ++by_second[std::chrono::duration_cast<std::chrono::seconds>(habits.next() - from).count()];
  }
  for (const auto& [second, devices] : by_second) EXPECT_LT(devices, 40) << "in second " << second;
}

}  // namespace
}  // namespace outrider::sim
