#include "base/log.h"

#include <gtest/gtest.h>

#include <string>

namespace outrider::log {
namespace {

// The line as written, from the event on.
std::string line_of(std::string_view event, Fields fields) {
  testing::internal::CaptureStderr();
  warn(event, fields);
  const std::string line = testing::internal::GetCapturedStderr();
  const auto at = line.find(event);
  return at == std::string::npos ? line : line.substr(at);
}

TEST(Log, ALineIsOneEventWithFields) {
  EXPECT_EQ(line_of("enrolment refused", {{"device", "t-1"}, {"count", 3}, {"share", 0.5}}),
            "enrolment refused device=t-1 count=3 share=0.5\n");
}

TEST(Log, ValuesFromOutsideCannotForgeALineOrAField) {
  EXPECT_EQ(line_of("e", {{"v", "a\nwarn  forged"}}), "e v=\"a\\x0awarn  forged\"\n");
  EXPECT_EQ(line_of("e", {{"v", "a b=c"}}), "e v=\"a b=c\"\n");
  EXPECT_EQ(line_of("e", {{"v", "say \"x\" \\"}}), "e v=\"say \\\"x\\\" \\\\\"\n");
  EXPECT_EQ(line_of("e", {{"v", "\x1b[31m\x7f\xc3\xa9"}}), "e v=\"\\x1b[31m\\x7f\\xc3\\xa9\"\n");
  EXPECT_EQ(line_of("e", {{"v", ""}}), "e v=\"\"\n");
  EXPECT_EQ(line_of("e", {{"v", "%v {}"}}), "e v=\"%v {}\"\n");
}

TEST(Log, LongValuesAreCut) {
  const std::string line = line_of("e", {{"v", std::string(100'000, 'x')}});
  EXPECT_LT(line.size(), 300U);
  EXPECT_NE(line.find("…"), std::string::npos);
}

TEST(Log, LinesBelowTheLevelAreNotWritten) {
  testing::internal::CaptureStderr();
  set_level(Level::error);
  warn("quiet");
  error("loud");
  set_level(Level::info);
  debug("quiet too");
  const std::string lines = testing::internal::GetCapturedStderr();
  EXPECT_EQ(lines.find("quiet"), std::string::npos);
  EXPECT_NE(lines.find("loud"), std::string::npos);
}

TEST(LogThrottle, LetsABurstThroughAndCountsTheRest) {
  constexpr std::uint64_t tries = 1000;
  constexpr std::uint64_t burst = 5;
  Throttle throttle(burst);
  std::uint64_t allowed = 0;
  std::uint64_t reported = 0;
  for (std::uint64_t i = 0; i < tries; ++i) {
    std::uint64_t suppressed = 0;
    if (throttle.allow(suppressed)) {
      ++allowed;
      reported += suppressed;
    }
  }
  EXPECT_GE(allowed, burst);
  EXPECT_LE(allowed, 2 * burst);  // the loop may run across the end of a second
  EXPECT_LE(allowed + reported, tries);
}

TEST(LogThrottle, OfNothingLetsNothingThrough) {
  Throttle throttle(0);
  std::uint64_t suppressed = 0;
  EXPECT_FALSE(throttle.allow(suppressed));
}

}  // namespace
}  // namespace outrider::log
