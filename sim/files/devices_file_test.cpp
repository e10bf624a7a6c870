#include "sim/files/devices_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::sim {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view csv) {
  const auto parsed = parse_devices(csv, "codes.csv");
  if (!parsed) return parsed.error().text();
  ADD_FAILURE() << "accepted: " << csv;
  return "";
}

TEST(DevicesFile, IsReadAsTheCommandWritesIt) {
  const auto parsed = parse_devices(
      "device,profile,code,expires\nt-1,fleet-tracker,ABCD-1234,2026-11-29T12:59:14Z\nt-2,handheld,,\n", "codes.csv");
  ASSERT_TRUE(parsed) << parsed.error().text();
  ASSERT_EQ(parsed->size(), 2U);
  EXPECT_EQ((*parsed)[0].device, DeviceId{"t-1"});
  EXPECT_EQ((*parsed)[0].profile, ProfileId{"fleet-tracker"});
  EXPECT_EQ((*parsed)[0].code, "ABCD-1234");
  EXPECT_EQ((*parsed)[1].code, "");
}

TEST(DevicesFile, MayHaveItsColumnsInAnyOrder) {
  const auto parsed = parse_devices("code,device,profile\nX,t-1,handheld\n", "codes.csv");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)[0].code, "X");
}

TEST(DevicesFile, SaysWhereItIsWrong) {
  EXPECT_THAT(refusal("device,profile,cod\nt-1,handheld,X\n"),
              HasSubstr("codes.csv:1: unknown column 'cod' (did you mean 'code'?)"));
  EXPECT_THAT(refusal("device,profile\nt-1,handheld\n"), HasSubstr("code"));
  EXPECT_THAT(refusal("device,profile,code\nt-1,handheld,X\nt 2,handheld,Y\n"), HasSubstr("codes.csv:3"));
  EXPECT_THAT(refusal("device,profile,code\nt-1,handheld,X\nt-1,handheld,Y\n"),
              HasSubstr("codes.csv:3: device 't-1' is listed twice"));
  EXPECT_THAT(refusal("device,profile,code\nt-1,handheld,a b\n"), HasSubstr("codes.csv:2"));
  EXPECT_THAT(refusal("device,profile,code\n"), HasSubstr("no device"));
  EXPECT_THAT(refusal(""), HasSubstr("codes.csv"));
  EXPECT_THAT(refusal("device,profile,code\nme,handheld,X\n"), HasSubstr("codes.csv:2"));
}

}  // namespace
}  // namespace outrider::sim
