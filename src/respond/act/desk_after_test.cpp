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
  const auto saved = desk_->save();
  auto loaded = Book::load(testing::demo, saved);
  ASSERT_TRUE(loaded) << loaded.error().text();
  EXPECT_EQ(loaded->save(), saved);
  restart();
  EXPECT_EQ(desk_->save(), saved);
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
