#include "respond/playbook/playbook.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace outrider::respond {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view head = "format = 1\nid = \"p\"\ntitle = \"P\"\n";

Result<Playbook> parse(std::string_view rest) {
  return Playbook::parse(fmt::format("{}{}", head, rest), "p.toml");
}

std::string reason_of(std::string_view rest) {
  const auto playbook = parse(rest);
  return playbook ? "accepted" : playbook.error().reason;
}

TEST(Playbook, TheShippedOnesAreReadAndDoNothingDestructiveByThemselves) {
  ASSERT_GE(builtin_playbooks().size(), 6U);
  for (const Playbook& playbook : builtin_playbooks()) {
    EXPECT_TRUE(playbook.builtin);
    for (const Step& step : playbook.steps) {
      if (step.mode != Mode::act || step.action == ResponseAction::hold_actuation) continue;
      EXPECT_EQ(step.action, ResponseAction::quarantine) << playbook.id;
      EXPECT_TRUE(playbook.trigger.proof) << playbook.id << " acts without proof";
      EXPECT_THAT(playbook.trigger.threats, ElementsAre("cloned-identity", "stolen-credentials", "command-forgery"));
    }
  }
}

TEST(Playbook, AStepTakesTheModeOfItsPlaybookUnlessItSaysAnother) {
  const auto playbook = parse(
      "mode = \"act\"\n[trigger]\n[[step]]\naction = \"quarantine\"\n[[step]]\naction = \"lost\"\nmode = \"observe\"\n"
      "[[step]]\naction = \"revoke\"\n");
  ASSERT_TRUE(playbook) << playbook.error().text();
  EXPECT_EQ(playbook->steps[0].mode, Mode::act);
  EXPECT_EQ(playbook->steps[1].mode, Mode::observe);
  EXPECT_EQ(playbook->steps[2].mode, Mode::propose) << "two people decide what cannot be taken back";
  EXPECT_EQ(playbook->trigger.level, facts::AlertLevel::page);
}

TEST(Playbook, WhatCannotBeTakenBackDoesNotActByItself) {
  for (const auto* action : {"revoke", "retire"})
    EXPECT_EQ(reason_of(fmt::format("[trigger]\n[[step]]\naction = \"{}\"\nmode = \"act\"\n", action)), "two-people");
}

TEST(Playbook, SaysWhereItIsWrongAndWhatWasMeant) {
  const auto refused = parse("[trigger]\n[[step]]\naction = \"quarentine\"\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("p.toml:6:10: step.action"));
  EXPECT_THAT(refused.error().detail, HasSubstr("did you mean 'quarantine'?"));
}

TEST(Playbook, RefusesWhatDoesNothingAndWhatIsNeverDue) {
  EXPECT_EQ(reason_of(""), "missing-key");
  EXPECT_EQ(reason_of("[[step]]\naction = \"lock\"\n"), "missing-key");
  EXPECT_EQ(reason_of("[trigger]\nlevel = \"pag\"\n[[step]]\naction = \"lock\"\n"), "bad-value");
  EXPECT_EQ(reason_of("[trigger]\nrisk = -1\n[[step]]\naction = \"lock\"\n"), "bad-value");
  EXPECT_EQ(reason_of("[trigger]\n[[step]]\naction = \"lock\"\nurl = \"https://x\"\n"), "unknown-key");
  EXPECT_EQ(reason_of("[trigger]\n[[step]]\naction = \"lock\"\n[release]\nquiet = \"1s\"\n"), "bad-value");
  EXPECT_EQ(reason_of("[trigger]\n[[step]]\naction = \"lock\"\n[release]\nresolved = [\"true\"]\n"), "bad-value");
  EXPECT_EQ(Playbook::parse(std::string(playbook_bytes_max + 1, '#'), "p").error().reason, "playbook-too-large");
}

TEST(Playbook, ANotificationHasOneGoodReceiver) {
  const auto step = [](std::string_view receiver) {
    return reason_of(fmt::format("[trigger]\n[[step]]\naction = \"notify\"\n{}\n", receiver));
  };
  EXPECT_EQ(step("url = \"https://soc.example/hook\""), "accepted");
  EXPECT_EQ(step("to = [\"a@example.com\", \"b+c@example.com\"]"), "accepted");
  for (const auto* bad :
       {"", "url = \"http://soc.example/\"", "url = \"https://user:secret@soc.example/\"", "url = \"https:///x\"",
        "url = \"file:///etc/passwd\"", "to = [\"a@b\\r\\nBcc: x@y\"]", "to = [\"@example.com\"]", "to = [\"a b@c\"]",
        "url = \"https://soc.example/\"\nto = [\"a@example.com\"]"})
    EXPECT_EQ(step(bad), "bad-value") << bad;
}

TEST(Playbook, ARulePublishesToApplicationsOrToTheDeviceAlone) {
  const auto rule = [](std::string_view topic) {
    return reason_of(fmt::format(
        "[[actuate]]\nname = \"r\"\nwhen = \"leaves-route\"\ntrust = \"mutual-tls\"\ntopic = \"{}\"\n", topic));
  };
  EXPECT_EQ(rule("app/dispatch/reroute"), "accepted");
  EXPECT_EQ(rule("app/dispatch/<device>/reroute"), "accepted");
  EXPECT_EQ(rule("d/<device>/command"), "accepted");
  for (const auto* bad :
       {"app/<device>/<device>", "d/t-2/command", "app/+/x", "app/#", "app/", "d/<device>/config", "$SYS/x"})
    EXPECT_EQ(rule(bad), "bad-value") << bad;
  EXPECT_EQ(reason_of("[[actuate]]\nname = \"r\"\nwhen = \"leaves-route\"\ntopic = \"app/x\"\n"), "missing-key")
      << "nobody's word counts by accident";
  EXPECT_EQ(rule("app/" + std::string(300, 'x')), "bad-value");
}

TEST(Playbook, AReadingDoesNotTakeThePlaceOfWhatAMessageSaysOfItself) {
  const auto rule = [](std::string_view reading) {
    return reason_of(
        fmt::format("[[actuate]]\nname = \"r\"\nwhen = \"above\"\nreading = \"{}\"\nlimit = 1\n"
                    "trust = \"mutual-tls\"\ntopic = \"app/x\"\n",
                    reading));
  };
  EXPECT_EQ(rule("temperature"), "accepted");
  for (const auto* bad : {"trust", "device", "text", "lat"}) EXPECT_EQ(rule(bad), "bad-value") << bad;
}

}  // namespace
}  // namespace outrider::respond
