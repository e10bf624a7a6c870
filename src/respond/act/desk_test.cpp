#include <fmt/format.h>
#include <gmock/gmock.h>

#include "respond/testing/world.h"

namespace outrider::respond {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class DeskTest : public testing::DeskSuite {};

TEST_F(DeskTest, AProvenImpostorIsQuarantinedOnceWithIntentBeforeAndOutcomeAfter) {
  alert("a1", "cloned-identity");
  advance();
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
  const auto done = response(ResponseAction::quarantine);
  EXPECT_EQ(done.state, State::done);
  EXPECT_TRUE(done.automatic);
  const auto all = ledger_->read(testing::demo, 0, 100).value();
  const auto at = [&](Kind kind) {
    return std::ranges::find(all, static_cast<std::uint16_t>(kind), &ledger::Entry::kind) - all.begin();
  };
  EXPECT_LT(at(Kind::response_started), at(Kind::device_state_changed));
  EXPECT_LT(at(Kind::device_state_changed), at(Kind::response_done));
  EXPECT_EQ(response(ResponseAction::revoke).state, State::proposed);
}

TEST_F(DeskTest, WithoutProofNothingHappensToADeviceByItself) {
  alert("a1", "cloned-identity", "t-1", false);
  alert("a2", "theft", "t-2", false);
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(response(ResponseAction::stolen).state, State::proposed);
}

TEST_F(DeskTest, WhatCannotBeTakenBackNeedsTwoDifferentPeople) {
  alert("a1", "cloned-identity");
  advance();
  const auto id = response(ResponseAction::revoke).response;
  const auto first = desk_->decide(id, true, "", "token:ann", false);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->state, State::proposed);
  EXPECT_EQ(desk_->decide(id, true, "", "token:ann", false).error().reason, "already-approved");
  EXPECT_THAT(hands_.deeds, Not(Contains("revoke t-1")));
  ASSERT_TRUE(desk_->decide(id, true, "", "token:bob", true)) << "a dry run decides nothing";
  EXPECT_THAT(hands_.deeds, Not(Contains("revoke t-1")));
  const auto second = desk_->decide(id, true, "", "token:bob", false);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->state, State::done);
  EXPECT_THAT(hands_.deeds, Contains("revoke t-1"));
  EXPECT_EQ(desk_->decide(id, true, "", "token:eve", false).error().reason, "wrong-state");
}

TEST_F(DeskTest, OnePersonsWordTwiceInTheLedgerIsOnePerson) {
  alert("a1", "cloned-identity");
  advance();
  const auto id = response(ResponseAction::revoke).response;
  for (int i = 0; i < 2; ++i)
    append("t-1", facts::ResponseDecided{.response = id, .approved = true, .why = "", .by = "token:ann"});
  advance();
  EXPECT_EQ(response(ResponseAction::revoke).state, State::proposed);
  EXPECT_THAT(hands_.deeds, Not(Contains("revoke t-1")));
}

TEST_F(DeskTest, OnePersonWithTwoTokensIsOnePerson) {
  hands_.people["token:ann-2"] = "token:ann";
  alert("a1", "cloned-identity");
  advance();
  const auto id = response(ResponseAction::revoke).response;
  ASSERT_TRUE(desk_->decide(id, true, "", "token:ann-2", false));
  EXPECT_EQ(desk_->decide(id, true, "", "token:ann", false).error().reason, "same-person");
  EXPECT_THAT(hands_.deeds, Not(Contains("revoke t-1")));
  EXPECT_TRUE(desk_->decide(id, true, "", "token:bob", false));
  EXPECT_THAT(hands_.deeds, Contains("revoke t-1"));
}

TEST_F(DeskTest, AProposalOfAnAlertThatMeantNothingIsNotApprovedAnyMore) {
  alert("a1", "theft", "t-1", false);
  advance();
  resolve("a1", facts::AlertOutcome::false_alarm);
  EXPECT_EQ(desk_->decide(response(ResponseAction::stolen).response, true, "", "token:ann", false).error().reason,
            "wrong-state");
}

TEST_F(DeskTest, OneDeviceThatCannotBeChangedDoesNotKeepTheOthersFromIt) {
  only("[[step]]\naction = \"quarantine\"");
  hands_.refused = "t-1";
  hands_.refusal = Error{Errc::internal, "broken", "its row is damaged"};
  alert("a1", "flooding", "t-1");
  alert("a2", "flooding", "t-2");
  clock_.advance(1ms);
  EXPECT_EQ(desk_->advance().error().reason, "broken") << "and it is said";
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-2"));
  hands_.refusal.reset();
  clock_.advance(1s);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-2", "quarantine t-1"));
}

TEST_F(DeskTest, APlaybookThatIsRemovedDoesNothingAnyMore) {
  only("[[step]]\naction = \"quarantine\"");
  alert("a1", "flooding");
  ASSERT_TRUE(desk_->remove_playbook("mine", "it goes wrong", "token:ann", false));
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(entries(Kind::response_started), 0U);
}

TEST_F(DeskTest, WhatIsDueUnderAReplacedPlaybookIsDueAsTheNewOneSays) {
  only("[[step]]\naction = \"quarantine\"");
  alert("a1", "flooding");
  add(playbook("[[step]]\naction = \"quarantine\"\nmode = \"propose\""));
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(response(ResponseAction::quarantine).state, State::proposed);
}

TEST_F(DeskTest, WhoWaitsForTheQuietAndGoesOnIsRestrictedAgain) {
  only("[[step]]\naction = \"quarantine\"", "[release]\nquiet = \"1h\"");
  alert("a1", "flooding");
  advance();
  clock_.advance(61min);
  advance();
  ASSERT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1"));
  append("t-1", facts::AlertGrown{.alert = "a1", .risk = 50});
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1", "quarantine t-1"));
  const auto id = response(ResponseAction::quarantine).response;
  ASSERT_TRUE(desk_->release(id, "looked at", "token:ann", false));
  append("t-1", facts::AlertGrown{.alert = "a1", .risk = 60});
  advance();
  EXPECT_EQ(hands_.deeds.size(), 4U) << "what a person has released stays so";
}

TEST_F(DeskTest, AQuarantineDoesNotWaitForWhatIsSaidToPeople) {
  add("format = 1\nid = \"all\"\ntitle = \"A\"\nmode = \"propose\"\n[trigger]\nlevel = \"ticket\"\n"
      "[[step]]\naction = \"disconnect\"\n");
  for (int i = 0; i < 200; ++i) alert(fmt::format("b{}", i), "anomaly", "t-2", false, facts::AlertLevel::ticket);
  for (int i = 0; i < 8; ++i) {  // their place among all is that of a hash
    const auto device = fmt::format("d-{}", i);
    hands_.lifecycles[device] = facts::Lifecycle::active;
    alert(fmt::format("a{}", i), "cloned-identity", device);
  }
  advance();
  EXPECT_EQ(hands_.deeds.size(), 8U);
  EXPECT_LT(entries(Kind::response_proposed), 100U) << "a round is short";
  for (int i = 0; i < 4; ++i) advance();
  EXPECT_GE(entries(Kind::response_proposed), 200U) << "and the next goes on";
}

TEST_F(DeskTest, ARejectedProposalIsOverAndNeedsAReason) {
  alert("a1", "theft", "t-1", false);
  advance();
  const auto id = response(ResponseAction::stolen).response;
  EXPECT_EQ(desk_->decide(id, false, "", "token:ann", false).error().reason, "no-reason");
  EXPECT_EQ(desk_->decide(id, false, "a\nb", "token:ann", false).error().reason, "bad-text");
  EXPECT_EQ(desk_->decide("nothing", false, "x", "token:ann", false).error().reason, "unknown-response");
  EXPECT_EQ(desk_->decide(id, false, "workshop", "token:ann", false)->state, State::rejected);
  EXPECT_EQ(desk_->decide(id, true, "", "token:bob", false).error().reason, "wrong-state");
  EXPECT_THAT(hands_.deeds, IsEmpty());
}

TEST_F(DeskTest, AFalseAlarmReleasesTheQuarantineAndWithdrawsProposals) {
  alert("a1", "cloned-identity");
  advance();
  resolve("a1", facts::AlertOutcome::false_alarm);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1"));
  EXPECT_EQ(response(ResponseAction::quarantine).state, State::released);
  EXPECT_EQ(response(ResponseAction::revoke).state, State::withdrawn);
  EXPECT_EQ(response(ResponseAction::hold_actuation).state, State::released);
}

TEST_F(DeskTest, ADeviceThatIsRefusedAnywayIsNotBroughtBackIntoQuarantine) {
  hands_.lifecycles["t-1"] = facts::Lifecycle::stolen;
  alert("a1", "stolen-credentials");
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(response(ResponseAction::quarantine).detail, "t-1 is stolen, and refused anyway");
  resolve("a1", facts::AlertOutcome::false_alarm);
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty()) << "and is not released by us";
}

TEST_F(DeskTest, ATrueAlarmReleasesNothing) {
  alert("a1", "cloned-identity");
  advance();
  resolve("a1", facts::AlertOutcome::true_alarm);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
  const auto id = response(ResponseAction::quarantine).response;
  EXPECT_EQ(desk_->release(id, "", "token:ann", false).error().reason, "no-reason");
  ASSERT_TRUE(desk_->release(id, "looked at", "token:ann", false));
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1"));
  EXPECT_EQ(desk_->release(id, "again", "token:ann", false).error().reason, "wrong-state");
}

TEST_F(DeskTest, WhatSomebodyElseHasChangedSinceIsNotReleased) {
  alert("a1", "cloned-identity");
  advance();
  ASSERT_TRUE(
      hands_.change_state(testing::demo, DeviceId("t-1"), facts::LifecycleEvent::stolen, "police", "token:ann", {}));
  resolve("a1", facts::AlertOutcome::false_alarm);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "stolen t-1"));
}

TEST_F(DeskTest, QuietReleasesAfterItsTimeAndNotBefore) {
  only("[[step]]\naction = \"quarantine\"", "[release]\nquiet = \"1h\"");
  alert("a1", "flooding");
  advance();
  clock_.advance(59min);
  append("t-1", facts::AlertGrown{.alert = "a1", .risk = 50});
  advance();
  clock_.advance(59min);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1")) << "it has grown in between";
  clock_.advance(2min);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1"));
}

TEST_F(DeskTest, AMistakeDoesNotTakeAFleetDown) {
  only("[[step]]\naction = \"quarantine\"");
  hands_.count = 100;  // two per cent are two
  for (int i = 0; i < 10; ++i) {
    const auto device = fmt::format("d-{}", i);
    hands_.lifecycles[device] = facts::Lifecycle::active;
    alert(fmt::format("a{}", i), "flooding", device);
  }
  advance();
  EXPECT_EQ(hands_.deeds.size(), 2U);
  EXPECT_EQ(entries(Kind::response_proposed), 8U);
  EXPECT_EQ(std::ranges::count(responses(), "share", &Response::because), 8);
}

TEST_F(DeskTest, OnlySoManyAreRestrictedInAnHour) {
  only("[[step]]\naction = \"disconnect\"");
  for (int i = 0; i < 25; ++i) alert(fmt::format("a{}", i), "flooding", "t-1");
  advance();
  EXPECT_EQ(hands_.deeds.size(), 20U);
  EXPECT_EQ(std::ranges::count(responses(), "limit", &Response::because), 5);
  restart();
  alert("a99", "flooding");
  advance();
  EXPECT_EQ(hands_.deeds.size(), 20U) << "a restart does not begin a new hour";
}

TEST_F(DeskTest, AnIncidentOfManyIsToldAndNothingElseIsDone) {
  only("[[step]]\naction = \"quarantine\"\n[[step]]\naction = \"notify\"\nurl = \"https://soc.example/\"");
  alert("a1", "flooding", "");
  advance();
  ASSERT_EQ(responses().size(), 1U);
  EXPECT_EQ(responses()[0].step.action, ResponseAction::notify);
}

TEST_F(DeskTest, ObservedStepsSayWhatWouldHaveBeenDone) {
  only("[[step]]\naction = \"quarantine\"\nmode = \"observe\"");
  alert("a1", "flooding");
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(responses()[0].state, State::observed);
  EXPECT_EQ(responses()[0].detail, "would put t-1 into quarantine");
}

TEST_F(DeskTest, AnAlertThatGrowsIntoAPageIsMetByThoseWhoWaitForOne) {
  alert("a1", "cloned-identity", "t-1", false, facts::AlertLevel::ticket);
  advance();
  EXPECT_THAT(responses(), IsEmpty());
  append("t-1", facts::AlertGrown{.alert = "a1", .level = facts::AlertLevel::page, .risk = 40, .proof = true});
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
}

TEST_F(DeskTest, APlaybookIsForAlertsAfterItAndForItsProfiles) {
  alert("a0", "flooding");
  only("[[step]]\naction = \"quarantine\"");
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  add("format = 1\nid = \"mine\"\ntitle = \"M\"\nmode = \"act\"\n[trigger]\nprofiles = [\"drone-sensor\"]\n"
      "threats = [\"flooding\"]\n[[step]]\naction = \"quarantine\"\n");
  alert("a1", "flooding");
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
}

TEST_F(DeskTest, ARehearsalSaysWhatWouldBeDoneAndDoesNothing) {
  alert("a1", "cloned-identity", "t-1", false);
  const auto rehearsed = desk_->rehearse(builtin_playbooks().at(0), "nothing");
  EXPECT_EQ(rehearsed.error().reason, "unknown-alert");
  const auto mine = Playbook::parse(
      "format = 1\nid = \"x\"\ntitle = \"X\"\nmode = \"act\"\n[trigger]\n[[step]]\n"
      "action = \"quarantine\"\n[[step]]\naction = \"revoke\"\n",
      "x.toml");
  const auto rows = desk_->rehearse(*mine, "a1").value();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].verdict, "act");
  EXPECT_EQ(rows[1].verdict, "propose");
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(entries(Kind::response_started), 0U);
}

TEST_F(DeskTest, ACommandThatNobodyHearsHasFailed) {
  only("[[step]]\naction = \"attest\"");
  hands_.heard = false;
  alert("a1", "flooding");
  advance();
  EXPECT_EQ(responses()[0].state, State::failed);
  hands_.heard = true;
  alert("a2", "flooding");
  advance();
  ASSERT_EQ(hands_.published.size(), 1U);
  EXPECT_EQ(hands_.published[0].first, "d/t-1/command");
  EXPECT_THAT(hands_.published[0].second, HasSubstr("\"command\":\"attest\""));
}

}  // namespace
}  // namespace outrider::respond
