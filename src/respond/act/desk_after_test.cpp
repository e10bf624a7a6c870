// What a crash leaves behind.
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

class DeskAfterCrashTest : public testing::DeskSuite {};

TEST_F(DeskAfterCrashTest, AfterACrashBetweenDeedAndOutcomeTheQuarantineIsFinishedAndNotRepeated) {
  alert("a1", "cloned-identity");
  struct PowerLoss {};
  hands_.before_answer = [] { throw PowerLoss(); };
  EXPECT_THROW((void)desk_->advance(), PowerLoss);
  hands_.before_answer = {};
  restart();
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
  EXPECT_EQ(response(ResponseAction::quarantine).state, State::done);
  EXPECT_EQ(entries(Kind::device_state_changed), 1U);
  resolve("a1", facts::AlertOutcome::expected);
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1", "release t-1")) << "it is ours still";
}

TEST_F(DeskAfterCrashTest, AfterACrashBetweenAlertAndResponseTheResponseFollows) {
  alert("a1", "cloned-identity");
  restart();
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
}

TEST_F(DeskAfterCrashTest, ANotificationWithoutOutcomeIsSentOnceMoreUnderTheSameIdAndNeverAThirdTime) {
  only("[[step]]\naction = \"notify\"\nurl = \"https://soc.example/\"");
  alert("a1", "flooding");
  advance();  // the courier has it, and never says what became of it
  const auto first = responses().at(0);
  restart();
  const auto second = responses().at(0);
  EXPECT_EQ(second.response, first.response);
  EXPECT_EQ(second.message, first.message);
  EXPECT_EQ(second.attempt, 2U);
  restart();
  EXPECT_EQ(responses().at(0).state, State::unknown);
  EXPECT_EQ(entries(Kind::response_started), 2U);
}

TEST_F(DeskAfterCrashTest, ANotificationThatHasNotArrivedIsTriedAgainAfterItsPausesHoweverOftenTheServerStops) {
  only("[[step]]\naction = \"notify\"\nurl = \"https://soc.example/\"");
  alert("a1", "flooding");
  advance();
  const auto id = responses().at(0).response;
  for (std::uint64_t tries = 1; tries < 6; ++tries) {
    desk_->delivered(id, {Posted::Fate::try_again, "the receiver answered 503"});
    EXPECT_EQ(responses().at(0).state, State::postponed);
    EXPECT_EQ(responses().at(0).tries, tries);
    restart();
    restart();
    EXPECT_EQ(responses().at(0).state, State::postponed) << "its pause is not over";
    clock_.advance(10min);
    advance();
    EXPECT_EQ(responses().at(0).state, State::started);
    EXPECT_FALSE(responses().at(0).repeated);
  }
  desk_->delivered(id, {Posted::Fate::try_again, "the receiver answered 503"});
  EXPECT_EQ(responses().at(0).state, State::failed) << "it is given up in the end";
  EXPECT_EQ(responses().at(0).tries, 6U);
}

TEST_F(DeskAfterCrashTest, WhatThePostHadNoTimeForIsNoTry) {
  only("[[step]]\naction = \"notify\"\nurl = \"https://soc.example/\"");
  alert("a1", "flooding");
  advance();
  const auto id = responses().at(0).response;
  desk_->delivered(id, {Posted::Fate::untried, "the server stopped"});
  EXPECT_EQ(responses().at(0).state, State::postponed);
  restart();
  clock_.advance(1s);
  advance();
  EXPECT_EQ(responses().at(0).tries, 0U);
  EXPECT_FALSE(responses().at(0).repeated);
  desk_->delivered(id, {Posted::Fate::arrived, "the receiver answered 204"});
  EXPECT_EQ(responses().at(0).state, State::done);
  EXPECT_EQ(responses().at(0).tries, 1U);
  desk_->delivered(id, {Posted::Fate::refused, "late"});
  EXPECT_EQ(responses().at(0).state, State::done);
}

TEST_F(DeskAfterCrashTest, AnOutcomeThatCannotBeWrittenIsWrittenWhenItCanAndNothingIsDoneTwice) {
  only(
      "[[step]]\naction = \"disconnect\"\n[[step]]\naction = \"attest\"\n"
      "[[step]]\naction = \"notify\"\nurl = \"https://soc.example/\"");
  alert("a1", "flooding");
  gated_.break_for(Kind::response_done, {Errc::unavailable, "disk-full", "the disk is full"});
  clock_.advance(1ms);
  EXPECT_EQ(desk_->advance().error().reason, "disk-full");
  desk_->delivered(response(ResponseAction::notify).response, {Posted::Fate::arrived, "the receiver answered 204"});
  clock_.advance(1s);
  EXPECT_EQ(desk_->advance().error().reason, "disk-full");
  for (const auto& row : responses()) EXPECT_EQ(row.state, State::started);
  gated_.mend();
  clock_.advance(1s);
  advance();
  for (const auto& row : responses()) EXPECT_EQ(row.state, State::done) << row.detail;
  EXPECT_THAT(hands_.deeds, ElementsAre("disconnect t-1"));
  EXPECT_EQ(hands_.published.size(), 1U);
  EXPECT_EQ(entries(Kind::response_started), 3U) << "the notification was not sent again";
}

TEST_F(DeskAfterCrashTest, WhatAnEarlierProcessLeftIsEndedWhenTheDiskTakesItAgain) {
  append("t-1", facts::ResponseStarted{.response = "0123456789abcdef",
                                       .playbook = "mine",
                                       .action = ResponseAction::lock,
                                       .alert = "a1",
                                       .device = "t-1"});
  gated_.break_for(Kind::response_done, {Errc::unavailable, "disk-full", "the disk is full"});
  desk_ = std::make_unique<Desk>(Desk::Rooms{gated_, hands_, courier_, clock_, brakes_}, testing::demo,
                                 Book(testing::demo));
  EXPECT_FALSE(desk_->advance());
  gated_.mend();
  clock_.advance(1s);
  advance();
  EXPECT_EQ(response(ResponseAction::lock).state, State::unknown);
}

TEST_F(DeskAfterCrashTest, AReceiverIsStillKnownWhenTheAlertWasResolvedInTheSameMoment) {
  only("[[step]]\naction = \"notify\"\nmode = \"propose\"\nto = [\"soc@example.com\"]");
  alert("a1", "flooding");
  const auto id = response_id(testing::demo, "a1", "mine", 0);
  resolve("a1", facts::AlertOutcome::true_alarm);  // while the desk decides
  append("t-1",
         facts::ResponseProposed{
             .response = id, .playbook = "mine", .action = ResponseAction::notify, .alert = "a1", .device = "t-1"});
  advance();
  EXPECT_THAT(response(ResponseAction::notify).step.to, ElementsAre("soc@example.com"));
}

TEST_F(DeskAfterCrashTest, ACommandWithoutOutcomeIsNotRepeated) {
  alert("a1", "flooding");
  append("t-1", facts::ResponseStarted{.response = "0123456789abcdef",
                                       .playbook = "mine",
                                       .action = ResponseAction::lock,
                                       .alert = "a1",
                                       .device = "t-1"});
  restart();
  EXPECT_EQ(response(ResponseAction::lock).state, State::unknown);
  EXPECT_THAT(hands_.published, IsEmpty());
}

TEST_F(DeskAfterCrashTest, ASnapshotGivesTheSameBookAsTheLedgerAndDamageIsNoticed) {
  add("format = 1\nid = \"mine\"\ntitle = \"M\"\n[trigger]\n[[step]]\naction = \"lock\"\n");
  alert("a1", "cloned-identity");
  advance();
  const auto saved = desk_->copy().save();
  auto loaded = Book::load(testing::demo, saved);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->save(), saved);
  restart();
  EXPECT_EQ(desk_->copy().save(), saved);
  for (const std::size_t at : {std::size_t{3}, saved.size() / 2, saved.size() - 1}) {
    auto damaged = saved;
    damaged[at] = damaged[at] == 'x' ? 'y' : 'x';
    EXPECT_EQ(Book::load(testing::demo, damaged).error().reason, "bad-snapshot");
  }
  EXPECT_FALSE(Book::load(FleetId("other"), saved));
}

TEST_F(DeskAfterCrashTest, AnAlertFromYesterdayIsNotActedUpon) {
  alert("a1", "cloned-identity");
  clock_.advance(2h);
  advance();
  EXPECT_THAT(hands_.deeds, IsEmpty());
  EXPECT_EQ(response(ResponseAction::quarantine).because, "stale");
  alert("a2", "cloned-identity", "t-2");
  clock_.advance(25h);
  advance();
  EXPECT_EQ(std::ranges::count(responses(), "t-2", &Response::device), 0);
}

}  // namespace
}  // namespace outrider::respond
