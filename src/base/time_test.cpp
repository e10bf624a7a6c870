#include "base/time.h"

#include <gtest/gtest.h>

namespace outrider {
namespace {

using namespace std::chrono_literals;

TEST(Rfc3339, WritesAsManyDecimalsAsNeeded) {
  const Timestamp t = from_micros(1'795'347'232'000'000);
  EXPECT_EQ(to_rfc3339(t), "2026-11-22T11:33:52Z");
  EXPECT_EQ(to_rfc3339(t + 250ms), "2026-11-22T11:33:52.250Z");
  EXPECT_EQ(to_rfc3339(t + 1us), "2026-11-22T11:33:52.000001Z");
  EXPECT_EQ(to_rfc3339(Timestamp{} - 1us), "1969-12-31T23:59:59.999999Z");
}

TEST(Rfc3339, ReadsOffsetsDecimalsAndLowerCase) {
  const Timestamp t = from_micros(1'795'347'232'000'000);
  EXPECT_EQ(*from_rfc3339("2026-11-22T11:33:52Z"), t);
  EXPECT_EQ(*from_rfc3339("2026-11-22t11:33:52z"), t);
  EXPECT_EQ(*from_rfc3339("2026-11-22 12:33:52+01:00"), t);
  EXPECT_EQ(*from_rfc3339("2026-11-22T06:03:52-05:30"), t);
  EXPECT_EQ(*from_rfc3339("2026-11-22T11:33:52.5Z"), t + 500ms);
  EXPECT_EQ(*from_rfc3339("2026-11-22T11:33:52.123456789Z"), t + 123'456us);
  EXPECT_EQ(*from_rfc3339("2016-12-31T23:59:60Z"), *from_rfc3339("2017-01-01T00:00:00Z"));
  EXPECT_EQ(to_rfc3339(*from_rfc3339("2024-02-29T00:00:00Z")), "2024-02-29T00:00:00Z");
}

TEST(Rfc3339, RefusesWhatIsNoTime) {
  for (const auto* bad :
       {"", "2026", "2026-11-22", "2026-11-22T11:33:52", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T11:60:00Z", "2026-11-22T11:33:61Z", "2026-11-22T11:33:52.Z",
        "2026-11-22T11:33:52.1234567890Z", "2026-11-22T11:33:52Zx", "2026-11-22T11:33:52+24:00",
        "2026-11-22T11:33:52+1", "+026-11-22T11:33:52Z", "2026/11/22T11:33:52Z", "0000-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00"}) {
    EXPECT_FALSE(from_rfc3339(bad)) << bad;
  }
}

TEST(Duration, ReadsUnitsAndSums) {
  EXPECT_EQ(*parse_duration("250ms"), 250ms);
  EXPECT_EQ(*parse_duration("30s"), 30s);
  EXPECT_EQ(*parse_duration("15m"), 15min);
  EXPECT_EQ(*parse_duration("1h30m"), 90min);
  EXPECT_EQ(*parse_duration("1w"), 7 * 24h);
  EXPECT_EQ(*parse_duration("0s"), 0s);
}

TEST(Duration, RefusesMissingUnitsSignsAndTooMuch) {
  for (const auto* bad : {"", "5", "s", "-5s", "1.5h", "5 s", "5y", "5M", "99999999999999s", "101w99999d", "36601d"}) {
    EXPECT_FALSE(parse_duration(bad)) << bad;
  }
  EXPECT_EQ(parse_duration("5").error().detail, "'5' is not a duration; write 250ms, 30s, 15m, 2h, 7d or 1h30m");
}

TEST(Duration, IsShownInItsLargestTwoUnits) {
  EXPECT_EQ(format_duration(2h + 5min + 7s), "2h 5m");
  EXPECT_EQ(format_duration(90 * 24h), "90d");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(0ms), "0s");
  EXPECT_EQ(format_duration(-90s), "-1m 30s");
  EXPECT_EQ(format_duration(1h + 1s), "1h");  // no unit is skipped
}

TEST(Moment, IsATimeOrADurationBeforeNow) {
  const Timestamp now = *from_rfc3339("2026-11-22T12:00:00Z");
  EXPECT_EQ(*parse_moment("2h", now), now - 2h);
  EXPECT_EQ(*parse_moment("2026-01-31T08:00:00Z", now), *from_rfc3339("2026-01-31T08:00:00Z"));
  EXPECT_FALSE(parse_moment("yesterday", now));
}

TEST(ManualClock, StandsStillUntilMoved) {
  ManualClock clock(from_micros(5));
  EXPECT_EQ(clock.now(), from_micros(5));
  clock.advance(1s);
  EXPECT_EQ(clock.now(), from_micros(1'000'005));
  clock.set(from_micros(1));
  EXPECT_EQ(to_micros(clock.now()), 1);
}

}  // namespace
}  // namespace outrider
