// Recordings and schedules.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/model/catalogue.h"
#include "sim/source/reading_names.h"
#include "sim/source/report_source.h"
#include "sim/source/trace.h"

namespace outrider::sim {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view csv) {
  const auto parsed = Trace::parse(csv, "drive.csv");
  if (!parsed) return parsed.error().text();
  ADD_FAILURE() << "accepted: " << csv;
  return "";
}

TEST(Trace, BringsItsReadingsWithTheUnitsOfTheHouse) {
  const auto trace = Trace::parse("t_s,lat,lon,rat,ignition\n100.5,51.9,4.5,lte,true\n101.5,51.8,-,,0\n", "drive.csv");
  ASSERT_TRUE(trace) << trace.error().text();
  ASSERT_EQ((*trace)->size(), 2U);
  EXPECT_EQ((*trace)->row(0).t_s, 0);
  EXPECT_EQ((*trace)->row(1).t_s, 1);
  EXPECT_THAT((*trace)->row(0).readings,
              testing::ElementsAre(Reading{"lat", "lat", 51.9}, Reading{"lon", "lon", 4.5},
                                   Reading{"rat", "", std::string_view("lte")}, Reading{"ignition", "", true}));
  EXPECT_THAT((*trace)->row(1).readings,
              testing::ElementsAre(Reading{"lat", "lat", 51.8}, Reading{"ignition", "", false}));
}

TEST(Trace, TakesTimesOfDayToo) {
  const auto trace = Trace::parse("time,speed\n2026-11-22T10:00:00Z,1\n2026-11-22T11:00:02.5+01:00,2\n", "drive.csv");
  ASSERT_TRUE(trace) << trace.error().text();
  EXPECT_NEAR((*trace)->seconds(), 2.5, 1e-6);
}

TEST(Trace, ReportsTheColumnsItDoesNotKnow) {
  const auto trace = Trace::parse("t_s,lat,lon,speeed,node_hex\n0,1,2,3,A81B\n", "drive.csv");
  ASSERT_TRUE(trace);
  EXPECT_THAT((*trace)->ignored(), testing::ElementsAre("speeed (did you mean 'speed'?)", "node_hex"));
}

TEST(Trace, PassesOverRowsWithoutReadings) {
  const auto trace = Trace::parse("t_s,lat,lon\n0,,\n5,1,2\n6,-,-\n9,1,2\n", "drive.csv");
  ASSERT_TRUE(trace);
  ASSERT_EQ((*trace)->size(), 2U);
  EXPECT_EQ((*trace)->row(1).t_s, 4);
}

TEST(Trace, SaysWhereItIsWrong) {
  EXPECT_THAT(refusal("t_s,lat\n0,1\n1,x\n"), HasSubstr("drive.csv:3, column 'lat'"));
  EXPECT_THAT(refusal("t_s,lat\n0,1e999\n"), HasSubstr("drive.csv:2, column 'lat'"));
  EXPECT_THAT(refusal("t_s,lat\n0,nan\n"), HasSubstr("is not a number"));
  EXPECT_THAT(refusal("t_s,ignition\n0,maybe\n"), HasSubstr("neither true nor false"));
  EXPECT_THAT(refusal("t_s,lat\n5,1\n4,1\n"), HasSubstr("drive.csv:3, column 't_s'"));
  EXPECT_THAT(refusal("time,lat\nyesterday,1\n"), HasSubstr("drive.csv:2, column 'time'"));
  EXPECT_THAT(refusal("t_s,lat\n0\n"), HasSubstr("drive.csv:2: 1 cells, the header has 2"));
  EXPECT_THAT(refusal("t_s,lat,lat\n0,1,1\n"), HasSubstr("twice"));
  EXPECT_THAT(refusal("lat,lon\n0,1\n"), HasSubstr("'t_s' or 'time'"));
  EXPECT_THAT(refusal("t_s,time,lat\n0,1,1\n"), HasSubstr("'t_s' or 'time'"));
  EXPECT_THAT(refusal("t_s,x\n0,1\n"), HasSubstr("no column is named after a reading"));
  EXPECT_THAT(refusal("t_s,lat\n"), HasSubstr("no row"));
  EXPECT_THAT(refusal(""), HasSubstr("empty"));
  EXPECT_THAT(refusal("t_s,lat\n0,\"1\n"), HasSubstr("drive.csv"));
}

TEST(TraceSource, PlaysFasterWithoutReportingFromTheFuture) {
  const auto trace = Trace::parse("t_s,lat,lon\n0,1,1\n60,2,2\n120,3,3\n", "drive.csv");
  ASSERT_TRUE(trace);
  TraceSource source(*trace, 10);
  Report report;
  EXPECT_EQ(source.due(), 0.0);
  EXPECT_NEAR(source.age(), 108, 1e-9) << "the drive took two minutes and is played in twelve seconds";
  source.take(report);
  EXPECT_EQ(source.due(), 6.0);
  EXPECT_NEAR(source.age(), 54, 1e-9);
  EXPECT_FALSE(source.catch_up(1000)) << "a recording is sent whole";
  source.take(report);
  EXPECT_NEAR(source.age(), 0, 1e-9);
  source.take(report);
  EXPECT_FALSE(source.due());
  EXPECT_EQ(report.readings().size(), 6U);
}

TEST(TraceSource, PlaysAtItsOwnPaceAsItHappens) {
  const auto trace = Trace::parse("t_s,lat\n0,1\n60,2\n", "drive.csv");
  const TraceSource source(*trace, 1);
  EXPECT_EQ(source.age(), 0);
}

std::unique_ptr<ModelSource> handheld(std::uint64_t seed) {
  return std::make_unique<ModelSource>(model_of("handheld").value()->make({.seed = seed, .boot_count = 1}),
                                       std::chrono::seconds{10}, seed);
}

TEST(ModelSource, ReportsAtOnceAndThenAtItsIntervalGiveOrTakeALittle) {
  auto source = handheld(1);
  Report report;
  EXPECT_EQ(source->due(), 0.0);
  source->take(report);
  double before = *source->due();
  EXPECT_GT(before, 0.4);
  EXPECT_LT(before, 10.6);
  for (int i = 0; i < 1000; ++i) {
    report.clear();
    source->take(report);
    EXPECT_NEAR(*source->due() - before, 10, 1.01);
    before = *source->due();
  }
  EXPECT_NEAR(before, 10'000, 12) << "jitter does not add up";
}

TEST(ModelSource, DoesNotMarchInStep) {
  auto one = handheld(1);
  auto two = handheld(2);
  Report report;
  one->take(report);
  two->take(report);
  EXPECT_GT(std::abs(*one->due() - *two->due()), 0.001);
}

TEST(ModelSource, PassesOverWhatWasMissedOffline) {
  auto source = handheld(1);
  Report report;
  source->take(report);
  EXPECT_FALSE(source->catch_up(*source->due() + 1)) << "a little late is not missed";
  EXPECT_TRUE(source->catch_up(500));
  EXPECT_GE(*source->due(), 490);
  EXPECT_LE(*source->due(), 501);
}

TEST(ReadingNames, KnowTheNamesOfTheModels) {
  for (const auto& entry : catalogue()) {
    Report report;
    entry.make({.seed = 1, .boot_count = 1})->report(report);
    for (const auto& reading : report.readings()) {
      const auto* known = find_reading(reading.name);
      ASSERT_NE(known, nullptr) << reading.name;
      EXPECT_EQ(known->unit, reading.unit) << reading.name;
    }
  }
}

}  // namespace
}  // namespace outrider::sim
