#include "respond/act/judge.h"

#include <gtest/gtest.h>

namespace outrider::respond {
namespace {

using namespace std::chrono_literals;

const Step quarantine{.action = ResponseAction::quarantine, .mode = Mode::act};
const Circumstances calm{.age = 1s, .devices = 1000};

TEST(Judge, ActsWhenNothingBrakes) {
  EXPECT_EQ(judge(quarantine, {}, calm).mode, Mode::act);
}

TEST(Judge, NoPlaybookGoesFurtherThanTheOperatorLets) {
  EXPECT_EQ(judge(quarantine, {.mode_max = Mode::propose}, calm).mode, Mode::propose);
  EXPECT_EQ(judge(quarantine, {.mode_max = Mode::observe}, calm).mode, Mode::observe);
  EXPECT_EQ(judge({.action = ResponseAction::lock, .mode = Mode::observe}, {}, calm).mode, Mode::observe);
}

TEST(Judge, WhatCannotBeTakenBackIsProposedWhateverAPlaybookSays) {
  EXPECT_EQ(judge({.action = ResponseAction::revoke, .mode = Mode::act}, {}, calm).mode, Mode::propose);
}

TEST(Judge, ThereAreOnlySoManyInAnHour) {
  auto now = calm;
  now.restricted_hour = 19;
  EXPECT_EQ(judge(quarantine, {}, now).mode, Mode::act);
  now.restricted_hour = 20;
  EXPECT_EQ(judge(quarantine, {}, now).because, "limit");
  EXPECT_EQ(judge(quarantine, {}, now).mode, Mode::propose);
  EXPECT_EQ(judge({.action = ResponseAction::hold_actuation, .mode = Mode::act}, {}, now).mode, Mode::act)
      << "what restricts nobody is not limited";
}

TEST(Judge, OnlySuchAShareOfTheFleetIsRestrictedButOneDeviceAlways) {
  auto now = calm;
  now.restricted_now = 20;
  EXPECT_EQ(judge(quarantine, {}, now).because, "share");
  now = {.age = 1s, .restricted_now = 0, .devices = 3};
  EXPECT_EQ(judge(quarantine, {}, now).mode, Mode::act);
  now.restricted_now = 1;
  EXPECT_EQ(judge(quarantine, {}, now).because, "share");
  EXPECT_EQ(judge(quarantine, {.share_percent = 0}, calm).because, "share");
}

TEST(Judge, AnOldAlertIsForAPersonAndAnAncientOneForNobody) {
  auto now = calm;
  now.age = 2h;
  EXPECT_EQ(judge(quarantine, {}, now).because, "stale");
  now.age = 25h;
  EXPECT_FALSE(judge(quarantine, {}, now).due);
}

}  // namespace
}  // namespace outrider::respond
