#include "detect/engine/engine.h"

#include <gtest/gtest.h>

#include <cmath>

namespace outrider::detect {
namespace {

constexpr double start = 1'790'000'000;

struct EngineTest : testing::Test {
  EngineTest() {
    Contract contract;
    contract.profile = "tracker";
    contract.interval_s = 60;
    device = engine.add_device("t-1", engine.add_contract(contract));
    Observation opened = at(start, What::session_opened);
    observe(at(start, What::identity_issued));
    observe(opened);
  }
  Observation at(double time, What what) {
    Observation out;
    out.what = what;
    out.device = device;
    out.entry = ++entry;
    out.received_s = out.measured_s = time;
    return out;
  }
  std::vector<Finding> observe(const Observation& observation) {
    std::vector<Finding> findings;
    engine.observe(observation, findings);
    return findings;
  }
  std::vector<Finding> report(double time, double lat, double lon) {
    Observation observation = at(time, What::report);
    observation.reading.lat = lat;
    observation.reading.lon = lon;
    observation.reading.accuracy = 5;
    return observe(observation);
  }
  // Munich, and 30 seconds later Berlin.
  std::vector<Finding> jump() {
    for (int i = 1; i <= 10; ++i) report(start + 60 * i, 48.1, 11.5);
    return report(start + 630, 52.5, 13.4);
  }

  Engine engine;
  std::uint32_t device = 0;
  std::uint64_t entry = 0;
};

TEST_F(EngineTest, FindsAJumpAndSaysWhatItRestsOn) {
  const auto findings = jump();
  ASSERT_FALSE(findings.empty());
  const Finding& finding = findings.front();
  EXPECT_EQ(finding.device, device);
  EXPECT_EQ(finding.threat, Threat::false_position);
  EXPECT_EQ(finding.entry, entry);
  EXPECT_EQ(finding.evidence[0].entries[0], entry);
  EXPECT_NEAR(finding.lat, 52.5, 0.01);
  EXPECT_EQ(finding.profile, engine.contract_index("tracker"));
}

TEST_F(EngineTest, SaysNothingOfACheckThatIsOff) {
  Tuning tuning;
  for (const CheckInfo& check : checks()) tuning.dials[{check.id, "tracker"}] = {false, 1};
  engine.tune(tuning);
  EXPECT_TRUE(jump().empty());
}

TEST_F(EngineTest, ListensByTheDialsOfTheDevicesOwnProfile) {
  Tuning tuning;
  for (const CheckInfo& check : checks()) tuning.dials[{check.id, "another"}] = {false, 1};
  engine.tune(tuning);
  EXPECT_FALSE(jump().empty());
}

TEST_F(EngineTest, DoesNotMindARetiredDevicesPosition) {
  Observation retired = at(start + 1, What::device_state);
  retired.lifecycle = static_cast<std::uint8_t>(facts::Lifecycle::retired);
  observe(retired);
  EXPECT_TRUE(jump().empty());
}

TEST_F(EngineTest, LeadsTheLifecycleOnAsEntriesDo) {
  EXPECT_EQ(engine.state(device).lifecycle, static_cast<std::uint32_t>(facts::Lifecycle::active));
}

TEST_F(EngineTest, LooksAtAQuietDeviceAndNotAtOneThatSpeaks) {
  Observation tick;
  tick.received_s = start + 121;
  const auto observed = engine.state(device).observations;
  const auto wake = engine.state(device).wake_s;
  observe(tick);
  EXPECT_GT(engine.state(device).wake_s, wake);
  EXPECT_EQ(engine.state(device).observations, observed);
  EXPECT_EQ(engine.state(device).last_s, start);
  // It speaks, so its next visit is two intervals away.
  report(start + 130, 48, 11);
  tick.received_s = start + 160;
  observe(tick);
  EXPECT_GE(engine.state(device).wake_s, start + 250);
}

TEST_F(EngineTest, TimeNeverGoesBack) {
  Observation tick;
  tick.received_s = start + 1000;
  observe(tick);
  tick.received_s = start - 1000;
  observe(tick);
  EXPECT_EQ(engine.now_s(), start + 1000);
}

TEST_F(EngineTest, ObservesNobody) {
  Observation refused = at(start + 1, What::enrolment_refused);
  refused.device = 0;
  refused.refusal = Refusal::code;
  observe(refused);
  EXPECT_EQ(engine.state(0).observations, 1U);
  EXPECT_EQ(engine.device_name(0), "");
}

TEST_F(EngineTest, PassesOverADeviceItDoesNotHave) {
  Observation report = at(start + 1, What::report);
  report.device = 77;
  EXPECT_TRUE(observe(report).empty());
}

// What the followed number says when the box's air jumps after 400 reports; with the door, or the power, as given.
float channel_after_jump(Truth door, Truth power) {
  Engine engine;
  Contract contract;
  contract.profile = "reefer";
  contract.thermal = true;
  contract.channels[0] = "temperature";
  const std::uint32_t device = engine.add_device("t-1", engine.add_contract(contract));
  std::vector<Finding> findings;
  Observation report;
  report.what = What::report;
  report.device = device;
  for (int i = 0; i <= 400; ++i) {
    report.entry = static_cast<std::uint64_t>(i) + 1;
    report.received_s = report.measured_s = start + 900 * i;
    const bool jumps = i == 400;
    report.reading.temperature = report.reading.channels[0] = jumps ? -6 : -18 + 0.1 * (i * 7 % 5);
    report.reading.door = jumps ? door : Truth::no;
    report.reading.power = jumps ? power : Truth::yes;
    engine.observe(report, findings);
  }
  float most = 0;
  for (const Evidence& kept : engine.state(device).risk.evidence)
    if (kept.check == CheckId::channel) most = std::max(most, kept.nats);
  return most;
}

TEST(ChannelTest, ADoorOrAPowerCutExplainsWhatTheAirOfABoxDoes) {
  EXPECT_GT(channel_after_jump(Truth::no, Truth::yes), 4);
  EXPECT_EQ(channel_after_jump(Truth::yes, Truth::yes), 0);
  EXPECT_EQ(channel_after_jump(Truth::no, Truth::no), 0);
}

TEST(SurprisesTest, KeepTheStrongestWhenThereIsNoRoom) {
  Surprises surprises;
  Observation observation;
  surprises.begin(observation);
  const CheckId check = checks().front().id;
  for (int i = 0; i < 100; ++i) surprises.add({.check = check, .nats = 3.0F + static_cast<float>(i)});
  EXPECT_EQ(surprises.all().size(), Surprises::count_max);
  for (const Evidence& each : surprises.all()) EXPECT_GE(each.nats, 70.0F);
}

TEST(SurprisesTest, RefuseWhatIsNotSurprisingAndWhatIsNoNumber) {
  Surprises surprises;
  Observation observation;
  surprises.begin(observation);
  const CheckId check = checks().front().id;
  surprises.add({.check = check, .nats = 1.9F});
  surprises.add({.check = check, .nats = NAN});
  surprises.add({.check = CheckId::none, .nats = 50});
  EXPECT_TRUE(surprises.all().empty());
  surprises.add({.check = check, .nats = INFINITY, .observed = NAN, .limit = INFINITY});
  ASSERT_EQ(surprises.all().size(), 1U);
  EXPECT_EQ(surprises.all()[0].nats, Surprises::nats_max);
  EXPECT_TRUE(std::isfinite(surprises.all()[0].limit));
  EXPECT_EQ(surprises.all()[0].observed, 0);
}

TEST(SurprisesTest, FillInTimeEntryAndThreat) {
  Surprises surprises;
  Observation observation;
  observation.entry = 42;
  observation.received_s = 1000;
  surprises.begin(observation);
  const CheckInfo& check = checks().front();
  surprises.add({.check = check.id, .nats = 5});
  const Evidence& kept = surprises.all()[0];
  EXPECT_EQ(kept.entries[0], 42U);
  EXPECT_EQ(kept.entries_used, 1U);
  EXPECT_EQ(kept.at_s, 1000U);
  EXPECT_EQ(kept.threat, check.threat);
}

}  // namespace
}  // namespace outrider::detect
