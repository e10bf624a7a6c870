#include "respond/book/book.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/json.h"

namespace outrider::respond {
namespace {

using namespace std::chrono_literals;

class BookTest : public ::testing::Test {
 protected:
  template <class Fact>
  std::uint64_t say(const std::string& device, const Fact& fact) {
    ledger::Entry entry{.number = book_.next(),
                        .kind = static_cast<std::uint16_t>(Fact::kind),
                        .fleet = FleetId("demo"),
                        .subject = {ledger::SubjectKind::device, device},
                        .received = now_ += 1ms,
                        .content_type = "application/json"};
    entry.payload = to_bytes(as_bytes(json::write(fact)));
    book_.apply(entry);
    return entry.number;
  }
  void alert(const std::string& id, const std::string& threat = "anomaly", const std::string& device = "t-1",
             facts::AlertLevel level = facts::AlertLevel::ticket) {
    say(device, facts::AlertRaised{.alert = id, .level = level, .threat = threat, .device = device, .risk = 9});
  }
  std::string start(const std::string& alert, const std::string& device) {
    const std::string id = response_id(FleetId("demo"), alert, "p", 0);
    intent_ = say(
        device,
        facts::ResponseStarted{
            .response = id, .playbook = "p", .action = ResponseAction::quarantine, .alert = alert, .device = device});
    return id;
  }

  static constexpr std::size_t alerts_max = 200;
  static constexpr std::size_t ended_max = 100;
  Book book_{FleetId("demo"), {.alerts = alerts_max, .ended_actuations = ended_max}};
  Timestamp now_{std::chrono::seconds{1'795'000'000}};
  std::uint64_t intent_ = 0;
};

TEST_F(BookTest, ForgetsTheResolvedAndTheIdleAndKeepsWhatIsUnderWay) {
  alert("proposed", "theft", "t-1", facts::AlertLevel::page);
  const std::string id = response_id(FleetId("demo"), "proposed", "theft", 0);
  say("t-1",
      facts::ResponseProposed{
          .response = id, .playbook = "theft", .action = ResponseAction::stolen, .alert = "proposed", .device = "t-1"});
  alert("begun", "anomaly", "t-2");
  const auto begun = start("begun", "t-2");
  alert("page", "gnss-spoofing", "t-3", facts::AlertLevel::page);
  for (std::size_t i = 0; i < alerts_max; ++i) alert(fmt::format("a{}", i), "anomaly", fmt::format("d-{}", i % 100));
  EXPECT_LE(book_.alerts().size(), alerts_max);
  EXPECT_EQ(book_.alert("a0"), nullptr) << "the oldest that nobody does anything about";
  EXPECT_NE(book_.alert(fmt::format("a{}", alerts_max - 1)), nullptr);
  ASSERT_NE(book_.response(id), nullptr) << "somebody has to decide it";
  EXPECT_EQ(book_.response(id)->state, State::proposed);
  ASSERT_NE(book_.response(begun), nullptr) << "its outcome is to come";
  EXPECT_TRUE(book_.doubt("t-3")) << "a page outlives tickets";
}

TEST_F(BookTest, WhatIsNotInForceAnyMoreIsForgottenAfterItsAlert) {
  alert("first", "anomaly", "t-1");
  const auto id = start("first", "t-1");
  say("t-1", facts::DeviceStateChanged{.device = DeviceId("t-1"),
                                       .event = facts::LifecycleEvent::quarantine,
                                       .to = facts::Lifecycle::quarantined,
                                       .cause = {intent_}});
  say("t-1", facts::ResponseDone{.response = id});
  EXPECT_EQ(book_.restricted_now(), 1U);
  for (std::size_t i = 0; i <= alerts_max; ++i) alert(fmt::format("a{}", i));
  ASSERT_NE(book_.response(id), nullptr) << "it is in force";
  say("t-1", facts::DeviceStateChanged{
                 .device = DeviceId("t-1"), .event = facts::LifecycleEvent::release, .to = facts::Lifecycle::active});
  EXPECT_EQ(book_.restricted_now(), 0U);
  for (std::size_t i = 0; i <= alerts_max; ++i) alert(fmt::format("b{}", i));
  EXPECT_EQ(book_.response(id), nullptr);
}

TEST_F(BookTest, AChangeOfStateIsOursOnlyWhenItNamesOurIntent) {
  alert("a1");
  const auto id = start("a1", "t-1");
  say("t-1", facts::DeviceStateChanged{.device = DeviceId("t-1"),
                                       .event = facts::LifecycleEvent::quarantine,
                                       .to = facts::Lifecycle::quarantined,
                                       .cause = {intent_ + 1}});
  EXPECT_FALSE(book_.in_force(*book_.response(id)));
  say("t-2", facts::DeviceStateChanged{.device = DeviceId("t-2"),
                                       .event = facts::LifecycleEvent::quarantine,
                                       .to = facts::Lifecycle::quarantined,
                                       .cause = {intent_}});
  EXPECT_FALSE(book_.in_force(*book_.response(id))) << "nor when it is another device";
}

TEST_F(BookTest, EndedActuationIsForgottenBeforeWhatWaits) {
  for (std::size_t i = 0; i < ended_max + 10; ++i) {
    facts::ActuationSent sent{
        .actuation = fmt::format("{:016x}", i), .playbook = "p", .rule = "r", .device = "t-1", .topic = "app/x"};
    if (i == 0) {
      say("t-1",
          facts::ActuationHeld{.actuation = "held", .playbook = "p", .rule = "r", .device = "t-1", .topic = "app/x"});
    }
    sent.outcome = "published";
    say("t-1", sent);
  }
  EXPECT_LE(book_.actuations().size(), ended_max + 1);
  EXPECT_NE(book_.actuation("held"), nullptr);
  EXPECT_EQ(book_.actuation(fmt::format("{:016x}", 0)), nullptr);
}

}  // namespace
}  // namespace outrider::respond
