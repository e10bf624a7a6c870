#include "detect/checks/numeric/channel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <random>
#include <vector>

namespace outrider::detect {
namespace {

constexpr double interval_s = 300;

// A day with its warm afternoon, and noise.
double usual(std::size_t i, std::mt19937& random) {
  std::normal_distribution<double> noise(0, 0.4);
  return 20 + 3 * std::sin(2 * std::numbers::pi * static_cast<double>(i) / 288) + noise(random);
}

struct Series {
  ChannelState state{};
  std::mt19937 random{7};
  std::size_t at = 0;
  float value(double v) { return follow(state, 1.6e9 + interval_s * static_cast<double>(at++), v).score; }
  float clean(std::size_t count) {
    float most = 0;
    for (std::size_t i = 0; i < count; ++i) most = std::max(most, value(usual(at, random)));
    return most;
  }
};

TEST(NumericChannel, SaysNothingBeforeItKnowsTheSeries) {
  Series run;
  EXPECT_EQ(run.clean(100), 0);
  EXPECT_EQ(run.value(1000), 0);
}

TEST(NumericChannel, ItsScoreIsCalibratedOnNoise) {
  // Eight series of 5,000 values: a score of 3 is one value in 1,000, so 40 are expected; of 4, four. Noise with a
  // daily wave is the worst that was measured: there a score of 4 comes twice as often as it should.
  std::size_t three = 0, four = 0;
  for (unsigned seed = 1; seed <= 8; ++seed) {
    Series run;
    run.random.seed(seed);
    for (int i = 0; i < 5000; ++i) {
      const float score = run.value(usual(run.at, run.random));
      three += score >= 3 ? 1 : 0;
      four += score >= 4 ? 1 : 0;
    }
  }
  EXPECT_LE(three, 50U);
  EXPECT_LE(four, 12U);
}

TEST(NumericChannel, FindsAStepAtItsFirstValue) {
  Series run;
  run.clean(2000);
  EXPECT_GE(run.value(35), 4);
}

TEST(NumericChannel, FindsALevelThatDriftsAway) {
  Series run;
  run.clean(2000);
  float most = 0;
  for (int i = 0; i < 400; ++i) most = std::max(most, run.value(usual(run.at, run.random) + 0.02 * i));
  EXPECT_GE(most, 3);
}

TEST(NumericChannel, FindsNoiseThatGrows) {
  Series run;
  run.clean(2000);
  std::normal_distribution<double> loud(0, 3);
  float most = 0;
  for (int i = 0; i < 60; ++i) most = std::max(most, run.value(usual(run.at, run.random) + loud(run.random)));
  EXPECT_GE(most, 3);
}

TEST(NumericChannel, FindsNoiseThatVanishes) {
  Series run;
  run.clean(2000);
  float most = 0;
  for (int i = 0; i < 60; ++i) most = std::max(most, run.value(20));
  EXPECT_GE(most, 2.5F);
}

TEST(NumericChannel, OneEventIsNotTen) {
  Series run;
  run.clean(2000);
  int said = 0;
  for (int i = 0; i < 50; ++i) said += run.value(35 + usual(run.at, run.random) - 20) >= 3 ? 1 : 0;
  EXPECT_GE(said, 1);
  EXPECT_LE(said, 3);
}

TEST(NumericChannel, KnowsNeitherUnitNorScale) {
  Series metres, millimetres;
  std::mt19937 random(3);
  for (int i = 0; i < 3000; ++i) {
    const double v = usual(metres.at, random);
    const float a = metres.value(v), b = millimetres.value(v * 1024);  // a power of two: the same digits
    ASSERT_NEAR(a, b, 0.05F + 0.05F * a) << i;
  }
}

TEST(NumericChannel, TheSameValuesGiveTheSameBytes) {
  Series a, b;
  a.clean(1000);
  b.clean(1000);
  EXPECT_EQ(std::memcmp(&a.state, &b.state, sizeof a.state), 0);
}

TEST(NumericChannel, StandsWhateverNumbersCome) {
  Series run;
  for (const double v : {0.0, 1e300, -1e300, 1e-300, 0.0, 1e30, 5.0})
    for (int i = 0; i < 200; ++i) EXPECT_TRUE(std::isfinite(run.value(v)));
  EXPECT_TRUE(std::isfinite(run.clean(500)));
}

}  // namespace
}  // namespace outrider::detect
