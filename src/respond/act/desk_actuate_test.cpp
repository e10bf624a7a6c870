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

class ActuationTest : public testing::DeskSuite {
 protected:
  void SetUp() override {
    add("format = 1\nid = \"cold\"\ntitle = \"Cold chain\"\n[[actuate]]\nname = \"warm\"\nwhen = \"above\"\n"
        "reading = \"temperature\"\nlimit = 8\ntrust = \"mutual-tls\"\ntopic = \"app/dispatch/<device>/reroute\"\n"
        "[[actuate]]\nname = \"signed\"\nwhen = \"above\"\nreading = \"temperature\"\nlimit = 20\n"
        "trust = \"device-signed\"\ntopic = \"d/<device>/command\"\n");
  }
  void report(double temperature) {
    ledger::Draft draft;
    draft.kind = static_cast<std::uint16_t>(Kind::telemetry);
    draft.fleet = testing::demo;
    draft.subject = {ledger::SubjectKind::device, "t-1"};
    draft.content_type = "application/senml+json";
    draft.payload = to_bytes(as_bytes(fmt::format("[{{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":{}}}]", temperature)));
    draft.received = clock_.now();
    ASSERT_TRUE(ledger_->append_and_wait(std::move(draft)));
    advance();
  }
};

TEST_F(ActuationTest, ActsOnceOnAWordThatIsGoodEnough) {
  report(4);
  report(9);
  report(9.5);
  ASSERT_EQ(hands_.published.size(), 1U);
  EXPECT_EQ(hands_.published[0].first, "app/dispatch/t-1/reroute");
  EXPECT_EQ(actuations().at(0).state, ActuationState::published);
  restart();
  advance();
  EXPECT_EQ(hands_.published.size(), 1U);
}

TEST_F(ActuationTest, AWordThatFallsShortWaitsForAPerson) {
  report(21);
  ASSERT_EQ(hands_.published.size(), 1U) << "only the rule that asks for less";
  const auto rows = actuations();
  const auto held = std::ranges::find(rows, ActuationState::held, &Actuation::state);
  ASSERT_NE(held, rows.end());
  EXPECT_EQ(held->because, "trust");
  EXPECT_EQ(desk_->decide_actuation(held->actuation, false, "", "token:ann", false).error().reason, "no-reason");
  ASSERT_TRUE(desk_->decide_actuation(held->actuation, true, "", "token:ann", false));
  EXPECT_EQ(hands_.published.back().first, "d/t-1/command");
  EXPECT_EQ(desk_->decide_actuation(held->actuation, true, "", "token:bob", false).error().reason, "wrong-state");
}

TEST_F(ActuationTest, NothingActsOnTheWordOfADeviceInDoubt) {
  alert("a1", "sensor-manipulation", "t-1", false, facts::AlertLevel::ticket);
  report(9);
  EXPECT_THAT(hands_.published, IsEmpty());
  EXPECT_EQ(actuations().at(0).because, "standing-alert");
  resolve("a1", facts::AlertOutcome::false_alarm);
  report(4);
  report(9);
  EXPECT_EQ(hands_.published.size(), 1U) << "its word counts again";
}

TEST_F(ActuationTest, ARejectedActuationDoesNotHappen) {
  report(21);
  const auto rows = actuations();
  const auto held = std::ranges::find(rows, ActuationState::held, &Actuation::state);
  ASSERT_TRUE(desk_->decide_actuation(held->actuation, false, "spoofed", "token:ann", false));
  advance();
  EXPECT_EQ(hands_.published.size(), 1U);
}

TEST_F(ActuationTest, AnIntentWithoutOutcomeIsNotRepeated) {
  append("t-1", facts::ActuationSent{.actuation = "0123456789abcdef",
                                     .playbook = "cold",
                                     .rule = "warm",
                                     .device = "t-1",
                                     .topic = "app/dispatch/t-1/reroute",
                                     .message = "{}"});
  restart();
  advance();
  EXPECT_THAT(hands_.published, IsEmpty());
  EXPECT_EQ(actuations().at(0).state, ActuationState::unknown);
}

}  // namespace
}  // namespace outrider::respond
