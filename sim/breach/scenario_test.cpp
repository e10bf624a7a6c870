#include "sim/breach/scenario.h"

#include <gtest/gtest.h>

#include "sim/breach/breach.h"

namespace outrider::sim {
namespace {

const std::string head = "format = 1\nid = \"x\"\ntitle = \"X\"\nprofile = \"container-reefer\"\nstolen = 2\n";
const std::string step = "[[step]]\nname = \"a\"\ntitle = \"A\"\nattack = \"clone\"\n";

std::string refusal(const std::string& text) {
  const auto parsed = parse_scenario(text, "x.toml");
  return parsed ? "" : parsed.error().reason + " " + parsed.error().detail;
}

TEST(Scenario, EveryBuiltInOneReadsAndHasSteps) {
  EXPECT_FALSE(builtin_scenarios().empty());
  for (const auto& id : builtin_scenarios()) {
    const auto scenario = builtin_scenario(id);
    ASSERT_TRUE(scenario) << scenario.error().text();
    EXPECT_EQ(scenario->id, id);
    EXPECT_FALSE(scenario->steps.empty());
  }
}

TEST(Scenario, AnUnknownOneIsRefusedWithThoseThereAre) {
  const auto found = builtin_scenario("freight");
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().detail.find("freight-breach"), std::string::npos);
}

TEST(Scenario, WhatIsMistypedIsNamedWithItsPlace) {
  EXPECT_EQ(refusal(head + step), "");
  EXPECT_EQ(refusal(head), "missing-key x.toml: there is no [[step]]");
  EXPECT_EQ(refusal(head + step + "attemps = 3\n"), "unknown-key x.toml: step 1: there is no key 'attemps'");
  EXPECT_EQ(refusal(head + step + "victim = 2\n"),
            "bad-value x.toml: step 1: 'victim' must be a whole number of at most 1");
  EXPECT_EQ(refusal(head + step + "every = 3\n"), "wrong-type x.toml: step 1: 'every' must be a text");
  EXPECT_EQ(refusal(head + "[[step]]\nname = \"a\"\ntitle = \"A\"\nattack = \"fly\"\n"),
            "bad-value x.toml: step 1: there is no attack 'fly'");
  EXPECT_EQ(refusal("format = 2\n" + head.substr(11) + step), "bad-value x.toml: 'format' must be 1");
  EXPECT_EQ(refusal("format").substr(0, 8), "bad-toml");
  EXPECT_EQ(refusal(std::string(scenario_bytes_max + 1, '#')).substr(0, 9), "too-large");
}

TEST(Scenario, WhatBefallsDevicesNeedsNobodysKeys) {
  const std::string nobody = "format = 1\nid = \"x\"\ntitle = \"X\"\nstolen = 0\n";
  EXPECT_EQ(refusal(nobody + step), "bad-value x.toml: step 1: nobody is stolen whose keys could be used");
  const std::string jam = "[[step]]\nname = \"a\"\ntitle = \"A\"\nattack = \"jam\"\n";
  const auto parsed =
      parse_scenario("gathering = \"car-park\"\n" + nobody + jam + "expect = \"paged\"\ndevices = 3\n", "x");
  ASSERT_TRUE(parsed) << parsed.error().text();
  EXPECT_EQ(parsed->gathering, Gathering::car_park);
  EXPECT_EQ(parsed->steps[0].expect, Expect::paged);
  EXPECT_EQ(parsed->steps[0].devices, 3U);
  EXPECT_EQ(refusal(nobody + jam + "expect = \"thanks\"\n"),
            "bad-value x.toml: step 1: 'expect': there is no 'thanks'");
}

TEST(Scenario, TheTableSaysWhatDidNotHold) {
  BreachReport report{.scenario = "x", .devices = 3, .impersonations = 4, .impersonations_accepted = 1};
  report.steps.push_back({.step = "a", .attempts = 4, .accepted = 1, .refused = 3, .answers = {{"not-authorized", 3}}});
  const std::string text = to_text(report);
  EXPECT_NE(text.find("NOT HELD: not-authorized (3)"), std::string::npos);
  EXPECT_NE(text.find("4 tried, 1 accepted"), std::string::npos);
}

}  // namespace
}  // namespace outrider::sim
