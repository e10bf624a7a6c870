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
    draft(temperature);
    advance();
  }
  void draft(double temperature, const std::string& device = "t-1", ledger::Privacy privacy = ledger::Privacy::open) {
    ledger::Draft draft;
    draft.kind = static_cast<std::uint16_t>(Kind::telemetry);
    draft.fleet = testing::demo;
    draft.subject = {ledger::SubjectKind::device, device};
    draft.content_type = "application/senml+json";
    draft.payload = to_bytes(as_bytes(fmt::format("[{{\"n\":\"temperature\",\"u\":\"Cel\",\"v\":{}}}]", temperature)));
    draft.received = clock_.now();
    draft.privacy = privacy;
    ASSERT_TRUE(ledger_->append_and_wait(std::move(draft)));
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

TEST_F(ActuationTest, WhatFollowsFromAPersonalReadingIsPersonal) {
  draft(9, "t-1", ledger::Privacy::personal);
  draft(22, "t-2", ledger::Privacy::open);
  advance();
  const auto all = ledger_->read(testing::demo, 0, 1000).value();
  std::size_t seen = 0;
  for (const auto& entry : all) {
    const auto kind = static_cast<Kind>(entry.kind);
    if (kind != Kind::actuation_sent && kind != Kind::actuation_held) continue;
    ++seen;
    EXPECT_EQ(entry.privacy == ledger::Privacy::personal, entry.subject.id == "t-1");
  }
  EXPECT_EQ(seen, 5U) << "two intents, two outcomes, one that is held";
}

TEST_F(ActuationTest, ADeviceThatPlaysWithALimitIsBraked) {
  for (int i = 0; i < 15; ++i) {
    report(9);
    report(4);
  }
  EXPECT_EQ(hands_.published.size(), 12U);
  const auto rows = actuations();
  EXPECT_EQ(std::ranges::count(rows, ActuationState::held, &Actuation::state), 1);
  EXPECT_EQ(std::ranges::count(rows, "limit", &Actuation::because), 3);
  restart();
  report(9);
  EXPECT_EQ(hands_.published.size(), 12U) << "a restart does not begin a new hour";
  clock_.advance(61min);
  report(4);
  report(9);
  EXPECT_EQ(hands_.published.size(), 13U);
}

TEST_F(ActuationTest, OneThingOfARuleAndADeviceWaitsForAPersonAndItIsTheNewest) {
  report(21);
  report(4);
  report(22);
  auto rows = actuations();
  ASSERT_EQ(std::ranges::count(rows, ActuationState::held, &Actuation::state), 1);
  ASSERT_EQ(std::ranges::count(rows, ActuationState::superseded, &Actuation::state), 1);
  const auto held = *std::ranges::find(rows, ActuationState::held, &Actuation::state);
  const auto old = *std::ranges::find(rows, ActuationState::superseded, &Actuation::state);
  EXPECT_THAT(held.message, HasSubstr("22"));
  EXPECT_EQ(desk_->decide_actuation(old.actuation, true, "", "token:ann", false).error().reason, "wrong-state");
  EXPECT_TRUE(desk_->decide_actuation(held.actuation, true, "", "token:ann", false));
}

TEST_F(ActuationTest, AnOutcomeThatCannotBeWrittenIsWrittenWhenItCan) {
  hands_.before_publishing = [&] { gated_.break_for(Kind::actuation_sent, {Errc::unavailable, "disk-full", "full"}); };
  draft(9);
  clock_.advance(1ms);
  EXPECT_EQ(desk_->advance().error().reason, "disk-full");
  EXPECT_EQ(actuations().at(0).state, ActuationState::sending);
  gated_.mend();
  hands_.before_publishing = {};
  clock_.advance(1s);
  advance();
  EXPECT_EQ(actuations().at(0).state, ActuationState::published);
  EXPECT_EQ(hands_.published.size(), 1U);
}

TEST_F(ActuationTest, WhatManyCallForAtOnceDoesNotHoldAQuarantineUp) {
  for (int i = 0; i < 300; ++i) draft(9, fmt::format("d-{}", i));
  alert("a1", "cloned-identity");
  advance();
  EXPECT_THAT(hands_.deeds, ElementsAre("quarantine t-1"));
  EXPECT_LT(hands_.published.size(), 100U);
  for (int i = 0; i < 6; ++i) advance();
  EXPECT_EQ(hands_.published.size(), 300U) << "none is lost";
}

TEST_F(ActuationTest, RulesOfARemovedPlaybookDoNotAct) {
  draft(9);
  ASSERT_TRUE(desk_->remove_playbook("cold", "it goes wrong", "token:ann", false));
  advance();
  EXPECT_THAT(hands_.published, IsEmpty());
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
