#include "net/http/target.h"

#include <gtest/gtest.h>

namespace outrider::net {
namespace {

TEST(Target, PathAndQueryAreDecoded) {
  const auto target = parse_target("/api/v1/caf%C3%A9?since=2h&name=a+b%26c&flag");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/café");
  EXPECT_EQ(target->query.at("since"), "2h");
  EXPECT_EQ(target->query.at("name"), "a b&c");
  EXPECT_EQ(target->query.at("flag"), "");
}

TEST(Target, AnAbsoluteTargetIsTakenByItsPath) {
  const auto target = parse_target("https://outrider.example:8443/livez?x=1");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/livez");
}

struct Refused {
  const char* name;
  const char* target;
};
class RefusedTarget : public testing::TestWithParam<Refused> {};
TEST_P(RefusedTarget, IsRefusedAsMalformed) {
  const auto target = parse_target(GetParam().target);
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().reason, "bad-target");
}
INSTANTIATE_TEST_SUITE_P(Targets, RefusedTarget,
                         testing::Values(Refused{"Empty", ""}, Refused{"Asterisk", "*"}, Refused{"Relative", "x"},
                                         Refused{"NoPath", "https://host"}, Refused{"Climbs", "/.."},
                                         Refused{"ClimbsInTheMiddle", "/a/../b"},
                                         Refused{"ClimbsEncoded", "/a/%2e%2E/b"}, Refused{"Dot", "/./a"},
                                         Refused{"EncodedSlash", "/a%2Fb"}, Refused{"PercentAlone", "/%"},
                                         Refused{"PercentAndOneDigit", "/%4"}, Refused{"PercentAndNoDigits", "/%zz"},
                                         Refused{"Nul", "/%00"}, Refused{"LineBreak", "/a%0d%0aX: y"},
                                         Refused{"NoUtf8", "/%ff"}, Refused{"OverlongUtf8", "/%c0%af"},
                                         Refused{"Surrogate", "/%ed%a0%80"}, Refused{"AParameterTwice", "/?a=1&a=2"},
                                         Refused{"PercentInTheQuery", "/?%"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(Target, OneThatIsTooLongIsRefused) {
  const auto target = parse_target("/" + std::string(target_bytes_max, 'a'));
  ASSERT_FALSE(target);
  EXPECT_EQ(target.error().code, Errc::too_large);
}

TEST(Target, WhatIsFormattedParsesBackToTheSame) {
  const Target target{"/a b/ü/%", {{"k&=", "v+ /?"}, {"empty", ""}}};
  EXPECT_EQ(parse_target(format_target(target.path, target.query)), target);
}

}  // namespace
}  // namespace outrider::net
