#include <gmock/gmock.h>

#include "base/json.h"
#include "fleet/testing/house.h"
#include "fleet/testing/memory_ledger.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using facts::Lifecycle;
using facts::LifecycleEvent;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class RegistryLifecycleTest : public ::testing::Test {
 protected:
  RegistryLifecycleTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
    registry().on_expel(
        [this](const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why) {
          told_.push_back("expel " + fleet.value + "/" + device.value + "/" + serial + " " + why);
        });
    registry().on_reconsider([this](const FleetId& fleet, const std::optional<DeviceId>& device) {
      told_.push_back("reconsider " + fleet.value + "/" + (device ? device->value : "*"));
    });
  }
  Registry& registry() { return *house_->registry; }
  Operator op() { return {registry()}; }
  void enrol() {
    ASSERT_TRUE(op().create_code("t-1", hash_of('1'), clock_.now() + std::chrono::hours{1}));
    ASSERT_TRUE(op().issue(certificate("t-1", "a1", 'a', hash_of('1'), clock_.now())));
  }
  void connect() {
    const facts::SessionOpened opened{.device = t_1, .session = "s", .certificate_serial = "a1"};
    ledger_.append(ledger::draft_of(demo, ledger::subject_of(t_1), opened), [](const auto&) {});
    house_->follow();
  }
  Lifecycle lifecycle() { return registry().device(demo, t_1)->lifecycle; }
  template <class Fact>
  Fact last() {
    for (auto number = *ledger_.durable(demo); number-- > 0;) {
      const auto entry = ledger_.read(demo, number, 1)->front();
      if (static_cast<Kind>(entry.kind) == Fact::kind) return *json::read<Fact>(as_text(entry.payload));
    }
    ADD_FAILURE() << "no entry";
    return {};
  }

  const DeviceId t_1{"t-1"};
  ManualClock clock_{from_micros(1'700'000'000'000'000)};
  TempDirectory directory_;
  MemoryLedger ledger_{clock_};
  std::unique_ptr<House> house_ = std::make_unique<House>(ledger_, directory_.path() / "p.db", clock_);
  std::vector<std::string> told_;
};

TEST_F(RegistryLifecycleTest, AnEntrySaysWhatChangedWhyByWhomAndFromWhatCause) {
  enrol();
  ASSERT_TRUE(op().change("t-1", {LifecycleEvent::quarantine, "speaks at night", "playbook:night", {1, 2}}));
  const auto fact = last<facts::DeviceStateChanged>();
  EXPECT_EQ(fact.event, LifecycleEvent::quarantine);
  EXPECT_EQ(fact.from, Lifecycle::enrolled);
  EXPECT_EQ(fact.to, Lifecycle::quarantined);
  EXPECT_EQ(fact.why, "speaks at night");
  EXPECT_EQ(fact.by, "playbook:night");
  EXPECT_THAT(fact.cause, ElementsAre(1, 2));
}

TEST_F(RegistryLifecycleTest, AnEntryOfAnEarlierVersionIsUnderstood) {
  const auto fact =
      json::read<facts::DeviceStateChanged>(R"({"device":"t-1","to":"quarantined","why":"odd","by":"ann"})");
  ASSERT_TRUE(fact) << fact.error().text();
  EXPECT_EQ(fact->to, Lifecycle::quarantined);
  EXPECT_TRUE(json::read<facts::DeviceRetired>(R"({"device":"t-1","why":"sold","by":"ann"})"));
}

TEST_F(RegistryLifecycleTest, QuarantineAndReleaseHaveTheDeviceJudgedAgainAndEndNothing) {
  enrol();
  EXPECT_EQ(*op().change("t-1", LifecycleEvent::quarantine), (Transition{Lifecycle::enrolled, Lifecycle::quarantined}));
  EXPECT_EQ(registry().admit(demo, t_1, "a1", "")->lifecycle, Lifecycle::quarantined);
  EXPECT_EQ(*op().change("t-1", LifecycleEvent::release), (Transition{Lifecycle::quarantined, Lifecycle::enrolled}));
  EXPECT_THAT(told_, ElementsAre("reconsider demo/t-1", "reconsider demo/t-1"));
}

TEST_F(RegistryLifecycleTest, ADeviceThatHadASessionIsActiveAgainAlsoAfterARestart) {
  enrol();
  connect();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine));
  house_->follow();
  house_.reset();
  house_ = std::make_unique<House>(ledger_, directory_.path() / "p.db", clock_);
  EXPECT_EQ(lifecycle(), Lifecycle::quarantined);
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::release));
  EXPECT_EQ(lifecycle(), Lifecycle::active);
}

TEST_F(RegistryLifecycleTest, LostAndStolenEndSessionsAndKeepTheIdentity) {
  enrol();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::lost));
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::stolen));
  EXPECT_THAT(told_, ElementsAre("expel demo/t-1/ device-lost", "expel demo/t-1/ device-stolen"));
  EXPECT_EQ(registry().admit(demo, t_1, "a1", "").error().reason, "device-stolen");
  EXPECT_FALSE(registry().identity(demo, "a1")->revoked);
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::found));
  EXPECT_EQ(registry().admit(demo, t_1, "a1", "")->lifecycle, Lifecycle::quarantined);
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::release));
  EXPECT_TRUE(registry().admit(demo, t_1, "a1", ""));
}

TEST_F(RegistryLifecycleTest, TheIdentityGoesWithItWhereThatIsAskedFor) {
  enrol();
  const StateChange change{.event = LifecycleEvent::stolen, .why = "police report", .by = "ann", .revoke = true};
  EXPECT_EQ(registry().try_change(demo, t_1, change)->revoked, 1U);
  EXPECT_EQ(op().change("t-1", change)->revoked, 1U);
  EXPECT_EQ(registry().identity(demo, "a1")->revoked_why, "keyCompromise");
  EXPECT_EQ(last<facts::IdentityRevoked>().by, "ann");
}

TEST_F(RegistryLifecycleTest, RetirementIsFinalRevokesAndClosesSessions) {
  enrol();
  EXPECT_EQ(op().retire("t-1")->revoked, 1U);
  EXPECT_THAT(told_, ElementsAre("expel demo/t-1/ device-retired"));
  EXPECT_EQ(registry().identity(demo, "a1")->revoked_why, "cessationOfOperation");
  EXPECT_EQ(last<facts::DeviceRetired>().from, Lifecycle::enrolled);
  EXPECT_EQ(op().retire("t-1").error().reason, "device-retired");
  EXPECT_EQ(op().change("t-1", LifecycleEvent::release).error().reason, "device-retired");
  EXPECT_EQ(op().create_code("t-1", hash_of('2'), clock_.now() + std::chrono::hours{1}).error().reason,
            "device-retired");
}

TEST_F(RegistryLifecycleTest, ATrialSaysWhatWouldBeAndChangesNothing) {
  enrol();
  const auto entries = *ledger_.durable(demo);
  const StateChange change{.event = LifecycleEvent::quarantine, .why = "x", .by = "ann"};
  EXPECT_EQ(*registry().try_change(demo, t_1, change), (Transition{Lifecycle::enrolled, Lifecycle::quarantined}));
  EXPECT_EQ(lifecycle(), Lifecycle::enrolled);
  EXPECT_EQ(*ledger_.durable(demo), entries);
  EXPECT_THAT(told_, IsEmpty());
}

TEST_F(RegistryLifecycleTest, WhatIsRefusedIsRefusedInATrialTooAndTellsNobody) {
  const auto refusal = [&](const StateChange& change, const std::string& device = "t-1") {
    const auto tried = registry().try_change(demo, DeviceId(device), change);
    const auto made = op().change(device, change);
    EXPECT_FALSE(made);
    EXPECT_EQ(tried.error().reason, made.error().reason);
    return made.error().reason;
  };
  EXPECT_EQ(refusal({.event = LifecycleEvent::quarantine, .why = "x"}), "no-such-transition");
  EXPECT_EQ(refusal({.event = LifecycleEvent::lost, .why = ""}), "no-reason");
  EXPECT_EQ(refusal({.event = LifecycleEvent::lost, .why = std::string(2000, 'x')}), "too-long");
  EXPECT_EQ(refusal({.event = LifecycleEvent::lost, .why = "x", .cause = {1'000'000}}), "unknown-entry");
  EXPECT_EQ(refusal({.event = LifecycleEvent::lost, .why = "x"}, "nobody"), "unknown-device");
  EXPECT_EQ(registry().try_change(FleetId("none"), t_1, {.event = LifecycleEvent::lost, .why = "x"}).error().reason,
            "unknown-fleet");
  EXPECT_THAT(told_, IsEmpty());
  EXPECT_EQ(lifecycle(), Lifecycle::expected);
}

TEST_F(RegistryLifecycleTest, ADeviceInQuarantineMayRenewAndStaysThere) {
  enrol();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine));
  ASSERT_TRUE(op().issue(renewal("t-1", "a2", 'b', "a1", clock_.now())));
  EXPECT_EQ(registry().admit(demo, t_1, "a2", "")->lifecycle, Lifecycle::quarantined);
}

TEST_F(RegistryLifecycleTest, ASessionDoesNotEndAQuarantine) {
  enrol();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine));
  connect();
  EXPECT_EQ(lifecycle(), Lifecycle::quarantined);
}

}  // namespace
}  // namespace outrider::fleet
