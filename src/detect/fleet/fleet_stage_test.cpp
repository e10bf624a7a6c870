#include "detect/fleet/fleet_stage.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "detect/engine/risk/risk.h"
#include "detect/input/hash.h"
#include "detect/testing/entries.h"
#include "detect/vocabulary/check.h"

namespace outrider::detect {
namespace {

using testing::fact;
using testing::fleet;

constexpr double start_s = testing::start_us / 1e6;

CheckId proof_of(Threat threat) {
  for (const CheckInfo& check : checks())
    if (check.proof && check.threat == threat) return check.id;
  return CheckId::none;
}

CheckId check_of(Family family) {
  for (const CheckInfo& check : checks())
    if (check.family == family && !check.proof) return check.id;
  return CheckId::none;
}

class Stage : public ::testing::Test {
 protected:
  explicit Stage(int devices = 200) {
    Contract contract;
    contract.profile = "tracker";
    const auto index = engine_.add_contract(contract);
    for (int i = 0; i < devices; ++i) engine_.add_device("t-" + std::to_string(i), index);
  }

  // What the families say, each so many nats.
  Finding finding(std::uint32_t device, Threat threat, std::vector<std::pair<Family, float>> families,
                  double at_s = 0) {
    RiskState state{};
    std::size_t used = 0;
    const auto now = static_cast<std::uint32_t>(start_s + at_s);
    for (const auto& [family, nats] : families)
      state.evidence[used++] = {.check = check_of(family),
                                .nats = nats,
                                .observed = 7,
                                .limit = 1,
                                .at_s = now,
                                .entries = {next_entry_},
                                .entries_used = 1,
                                .threat = threat};
    return placed(assess(state, threat, now, engine_.tuning()), device, now);
  }

  Finding proof(std::uint32_t device, Threat threat, double at_s = 0) {
    RiskState state{};
    const auto now = static_cast<std::uint32_t>(start_s + at_s);
    state.evidence[0] = {.check = proof_of(threat), .nats = 30, .at_s = now, .threat = threat};
    return placed(assess(state, threat, now, engine_.tuning()), device, now);
  }

  Finding placed(Finding finding, std::uint32_t device, double now) {
    finding.device = device;
    finding.at_s = now;
    finding.entry = next_entry_++;
    finding.profile = 1;
    finding.lat = finding.lon = NAN;
    return finding;
  }

  Conclusions conclude(std::vector<Finding> findings, double at_s) {
    Conclusions out;
    stage_.conclude(engine_, start_s + at_s, findings, out);
    return out;
  }
  Conclusions wait(double at_s) { return conclude({}, at_s); }

  // The engine goes on speaking of what it spoke of first with that entry.
  void spoken(std::uint32_t device, Threat threat, std::uint64_t entry) {
    auto& risk = const_cast<DeviceState&>(engine_.state(device)).risk;
    risk.said[0] = {.entry = entry, .threat = threat};
  }

  Engine engine_;
  FleetStage stage_{fleet};
  std::uint64_t next_entry_ = 1000;
};

constexpr std::pair motion{Family::motion, 30.0F};
constexpr std::pair radio{Family::radio, 20.0F};

TEST_F(Stage, SaysAProofAtOnce) {
  const auto out = conclude({proof(1, Threat::cloned_identity)}, 0);
  ASSERT_EQ(out.raised.size(), 1U);
  const auto& alert = out.raised[0];
  EXPECT_EQ(alert.level, facts::AlertLevel::page);
  EXPECT_EQ(alert.threat, "cloned-identity");
  EXPECT_EQ(alert.device, "t-0");
  EXPECT_EQ(alert.title, "One identity in two places");
  EXPECT_TRUE(alert.proof);
  EXPECT_EQ(alert.techniques, (std::vector<std::string>{"T0859", "T0856"}));
  EXPECT_EQ(alert.cause, 1000U);
  EXPECT_EQ(alert.alert.size(), 16U);
}

TEST_F(Stage, LetsAPageWaitSecondsAndATicketAMinute) {
  EXPECT_TRUE(conclude({finding(1, Threat::false_position, {motion, radio})}, 0).raised.empty());
  EXPECT_EQ(stage_.due_s(), start_s + 5);
  EXPECT_TRUE(conclude({finding(2, Threat::tampering, {{Family::tamper, 9.0F}}, 1)}, 1).raised.empty());
  EXPECT_TRUE(wait(4).raised.empty());
  const auto page = wait(6);
  ASSERT_EQ(page.raised.size(), 1U);
  EXPECT_EQ(page.raised[0].level, facts::AlertLevel::page);
  EXPECT_TRUE(wait(60).raised.empty());
  const auto ticket = wait(61);
  ASSERT_EQ(ticket.raised.size(), 1U);
  EXPECT_EQ(ticket.raised[0].level, facts::AlertLevel::ticket);
  EXPECT_EQ(stage_.due_s(), std::nullopt);
}

TEST_F(Stage, MakesOneIncidentOfManyOnOneCarrier) {
  std::size_t raised = 0;
  Conclusions last;
  for (std::uint32_t device = 1; device <= 40; ++device) {
    Finding silent = finding(device, Threat::silence, {{Family::traffic, 9.0F}}, device);
    silent.carrier = 26201;
    auto out = conclude({silent}, device);
    raised += out.raised.size();
    if (!out.raised.empty()) last = std::move(out);
  }
  EXPECT_EQ(raised, 1U) << "an outage is one alert";
  ASSERT_EQ(last.raised.size(), 1U);
  const auto& alert = last.raised[0];
  EXPECT_EQ(alert.level, facts::AlertLevel::ticket) << "and wakes nobody";
  EXPECT_EQ(alert.device, "");
  EXPECT_EQ(alert.devices.size(), 5U);
  EXPECT_EQ(alert.title, "It should have spoken: 5 devices on one carrier");
  EXPECT_NE(alert.explanation.find("Likely an outage of the mobile network."), std::string::npos);
  // Those who came later are told of, by half more at a time and when nobody comes any more.
  const auto closed = wait(40 + cohort_s + 1);
  ASSERT_EQ(closed.grown.size(), 1U);
  EXPECT_EQ(closed.grown[0].alert, alert.alert);
  EXPECT_EQ(closed.grown[0].device_count, 40U);
  EXPECT_TRUE(wait(40 + 2 * cohort_s).raised.empty()) << "nothing that was held back comes out afterwards";
}

TEST_F(Stage, LetsAMemberWithOtherEvidencePageByItself) {
  for (std::uint32_t device = 1; device <= 8; ++device) {
    Finding cold = finding(device, Threat::sensor_manipulation, {{Family::physics, 11.0F}}, device);
    conclude({cold}, device);
  }
  const auto same = conclude({finding(9, Threat::sensor_manipulation, {{Family::physics, 12.0F}}, 9)}, 9);
  EXPECT_TRUE(same.raised.empty());
  const auto other =
      conclude({finding(10, Threat::sensor_manipulation, {{Family::physics, 12.0F}, {Family::tamper, 25.0F}}, 10)}, 10);
  ASSERT_EQ(other.raised.size(), 1U);
  EXPECT_EQ(other.raised[0].device, "t-9");
  EXPECT_EQ(other.raised[0].level, facts::AlertLevel::page);
  EXPECT_TRUE(other.raised[0].incident.has_value());
}

TEST_F(Stage, MakesAPageOfAnIncidentWhenAMemberBecomesOne) {
  for (std::uint32_t device = 1; device <= 6; ++device)
    conclude({finding(device, Threat::flooding, {{Family::traffic, 5.0F}, {Family::tamper, 4.0F}}, device)}, device);
  // All of them have both families, so none stands alone; the second time it is enough for a page.
  const auto more =
      conclude({finding(3, Threat::flooding, {{Family::traffic, 30.0F}, {Family::tamper, 12.0F}}, 20)}, 20);
  ASSERT_EQ(more.grown.size(), 1U);
  EXPECT_EQ(more.grown[0].level, facts::AlertLevel::page);
  EXPECT_TRUE(more.raised.empty());
}

TEST_F(Stage, TakesDevicesInOnePlaceForEachOthersWitnesses) {
  Conclusions out;
  for (std::uint32_t device = 1; device <= 3; ++device) {
    Finding deaf = finding(device, Threat::gnss_jamming, {{Family::gnss, 11.0F}}, device);
    EXPECT_EQ(deaf.level, Level::ticket) << "one family alone is a ticket";
    deaf.lat = 52.5 + 0.005 * device;
    deaf.lon = 13.4;
    out = conclude({deaf}, device);
  }
  ASSERT_EQ(out.raised.size(), 1U);
  EXPECT_EQ(out.raised[0].level, facts::AlertLevel::page);
  EXPECT_EQ(out.raised[0].devices, (std::vector<std::string>{"t-0", "t-1", "t-2"}));
}

TEST_F(Stage, KeepsApartWhatSharesNothing) {
  for (std::uint32_t device = 1; device <= 4; ++device) {
    Finding deaf = finding(device, Threat::gnss_jamming, {{Family::gnss, 11.0F}}, device);
    deaf.lat = 40.0 + device;  // a hundred kilometres
    deaf.lon = 13.4;
    deaf.profile = device;
    EXPECT_TRUE(conclude({deaf}, device).raised.empty());
  }
  const auto out = wait(70);
  EXPECT_EQ(out.raised.size(), 4U);
  for (const auto& alert : out.raised) EXPECT_EQ(alert.level, facts::AlertLevel::ticket);
}

TEST_F(Stage, DoesNotHideStolenIdentitiesBehindOneAnother) {
  std::size_t pages = 0;
  for (std::uint32_t device = 1; device <= 19; ++device)
    pages += conclude({proof(device, Threat::cloned_identity, device)}, device).raised.size();
  EXPECT_EQ(pages, 19U);
}

TEST_F(Stage, TakesAnUpdateOfManyForAnUpdate) {
  Conclusions out;
  for (std::uint32_t device = 1; device <= 30; ++device) {
    Finding updated = finding(device, Threat::firmware_rollback, {{Family::tamper, 15.0F}}, device);
    updated.firmware = 0x0002'0001'0000'0000;
    auto one = conclude({updated}, device);
    for (auto& alert : one.raised) out.raised.push_back(std::move(alert));
  }
  ASSERT_EQ(out.raised.size(), 1U);
  EXPECT_EQ(out.raised[0].level, facts::AlertLevel::ticket);
  EXPECT_EQ(out.raised[0].title, "An older or unknown firmware runs: 5 devices with the same firmware");
}

TEST_F(Stage, SaysAgainOnlyWhatHasGrown) {
  const Finding first = proof(1, Threat::cloned_identity);
  spoken(1, Threat::cloned_identity, first.entry);
  const auto raised = conclude({first}, 0);
  Finding again = proof(1, Threat::cloned_identity, 10);
  again.risk = first.risk * 1.2F;
  const auto little = conclude({again}, 10);
  EXPECT_TRUE(little.raised.empty() && little.grown.empty());
  again.risk = first.risk * 1.6F;
  const auto more = conclude({again}, 11);
  EXPECT_TRUE(more.raised.empty());
  ASSERT_EQ(more.grown.size(), 1U);
  EXPECT_EQ(more.grown[0].alert, raised.raised[0].alert);
  EXPECT_EQ(more.grown[0].device, "t-0");
}

TEST_F(Stage, RaisesAnotherAlertAfterOneWasResolved) {
  const Finding first = proof(1, Threat::cloned_identity);
  spoken(1, Threat::cloned_identity, first.entry);
  const auto raised = conclude({first}, 0);
  stage_.apply(fact("t-0", 5, facts::AlertResolved{raised.raised[0].alert, {}, "", "op"}));
  Finding again = proof(1, Threat::cloned_identity, 10);
  const auto more = conclude({again}, 10);
  ASSERT_EQ(more.raised.size(), 1U);
  EXPECT_NE(more.raised[0].alert, raised.raised[0].alert);
}

TEST_F(Stage, LeavesOutWhatIsSuppressedAndNothingElse) {
  stage_.apply(fact("", 0,
                    facts::SuppressionAdded{.suppression = "s1",
                                            .threat = "tampering",
                                            .device = "t-0",
                                            .reason = "workshop",
                                            .expires = from_micros(testing::start_us + 3600'000'000LL),
                                            .by = "op"}));
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}}, 1),
            finding(2, Threat::tampering, {{Family::tamper, 9.0F}}, 1), proof(1, Threat::cloned_identity, 1)},
           1);
  auto out = wait(70);
  ASSERT_EQ(out.raised.size(), 1U) << "another device's is said";
  EXPECT_EQ(out.raised[0].device, "t-1");
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}}, 3600)}, 3600);
  out = wait(3700);
  ASSERT_EQ(out.raised.size(), 1U) << "and it ends by itself";
  EXPECT_EQ(out.raised[0].device, "t-0");
}

TEST_F(Stage, LiftsASuppressionAtOnce) {
  stage_.apply(fact("", 0,
                    facts::SuppressionAdded{.suppression = "s1",
                                            .threat = "cloned-identity",
                                            .expires = from_micros(testing::start_us + 3600'000'000LL)}));
  EXPECT_TRUE(conclude({proof(1, Threat::cloned_identity, 1)}, 1).raised.empty());
  stage_.apply(fact("", 2, facts::SuppressionLifted{"s1", "op"}));
  EXPECT_EQ(conclude({proof(1, Threat::cloned_identity, 3)}, 3).raised.size(), 1U);
}

TEST_F(Stage, JudgesByTheOtherChecksWhenOneIsSuppressed) {
  stage_.apply(fact("", 0,
                    facts::SuppressionAdded{.suppression = "s1",
                                            .check = std::string(info(check_of(Family::motion))->slug),
                                            .expires = from_micros(testing::start_us + 3600'000'000LL)}));
  conclude({finding(1, Threat::false_position, {motion, radio}, 1), finding(2, Threat::false_position, {motion}, 1)},
           1);
  const auto out = wait(70);
  ASSERT_EQ(out.raised.size(), 1U);
  EXPECT_EQ(out.raised[0].device, "t-0");
  EXPECT_EQ(out.raised[0].level, facts::AlertLevel::ticket) << "one family is left";
  EXPECT_EQ(out.raised[0].evidence.size(), 1U);
  EXPECT_EQ(out.raised[0].evidence[0].family, "radio");
}

TEST_F(Stage, ExcusesInMaintenanceWhatHandsDoAndNothingElse) {
  stage_.apply(fact("", 0,
                    facts::MaintenancePlanned{.maintenance = "m1",
                                              .profile = "tracker",
                                              .from = from_micros(testing::start_us + 100'000'000LL),
                                              .until = from_micros(testing::start_us + 200'000'000LL),
                                              .reason = "new batteries"}));
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}}, 50)}, 50);
  EXPECT_EQ(wait(120).raised.size(), 1U) << "before it";
  conclude({finding(2, Threat::tampering, {{Family::tamper, 9.0F}}, 150)}, 150);
  EXPECT_EQ(conclude({proof(2, Threat::cloned_identity, 151)}, 151).raised.size(), 1U) << "not its business";
  EXPECT_TRUE(wait(250).raised.empty());
  conclude({finding(3, Threat::tampering, {{Family::tamper, 9.0F}}, 250)}, 250);
  EXPECT_EQ(wait(320).raised.size(), 1U) << "after it";
}

TEST_F(Stage, MakesATicketOfAPageThatChanceWouldBring) {
  // 13 nats of two families are a page by themselves; 200 devices bring that by chance every few days.
  const Finding weak = finding(1, Threat::false_position, {{Family::motion, 7.0F}, {Family::radio, 6.0F}});
  ASSERT_EQ(weak.level, Level::page);
  conclude({weak}, 0);
  const auto out = wait(6);
  ASSERT_EQ(out.raised.size(), 1U);
  EXPECT_EQ(out.raised[0].level, facts::AlertLevel::ticket);
  EXPECT_NE(out.raised[0].explanation.find("chance alone"), std::string::npos);
}

TEST_F(Stage, PagesNoMoreThanTheBudgetOfTheDay) {
  std::size_t pages = 0, tickets = 0;
  for (std::uint32_t device = 1; device <= 30; ++device) {
    const double at = device * 1000;
    Finding sure = finding(device, Threat::false_position, {motion, radio}, at);
    sure.profile = device;  // nothing in common
    conclude({sure}, at);
    for (const auto& alert : wait(at + 6).raised) (alert.level == facts::AlertLevel::page ? pages : tickets) += 1;
  }
  EXPECT_EQ(pages, PageGate::pages_least);
  EXPECT_EQ(tickets, 20U) << "the rest is not lost";
  Finding next_day = finding(31, Threat::false_position, {motion, radio}, 31000 + 86400);
  conclude({next_day}, 31000 + 86400);
  EXPECT_EQ(wait(31006 + 86400).raised[0].level, facts::AlertLevel::page);
}

// Five and more silent devices on one carrier: `from` to `to`.
class OneCarrier : public Stage {
 protected:
  OneCarrier() : Stage(2000) {}
  Conclusions silent(std::uint32_t from, std::uint32_t to, double at_s, std::uint32_t carrier = 26201) {
    std::vector<Finding> all;
    for (std::uint32_t device = from; device <= to; ++device) {
      all.push_back(finding(device, Threat::silence, {{Family::traffic, 9.0F}}, at_s));
      all.back().carrier = carrier;
      all.back().profile = carrier;
    }
    return conclude(all, at_s);
  }
  static std::set<std::string> named(const std::vector<Conclusions>& said) {
    std::set<std::string> out;
    for (const auto& one : said) {
      for (const auto& alert : one.raised) out.insert(alert.devices.begin(), alert.devices.end());
      for (const auto& alert : one.grown) out.insert(alert.devices.begin(), alert.devices.end());
    }
    return out;
  }
};

TEST_F(OneCarrier, NamesInTheNextWordWhomOneWordHadNoRoomFor) {
  std::vector<Conclusions> said;
  said.push_back(silent(1, 400, 0));
  said.push_back(wait(20 * 60));
  EXPECT_EQ(named(said).size(), 400U);
}

TEST_F(OneCarrier, AnIncidentThatMakesRoomForAnotherSaysFirstWhoHasJoined) {
  std::vector<Conclusions> said;
  said.push_back(silent(1, 6, 0, 1));  // the sixth is not worth a word yet
  EXPECT_EQ(named(said).size(), 5U);
  for (std::uint32_t i = 1; i <= Cohorts::incidents_max; ++i)
    said.push_back(silent(100 + 10 * i, 104 + 10 * i, i, 1 + i));
  EXPECT_TRUE(named(said).contains("t-5"));
}

TEST_F(OneCarrier, AnIncidentThatWasNeverSaidIsSaidWithAllItsMembers) {
  const auto first = silent(1, 5, 0);
  ASSERT_EQ(first.raised.size(), 1U);
  stage_.unsaid(first.raised[0].alert);
  const auto again = silent(6, 6, 10);
  ASSERT_EQ(again.raised.size(), 1U);
  EXPECT_EQ(again.raised[0].devices.size(), 6U);
}

TEST_F(OneCarrier, AnIncidentForgetsTheDeviceThatWasItsExample) {
  const auto first = silent(1, 5, 0);
  ASSERT_EQ(first.raised.size(), 1U);
  EXPECT_FALSE(first.raised[0].evidence.empty());
  silent(6, 6, 1);
  stage_.forget(5);  // the fifth completed it
  const auto over = wait(2);
  ASSERT_EQ(over.grown.size(), 1U);
  EXPECT_TRUE(over.grown[0].evidence.empty());
  EXPECT_EQ(over.grown[0].explanation.find("completed it:"), std::string::npos) << over.grown[0].explanation;
}

TEST_F(Stage, RaisesWhatNobodyWasToldOfWhenItGrows) {
  const auto said = conclude({proof(1, Threat::cloned_identity)}, 0);
  ASSERT_EQ(said.raised.size(), 1U);
  spoken(1, Threat::cloned_identity, said.raised[0].cause);
  stage_.unsaid(said.raised[0].alert);
  auto more = proof(1, Threat::cloned_identity, 60);
  more.risk *= 2;
  const auto out = conclude({more}, 60);
  EXPECT_TRUE(out.grown.empty());
  EXPECT_EQ(out.raised.size(), 1U);
}

TEST_F(Stage, ForgetsWhatWaitsOfADeviceAndWhatStands) {
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}})}, 0);
  conclude({finding(2, Threat::tampering, {{Family::tamper, 9.0F}})}, 0);
  stage_.forget(1);
  const auto out = wait(61);
  ASSERT_EQ(out.raised.size(), 1U);
  EXPECT_EQ(out.raised[0].device, "t-1") << "index 2";
}

TEST_F(Stage, SaysNothingOfWhatADialMadeDullWhileItWaited) {
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}})}, 0);
  Tuning deaf;
  deaf.ticket_risk = 1000;
  engine_.tune(deaf);
  EXPECT_TRUE(wait(61).raised.empty());
}

TEST_F(Stage, SaysWhatWaitedWhenTheClockWasPutBack) {
  conclude({finding(1, Threat::tampering, {{Family::tamper, 9.0F}}, 1e7)}, 1e7);
  stage_.begin_again(start_s);
  EXPECT_EQ(wait(0).raised.size(), 1U);
}

TEST_F(Stage, GoesOnFromItsSnapshotAsIfNothingHadBeen) {
  FleetStage resumed{fleet};
  const auto step = [&](double at, std::vector<Finding> findings) {
    Conclusions one, other;
    auto copy = findings;
    stage_.conclude(engine_, start_s + at, findings, one);
    ByteWriter before;
    resumed.save(before);
    FleetStage again{fleet};
    ByteReader in(before.bytes());
    ASSERT_TRUE(again.load(in));
    ASSERT_TRUE(in.finish());
    resumed = std::move(again);
    resumed.conclude(engine_, start_s + at, copy, other);
    ASSERT_EQ(one.raised.size(), other.raised.size());
    for (std::size_t i = 0; i < one.raised.size(); ++i)
      EXPECT_EQ(json::write(one.raised[i]), json::write(other.raised[i]));
    ASSERT_EQ(one.grown.size(), other.grown.size());
    ByteWriter first, second;
    stage_.save(first);
    resumed.save(second);
    EXPECT_EQ(first.bytes(), second.bytes());
  };
  const auto suppression =
      fact("", 0,
           facts::SuppressionAdded{
               .suppression = "s1", .device = "t-5", .expires = from_micros(testing::start_us + 3600'000'000LL)});
  stage_.apply(suppression);
  resumed.apply(suppression);
  for (std::uint32_t device = 1; device <= 12; ++device) {
    Finding silent = finding(device, Threat::silence, {{Family::traffic, 9.0F}}, device * 10);
    step(device * 10, {silent, proof(device, Threat::cloned_identity, device * 10)});
    step(device * 10 + 5, {finding(device + 50, Threat::false_position, {motion, radio}, device * 10 + 5)});
  }
  step(3000, {});
}

TEST_F(Stage, RefusesADamagedSnapshotWithoutChanging) {
  conclude({proof(1, Threat::cloned_identity)}, 0);
  ByteWriter good;
  stage_.save(good);
  for (std::size_t length = 0; length < good.size(); ++length) {
    ByteReader in(ByteView(good.bytes()).first(length));
    EXPECT_FALSE(stage_.load(in));
  }
  ByteWriter after;
  stage_.save(after);
  EXPECT_EQ(good.bytes(), after.bytes());
}

TEST(Chance, IsTheTailOfASumOfSurprises) {
  EXPECT_DOUBLE_EQ(chance(12, 1), std::exp(-12.0));
  EXPECT_DOUBLE_EQ(chance(12, 2), std::exp(-12.0) * 13);
  EXPECT_EQ(chance(0, 2), 1);
  EXPECT_LT(chance(600, 64), 1e-100);
  EXPECT_GT(hypotheses_per_day(), 100);
}

TEST(Gate, IsStricterForMoreDevicesAndLooserAfterDiscoveries) {
  const Tuning tuning;
  PageGate small, large;
  EXPECT_EQ(small.ask(18, 2, 10, 0, tuning), Admission::page);
  EXPECT_EQ(large.ask(18, 2, 10'000, 0, tuning), Admission::by_chance);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(large.ask(60, 2, 10'000, i, tuning), Admission::page);
  EXPECT_EQ(large.ask(20, 2, 10'000, 9, tuning), Admission::page) << "where there is much, there is more";
  EXPECT_EQ(large.ask(20, 2, 10'000, 9 + 86400, tuning), Admission::by_chance) << "a day later it is as before";
}

TEST(Gate, IsShutByABudgetOfNothing) {
  Tuning tuning;
  tuning.page_budget = 0;
  PageGate gate;
  EXPECT_EQ(gate.ask(90, 2, 10, 0, tuning), Admission::no_budget);
}

}  // namespace
}  // namespace outrider::detect
