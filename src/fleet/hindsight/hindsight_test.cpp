#include "fleet/hindsight/hindsight.h"

#include <gtest/gtest.h>

#include "facts/holder.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;

using facts::LifecycleEvent;

class HindsightTest : public HouseSuite {
 protected:
  HindsightTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
    EXPECT_TRUE(op().add_device("t-2"));
    EXPECT_TRUE(op().create_code("t-1", hash_of('1'), clock_.now() + std::chrono::hours{1}));
    EXPECT_TRUE(op().issue(certificate("t-1", "a1", 'a', hash_of('1'), clock_.now())));
  }

  std::uint64_t last() { return *ledger_.durable(demo) - 1; }
  Hindsight look(std::uint64_t last, const std::string& holder = "t-1") {
    auto past = Hindsight::look_back(*house_->database, ledger_, demo, DeviceId(holder), last);
    EXPECT_TRUE(past) << past.error().text();
    return *std::move(past);
  }
  std::string admission(const Hindsight& past) {
    const auto admitted = past.admit("a1", clock_.now());
    return admitted ? "admitted" : admitted.error().reason;
  }
};

TEST_F(HindsightTest, SeesWhatWasBeforeAndAfterEachDecision) {
  const auto enrolled = last();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine));
  const auto quarantined = last();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::release));
  ASSERT_TRUE(op().revoke("a1"));
  const auto revoked = last();
  house_->follow();
  EXPECT_EQ(admission(look(enrolled)), "admitted");
  EXPECT_EQ(look(quarantined).admit("a1", clock_.now())->lifecycle, facts::Lifecycle::quarantined);
  EXPECT_EQ(look(quarantined).last(Kind::device_state_changed)->about, "because (by test)");
  EXPECT_EQ(look(revoked).lifecycle(), facts::Lifecycle::enrolled) << "where it was before";
  EXPECT_EQ(admission(look(revoked - 1)), "admitted");
  EXPECT_EQ(admission(look(revoked)), "identity-revoked");
  EXPECT_EQ(look(revoked).last(Kind::identity_revoked, "a1")->entry, revoked);
  EXPECT_FALSE(look(revoked - 1).last(Kind::identity_revoked, "a1"));
}

TEST_F(HindsightTest, SeesWhatTheIndexHasNotSeenYet) {
  house_->follow();
  ASSERT_TRUE(op().revoke("a1"));  // the projector does not run
  EXPECT_EQ(admission(look(last())), "identity-revoked");
  EXPECT_EQ(admission(look(last() - 1)), "admitted");
}

TEST_F(HindsightTest, AgreesWithTheLiveRegistryAtTheEnd) {
  house_->follow();
  const auto agree = [&] {
    const auto live = house_->registry->admit(demo, DeviceId("t-1"), "a1", hash_of('a'));
    EXPECT_EQ(admission(look(last())), live ? "admitted" : live.error().reason);
  };
  agree();
  for (const auto to :
       {LifecycleEvent::quarantine, LifecycleEvent::lost, LifecycleEvent::stolen, LifecycleEvent::found}) {
    ASSERT_TRUE(op().change("t-1", to));
    agree();
  }
  ASSERT_TRUE(op().retire("t-1"));
  agree();
}

TEST_F(HindsightTest, KnowsTheProfileAsItWas) {
  const auto before = last();
  std::string toml(look(before).profile()->toml);
  toml.replace(toml.find("subscribe = [\"command\", \"config\"]"), 33, "subscribe = [\"config\"]           ");
  ASSERT_TRUE(op().add_profile(toml));
  house_->follow();
  EXPECT_TRUE(look(before).profile()->may_subscribe("command"));
  EXPECT_FALSE(look(last()).profile()->may_subscribe("command"));
  EXPECT_EQ(look(last()).last(Kind::profile_added, "fleet-tracker")->entry, last());
}

TEST_F(HindsightTest, JudgesEnrolmentByTheCodeThatWasOpen) {
  ASSERT_TRUE(op().create_code("t-2", hash_of('2'), clock_.now() + std::chrono::hours{1}));
  const auto with_code = last();
  ASSERT_TRUE(op().issue(certificate("t-2", "b1", 'b', hash_of('2'), clock_.now())));
  house_->follow();
  const auto reason = [&](std::uint64_t at, Timestamp now) {
    const auto may = look(at, "t-2").may_enrol(facts::EnrolmentRight::code, {}, now);
    return may ? std::string("yes") : may.error().reason;
  };
  EXPECT_EQ(reason(with_code - 1, clock_.now()), "code-unknown");
  EXPECT_EQ(reason(with_code, clock_.now()), "yes");
  EXPECT_EQ(reason(with_code, clock_.now() + std::chrono::hours{2}), "code-expired");
  EXPECT_EQ(reason(last(), clock_.now()), "code-unknown");
  EXPECT_TRUE(look(last(), "t-2").may_enrol(facts::EnrolmentRight::renewal, "b1", clock_.now()));
}

TEST_F(HindsightTest, OfAnApplicationHasItsGrants) {
  const ApplicationId billing("billing");
  Answer<> added;
  house_->registry->add_application(demo, {.application = billing, .by = "test"}, added.callback());
  ASSERT_TRUE(added.get());
  Answer<> granted;
  house_->registry->grant(demo, {.application = billing, .subscribe = {"a/#"}, .by = "test"}, granted.callback());
  ASSERT_TRUE(granted.get());
  house_->follow();
  const auto now = look(last(), "app:billing").grants();
  ASSERT_TRUE(now);
  EXPECT_EQ(now->subscribe.at(0).filter, "a/#");
  EXPECT_EQ(now->subscribe.at(0).entry, last());
  EXPECT_TRUE(look(last() - 1, "app:billing").grants()->subscribe.empty());
  EXPECT_FALSE(look(last() - 2, "app:billing").exists());
  EXPECT_FALSE(look(last(), "billing").exists());
}

TEST_F(HindsightTest, FindsTheLastEntryOfAMoment) {
  clock_.advance(std::chrono::hours{1});
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine));
  EXPECT_EQ(*last_entry_by(ledger_, demo, clock_.now()), last());
  EXPECT_EQ(*last_entry_by(ledger_, demo, clock_.now() - std::chrono::minutes{1}), last() - 1);
  EXPECT_FALSE(*last_entry_by(ledger_, demo, clock_.now() - std::chrono::hours{2}));
}

}  // namespace
}  // namespace outrider::fleet
