#include "detect/checks/numeric/quick_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace outrider::detect {
namespace {

TEST(QuickLog, IsOffByLessThanAMillionth) {
  // Every 997th of all normal positive floats, and all between 1 and 2, where most are asked for.
  const auto off = [](std::uint32_t bits) {
    const auto x = std::bit_cast<float>(bits);
    const double truth = std::log(static_cast<double>(x));
    return std::abs(static_cast<double>(quick_log(x)) - truth) / std::max(1.0, std::abs(truth));
  };
  double worst = 0;
  for (std::uint32_t bits = 0x00800000; bits < 0x7f800000; bits += 997) worst = std::max(worst, off(bits));
  for (std::uint32_t bits = 0x3f800000; bits < 0x40000000; bits += 13) worst = std::max(worst, off(bits));
  EXPECT_LT(worst, 1e-6);
  EXPECT_EQ(quick_log(1.0F), 0.0F);
}

TEST(QuickLog, StaysFiniteBeyondTheLargestNumber) {
  EXPECT_TRUE(std::isfinite(quick_log(std::numeric_limits<float>::infinity())));
  EXPECT_GT(quick_log(std::numeric_limits<float>::infinity()), quick_log(1e38F));
}

}  // namespace
}  // namespace outrider::detect
