#include "sim/breach/judge.h"

#include <gtest/gtest.h>

namespace outrider::sim {
namespace {

using namespace std::chrono_literals;

const Timestamp began = Timestamp(1'800'000'000s);

class Judge : public testing::Test {
 protected:
  void expect(Expect what) {
    step_.expect = what;
    verdict_.expect = what;
  }
  Seen alert(std::chrono::seconds after, const std::string& device, const std::string& threat,
             const std::string& level) {
    return {.at = began + after,
            .entry = ++entry_,
            .kind = "alert.raised",
            .device = device,
            .threat = threat,
            .level = level};
  }
  bool judged(const std::vector<Seen>& seen) {
    const Scope scope{.limits = limits_, .step = step_, .victims = {"a", "b"}, .touched = {"a", "b"}, .began = began};
    verdict_.victim = "a";
    judge(seen, scope, {}, verdict_);
    return held(scope, verdict_);
  }
  Scenario limits_;
  Step step_{.detect = {"gnss-jamming"}};
  Verdict verdict_;
  std::uint64_t entry_ = 0;
};

TEST_F(Judge, WhatWasRefusedAltogetherNeedsNoAlert) {
  verdict_.attempts = verdict_.refused = 5;
  EXPECT_TRUE(judged({}));
  verdict_.accepted = 1;
  EXPECT_FALSE(judged({}));
}

TEST_F(Judge, WhatWasAcceptedMustBeDetectedAndContainedInTime) {
  verdict_.attempts = verdict_.accepted = 5;
  const Seen found = alert(10s, "a", "gnss-jamming", "page");
  Seen shut{.at = began + 12s, .entry = 9, .kind = "device.state-changed", .device = "a", .text = "quarantined"};
  EXPECT_FALSE(judged({found}));
  verdict_ = {.attempts = 5, .accepted = 5};
  EXPECT_TRUE(judged({found, shut}));
  EXPECT_EQ(verdict_.entries, (std::vector<std::uint64_t>{1, 9}));
  verdict_ = {.attempts = 5, .accepted = 5};
  shut.at = began + 121s;
  EXPECT_FALSE(judged({found, shut}));
}

TEST_F(Judge, NothingInTheNameOfOthersMayBeAcceptedWhateverIsDetected) {
  verdict_ = {.attempts = 5, .accepted = 1, .refused = 4, .impersonation = true};
  EXPECT_FALSE(
      judged({alert(1s, "a", "gnss-jamming", "page"), {.at = began + 2s, .kind = "identity.revoked", .device = "a"}}));
}

TEST_F(Judge, AnotherThreatAnotherDeviceOrAnEarlierAlertIsNoDetection) {
  expect(Expect::noticed);
  EXPECT_FALSE(judged({alert(1s, "a", "silence", "ticket"), alert(1s, "c", "gnss-jamming", "ticket"),
                       alert(-1s, "a", "gnss-jamming", "ticket")}));
  EXPECT_TRUE(judged({alert(1s, "b", "gnss-jamming", "ticket")}));
  EXPECT_EQ(verdict_.found, 1U);
}

TEST_F(Judge, AnIncidentNamesItsDevices) {
  expect(Expect::paged);
  Seen incident = alert(8s, "", "gnss-jamming", "ticket");
  incident.devices = {"b", "a", "c"};
  EXPECT_FALSE(judged({incident}));
  verdict_ = {.expect = Expect::paged};
  incident.level = "page";
  EXPECT_TRUE(judged({incident}));
  EXPECT_EQ(verdict_.found, 2U);
  EXPECT_EQ(*verdict_.paged_after_s, 8);
}

TEST_F(Judge, WhereNothingIsWrongNobodyMayBePaged) {
  expect(Expect::quiet);
  EXPECT_TRUE(judged({alert(1s, "z", "silence", "ticket")}));
  EXPECT_EQ(verdict_.tickets, 1U);
  verdict_ = {.expect = Expect::quiet};
  EXPECT_FALSE(judged({alert(1s, "z", "silence", "page")}));
  EXPECT_EQ(verdict_.pages_elsewhere, 1U);
}

TEST_F(Judge, HoldingActuationContainsWhatIsDeceivedAndNotWhoHasTheKeys) {
  const Seen held{.kind = "response.done", .text = "hold_actuation"};
  EXPECT_TRUE(contains(held, Attack::drag_off));
  EXPECT_FALSE(contains(held, Attack::clone));
  EXPECT_FALSE(contains({.kind = "response.done", .text = "hold_actuation: failed"}, Attack::drag_off));
  EXPECT_TRUE(contains({.kind = "device.state-changed", .text = "quarantined"}, Attack::clone));
  EXPECT_FALSE(contains({.kind = "response.proposed", .text = "quarantine"}, Attack::clone));
  EXPECT_FALSE(contains({.kind = "device.state-changed", .text = "active"}, Attack::clone));
}

}  // namespace
}  // namespace outrider::sim
