#include "cli/input/device_csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::cli {
namespace {

using testing::HasSubstr;

std::string refusal_of(std::string_view text) {
  const auto parsed = parse_device_csv(text);
  return parsed ? "accepted" : parsed.error().detail;
}

TEST(DeviceCsv, ColumnsMayStandInAnyOrderAndOptionalOnesMayBeMissing) {
  const auto rows = parse_device_csv("\xEF\xBB\xBFlabel,profile,device\r\n\"Truck, red\",fleet-tracker,t-7\r\n");
  ASSERT_TRUE(rows) << rows.error().text();
  ASSERT_EQ(rows->size(), 1U);
  EXPECT_EQ(rows->front().device, "t-7");
  EXPECT_EQ(rows->front().profile, "fleet-tracker");
  EXPECT_EQ(rows->front().label, "Truck, red");
  EXPECT_EQ(rows->front().serial_number, "");
  EXPECT_EQ(rows->front().line, 2U);
}

TEST(DeviceCsv, EveryMistakeNamesItsLine) {
  EXPECT_THAT(refusal_of("device,profil\n"), HasSubstr("line 1: unknown column 'profil' (did you mean 'profile'?)"));
  EXPECT_THAT(refusal_of("device\nx\n"), HasSubstr("line 1: column 'profile' is missing"));
  EXPECT_THAT(refusal_of("device,profile\na,tracker\nb\n"), HasSubstr("line 3"));
  EXPECT_THAT(refusal_of("device,profile\na,\"tracker\n"), HasSubstr("line 2"));
  EXPECT_THAT(refusal_of("device,profile\na b,tracker\n"), HasSubstr("line 2: "));
  EXPECT_THAT(refusal_of("device,profile\na,tracker/1\n"), HasSubstr("line 2: "));
  EXPECT_THAT(refusal_of("device,profile\na,tracker\n\nb,tracker\na,tracker\n"),
              HasSubstr("line 5: device 'a' stands on line 2 already"));
}

TEST(DeviceCsv, AnEmptyFileIsRefused) {
  EXPECT_NE(refusal_of(""), "accepted");
}

}  // namespace
}  // namespace outrider::cli
