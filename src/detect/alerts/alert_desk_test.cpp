#include "detect/alerts/alert_desk.h"

#include "detect/testing/alerts.h"

namespace outrider::detect {
namespace {

using testing::fleet;

using AlertDecisions = testing::Alerts;

TEST_F(AlertDecisions, LeadALifeOfThreeStates) {
  raise("00000000000000aa", "t-1");
  auto alert = desk_.acknowledge(fleet, {"00000000000000aa", "on it", "token:ann"}, Decide::really);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->state, AlertState::acknowledged);
  EXPECT_EQ(alert->events.back().by, "token:ann");
  EXPECT_EQ(alert->events.back().text, "on it");
  alert = desk_.resolve(fleet, {"00000000000000aa", facts::AlertOutcome::expected, "workshop", "token:bob"},
                        Decide::really);
  ASSERT_TRUE(alert);
  EXPECT_EQ(alert->state, AlertState::resolved);
  EXPECT_EQ(alert->outcome, facts::AlertOutcome::expected);
  EXPECT_EQ(alert->events.back().text, "expected: workshop");
  EXPECT_EQ(standing(), 0U);
  read();
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->events.size(), 3U) << "what was settled is not read a second time";
}

TEST_F(AlertDecisions, RefuseStepsThatDoNotFollow) {
  EXPECT_EQ(reason(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really)), "unknown-alert");
  raise("00000000000000aa", "t-1");
  EXPECT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really));
  EXPECT_EQ(reason(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really)), "already-acknowledged");
  EXPECT_TRUE(desk_.resolve(fleet, {"00000000000000aa", {}, "", ""}, Decide::really));
  EXPECT_EQ(reason(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really)), "already-resolved");
  EXPECT_EQ(reason(desk_.resolve(fleet, {"00000000000000aa", {}, "", ""}, Decide::really)), "already-resolved");
}

TEST_F(AlertDecisions, RefuseNotesThatAreEmptyOrTooLong) {
  raise("00000000000000aa", "t-1");
  EXPECT_EQ(reason(desk_.note(fleet, {"00000000000000aa", "", {}, ""}, Decide::really)), "empty-note");
  EXPECT_EQ(reason(desk_.note(fleet, {"00000000000000aa", std::string(2001, 'x'), {}, ""}, Decide::really)),
            "text-too-long");
  EXPECT_EQ(reason(desk_.note(fleet, {"00000000000000aa", "", std::string(129, 'x'), ""}, Decide::really)),
            "text-too-long");
  EXPECT_EQ(ledger_.durable(fleet), 1U) << "nothing of that is in the ledger";
}

TEST_F(AlertDecisions, ChangeNothingWhenOnlyTried) {
  raise("00000000000000aa", "t-1");
  EXPECT_TRUE(desk_.resolve(fleet, {"00000000000000aa", {}, "", ""}, Decide::try_only));
  EXPECT_EQ(ledger_.durable(fleet), 1U);
  EXPECT_EQ(standing(), 1U);
}

TEST_F(AlertDecisions, AreAssignedAndTakenBack) {
  raise("00000000000000aa", "t-1");
  EXPECT_EQ(desk_.note(fleet, {"00000000000000aa", "yours", "alice", "op"}, Decide::really)->assignee, "alice");
  EXPECT_EQ(book_.find(fleet, "00000000000000aa")->events.back().text, "for alice: yours");
  EXPECT_EQ(desk_.note(fleet, {"00000000000000aa", "", "", "op"}, Decide::really)->assignee, std::nullopt);
}

TEST_F(AlertDecisions, AreSuppressedWithAReasonAndAnEnd) {
  const auto hour = clock_.now() + std::chrono::hours{1};
  const auto refused = [&](facts::SuppressionAdded wanted) {
    return reason(desk_.suppress(fleet, std::move(wanted), Decide::really));
  };
  EXPECT_EQ(refused({.reason = "why", .expires = hour}), "matches-everything");
  EXPECT_EQ(refused({.threat = "tamperin", .reason = "why", .expires = hour}), "unknown-threat");
  EXPECT_EQ(refused({.check = "no-such", .reason = "why", .expires = hour}), "unknown-check");
  EXPECT_EQ(refused({.threat = "tampering", .expires = hour}), "reason-missing");
  EXPECT_EQ(refused({.threat = "tampering", .reason = "why", .expires = clock_.now()}), "expiry-in-the-past");
  EXPECT_EQ(refused({.threat = "tampering", .reason = "why", .expires = hour + suppression_life_max}),
            "expiry-too-late");
  EXPECT_EQ(refused({.threat = "tampering", .reason = std::string(2001, 'x'), .expires = hour}), "text-too-long");
  EXPECT_EQ(ledger_.durable(fleet), 0U);
  const auto made = desk_.suppress(fleet, {.threat = "tampering", .reason = "why", .expires = hour}, Decide::really);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->said.suppression, "s1");
  EXPECT_EQ(
      desk_.suppress(fleet, {.device = "t-1", .reason = "why", .expires = hour}, Decide::really)->said.suppression,
      "s2");
  EXPECT_EQ(reason(desk_.lift(fleet, {"s3", "op"}, Decide::really)), "unknown-suppression");
  ASSERT_TRUE(desk_.lift(fleet, {"s1", "op"}, Decide::really));
  EXPECT_EQ(reason(desk_.lift(fleet, {"s1", "op"}, Decide::really)), "suppression-over");
  clock_.advance(std::chrono::hours{2});
  EXPECT_EQ(reason(desk_.lift(fleet, {"s2", "op"}, Decide::really)), "suppression-over");
}

TEST_F(AlertDecisions, AreNotDecidedAboutBeforeThePastWasRead) {
  raise("00000000000000aa", "t-1");
  ASSERT_TRUE(desk_.acknowledge(fleet, {"00000000000000aa", "", ""}, Decide::really));
  const auto hour = clock_.now() + std::chrono::hours{1};
  ASSERT_TRUE(desk_.suppress(fleet, {.threat = "tampering", .reason = "why", .expires = hour}, Decide::really));
  // As after a start without a snapshot.
  AlertBook book;
  AlertDesk desk(book, ledger_, clock_);
  const auto tell = [&](std::size_t until) {
    for (const auto& entry : *ledger_.read(fleet, 0, until)) book.apply(entry);
  };
  tell(2);
  EXPECT_EQ(reason(desk.note(fleet, {"00000000000000aa", "hm", {}, ""}, Decide::really)), "alerts-behind");
  EXPECT_EQ(reason(desk.suppress(fleet, {.device = "t-1", .reason = "why", .expires = hour}, Decide::really)),
            "alerts-behind");
  EXPECT_EQ(reason(desk.lift(fleet, {"s1", "op"}, Decide::really)), "alerts-behind");
  tell(3);
  EXPECT_EQ(desk.suppress(fleet, {.device = "t-1", .reason = "why", .expires = hour}, Decide::really)->said.suppression,
            "s2")
      << "no id is given twice";
  EXPECT_TRUE(desk.note(fleet, {"00000000000000aa", "hm", {}, ""}, Decide::really));
}

TEST_F(AlertDecisions, AreExcusedByMaintenanceThatBeginsAndEnds) {
  const auto now = clock_.now();
  const auto hour = std::chrono::hours{1};
  const auto refused = [&](facts::MaintenancePlanned wanted) {
    return reason(desk_.plan(fleet, std::move(wanted), Decide::really));
  };
  EXPECT_EQ(refused({.from = now, .until = now, .reason = "why"}), "bad-window");
  EXPECT_EQ(refused({.from = now - 2 * hour, .until = now - hour, .reason = "why"}), "expiry-in-the-past");
  EXPECT_EQ(refused({.threats = {"weather"}, .from = now, .until = now + hour, .reason = "why"}), "unknown-threat");
  EXPECT_EQ(refused({.from = now, .until = now + hour}), "reason-missing");
  const auto made = desk_.plan(fleet, {.from = now, .until = now + hour, .reason = "order 4711"}, Decide::really);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->said.maintenance, "m1");
  ASSERT_TRUE(desk_.end(fleet, {"m1", "op"}, Decide::really));
  EXPECT_EQ(reason(desk_.end(fleet, {"m1", "op"}, Decide::really)), "maintenance-over");
  EXPECT_EQ(reason(desk_.end(fleet, {"m2", "op"}, Decide::really)), "unknown-maintenance");
}

}  // namespace
}  // namespace outrider::detect
