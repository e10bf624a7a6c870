#include "fleet/state/grants.h"

#include <gtest/gtest.h>

#include "facts/holder.h"
#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;

std::string publish_reason(std::string_view filter) {
  const auto checked = check_publish_grant(filter);
  return checked ? "good" : checked.error().reason;
}
std::string subscribe_reason(std::string_view filter) {
  const auto checked = check_subscribe_grant(filter);
  return checked ? "good" : checked.error().reason;
}

TEST(Grant, OfAnyTopicFilterMayBeSubscribedTo) {
  for (const auto* filter : {"#", "d/+/telemetry", "d/#", "d/t-1/event", "plant/+/alarm", "+/x"})
    EXPECT_EQ(subscribe_reason(filter), "good") << filter;
}

TEST(Grant, OfWhatIsNoFilterOrNotOursToGiveIsRefused) {
  for (const auto* filter : {"", "a/#/b", "a+", "$SYS/#", "$share/g/d/+/telemetry", "$share/g"}) {
    EXPECT_EQ(subscribe_reason(filter), "bad-filter") << filter;
    EXPECT_EQ(publish_reason(filter), "bad-filter") << filter;
  }
  EXPECT_EQ(subscribe_reason(std::string(grant_bytes_max + 1, 'a')), "too-long");
}

TEST(Grant, ToPublishWhatOnlyDevicesSayIsRefused) {
  for (const auto* filter : {"d/t-1/telemetry", "d/+/event", "d/+/command/ack", "d/+/update", "d/t-1", "d/t-1/log/#"})
    EXPECT_EQ(publish_reason(filter), "grant-as-device") << filter;
}

TEST(Grant, ToPublishToDevicesAndElsewhereIsGood) {
  for (const auto* filter : {"d/+/command", "d/t-1/config", "d/+/+", "d/#", "d/t-1/#", "#", "test/a/b", "depot"})
    EXPECT_EQ(publish_reason(filter), "good") << filter;
}

TEST(Grant, NoneLetsAnApplicationSpeakAsADevice) {
  const Grants all{.publish = {{.filter = "#"}, {.filter = "d/#"}, {.filter = "d/+/+"}}, .subscribe = {}};
  for (const auto* topic : {"d/t-1/telemetry", "d/t-1/event", "d/t-1/command/ack", "d/t-1/anything", "d/t-1", "d/",
                            "d//telemetry", "d/t-1/command/", "d/t-1/"})
    EXPECT_EQ(publish_grant(all, topic), nullptr) << topic;
  for (const auto* topic : {"d/t-1/command", "d/t-1/config", "test/a/b", "d", "dd/t-1/telemetry"})
    EXPECT_NE(publish_grant(all, topic), nullptr) << topic;
}

TEST(Grant, OfASubscriptionMustTakeInAllOfIt) {
  const Grants grants{.publish = {}, .subscribe = {{.filter = "d/+/telemetry"}, {.filter = "plant/#"}}};
  EXPECT_NE(subscribe_grant(grants, "d/+/telemetry"), nullptr);
  EXPECT_NE(subscribe_grant(grants, "d/t-1/telemetry"), nullptr);
  EXPECT_NE(subscribe_grant(grants, "plant/+/x"), nullptr);
  EXPECT_EQ(subscribe_grant(grants, "d/#"), nullptr);
  EXPECT_EQ(subscribe_grant(grants, "#"), nullptr);
  EXPECT_EQ(subscribe_grant(grants, "+/+/telemetry"), nullptr);
  EXPECT_NE(receive_grant(grants, "d/t-1/telemetry"), nullptr);
  EXPECT_EQ(receive_grant(grants, "d/t-1/event"), nullptr);
}

// --- in the registry

class ApplicationTest : public HouseSuite {
 protected:
  ApplicationTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_EQ(add("billing"), "");
  }

  std::string add(const std::string& id) {
    Answer<> answer;
    registry().add_application(demo, {.application = ApplicationId(id), .label = "Bills", .by = "test"},
                               answer.callback());
    return reason(answer.get());
  }
  std::string grant(std::vector<std::string> publish, std::vector<std::string> subscribe) {
    Answer<> answer;
    registry().grant(demo, {.application = billing_, .publish = publish, .subscribe = subscribe, .by = "test"},
                     answer.callback());
    return reason(answer.get());
  }
  std::string withdraw(std::vector<std::string> publish, std::vector<std::string> subscribe) {
    Answer<> answer;
    registry().withdraw(demo, {.application = billing_, .publish = publish, .subscribe = subscribe, .by = "test"},
                        answer.callback());
    return reason(answer.get());
  }
  std::string remove() {
    Answer<> answer;
    registry().remove_application(demo, {.application = billing_, .why = "old", .by = "test"}, answer.callback());
    return reason(answer.get());
  }
  // Certificate "a1" with key 'a'.
  void enrol() {
    ASSERT_TRUE(op().create_code(holder_.value, hash_of('1'), clock_.now() + std::chrono::hours{1}));
    ASSERT_TRUE(op().issue(certificate(holder_.value, "a1", 'a', hash_of('1'), clock_.now())));
  }
  Result<Admission> admit() { return registry().admit(demo, holder_, "a1", hash_of('a')); }
  std::string admission() {
    const auto admitted = admit();
    return admitted ? "admitted" : admitted.error().reason;
  }
  std::vector<std::string> subscribes() {
    std::vector<std::string> out;
    for (const auto& each : registry().application(demo, billing_)->grants.subscribe) out.push_back(each.filter);
    return out;
  }

  const ApplicationId billing_{"billing"};
  const DeviceId holder_ = facts::holder_of(billing_);
};

using Filters = std::vector<std::string>;

TEST_F(ApplicationTest, IsAddedOnceAndItsNameIsNoDevices) {
  EXPECT_EQ(add("billing"), "application-exists");
  EXPECT_EQ(add("a/b"), "bad-id");
  EXPECT_EQ(add("me"), "bad-id");
  EXPECT_TRUE(op().add_device("billing"));  // another holder
  EXPECT_EQ(registry().admit(demo, DeviceId("billing"), "a1", "").error().reason, "unknown-identity");
}

TEST_F(ApplicationTest, MayDoNothingUntilItIsGrantedAndEachWayByItself) {
  EXPECT_EQ(grant({}, {"d/+/telemetry"}), "");
  const auto grants = registry().application(demo, billing_)->grants;
  EXPECT_TRUE(grants.publish.empty());
  EXPECT_EQ(subscribes(), (Filters{"d/+/telemetry"}));
  EXPECT_EQ(grant({}, {}), "nothing-granted");
  EXPECT_EQ(grant({"d/+/telemetry"}, {}), "grant-as-device");
  EXPECT_EQ(grant({}, {"a/#/b"}), "bad-filter");
}

TEST_F(ApplicationTest, AGrantGivenTwiceIsOneAndMakesNoEntry) {
  EXPECT_EQ(grant({}, {"b", "a", "b"}), "");
  const auto before = *ledger_.durable(demo);
  EXPECT_EQ(grant({}, {"a"}), "");
  EXPECT_EQ(*ledger_.durable(demo), before);
  EXPECT_EQ(subscribes(), (Filters{"a", "b"}));
}

TEST_F(ApplicationTest, HasABoundedNumberOfGrants) {
  std::vector<std::string> many;
  for (std::size_t i = 0; i < grants_max; ++i) many.push_back("t/" + std::to_string(i));
  EXPECT_EQ(grant({}, many), "");
  EXPECT_EQ(grant({}, {"one/more"}), "too-many");
}

TEST_F(ApplicationTest, WhatIsWithdrawnIsGoneAtOnceForWhoHoldsTheGrants) {
  enrol();
  ASSERT_EQ(grant({"x"}, {"a", "b"}), "");
  const auto held = admit()->grants;
  EXPECT_EQ(withdraw({}, {"c"}), "unknown-grant");
  EXPECT_EQ(withdraw({"x"}, {"a"}), "");
  EXPECT_EQ(receive_grant(*held->now(), "a"), nullptr);
  EXPECT_EQ(publish_grant(*held->now(), "x"), nullptr);
  EXPECT_NE(receive_grant(*held->now(), "b"), nullptr);
}

TEST_F(ApplicationTest, EnrolsRenewsAndIsAdmittedLikeADevice) {
  enrol();
  EXPECT_EQ(admission(), "admitted");
  EXPECT_EQ(admit()->profile, nullptr);
  EXPECT_TRUE(op().issue(renewal(holder_.value, "a2", 'b', "a1", clock_.now())));
  EXPECT_EQ(registry().identities(demo, holder_)->size(), 2U);
  EXPECT_TRUE(registry().standing(demo, holder_)->keys.p256);
}

TEST_F(ApplicationTest, AKeyOfADeviceIsNoneOfAnApplicationAndTheOtherWayRound) {
  enrol();
  ASSERT_TRUE(op().add_device("t-1"));
  ASSERT_TRUE(op().create_code("t-1", hash_of('2'), clock_.now() + std::chrono::hours{1}));
  EXPECT_EQ(op().issue(certificate("t-1", "b1", 'a', hash_of('2'), clock_.now())).error().reason, "key-in-use");
  EXPECT_EQ(op().issue(certificate("t-1", "b1", 'b', hash_of('1'), clock_.now())).error().reason, "code-unknown");
  EXPECT_EQ(registry().admit(demo, DeviceId("t-1"), "a1", hash_of('a')).error().reason, "wrong-device");
}

TEST_F(ApplicationTest, ThatIsRemovedHasNoIdentityNoGrantNoSessionAndNoWayBack) {
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId& holder, const std::string& serial, const std::string& why) {
    expelled.push_back(holder.value + "|" + serial + "|" + why);
  });
  enrol();
  ASSERT_EQ(grant({}, {"#"}), "");
  const auto held = admit()->grants;
  EXPECT_EQ(remove(), "");
  EXPECT_EQ(expelled, (Filters{"app:billing||application-removed"}));
  EXPECT_EQ(receive_grant(*held->now(), "a"), nullptr);
  EXPECT_EQ(admission(), "identity-revoked");
  EXPECT_EQ(remove(), "application-removed");
  EXPECT_EQ(grant({}, {"a"}), "application-removed");
  EXPECT_EQ(add("billing"), "application-exists");
  EXPECT_EQ(registry().standing(demo, holder_).error().reason, "application-removed");
  EXPECT_EQ(Operator{registry()}
                .create_code(holder_.value, hash_of('3'), clock_.now() + std::chrono::hours{1})
                .error()
                .reason,
            "application-removed");
}

TEST_F(ApplicationTest, RevokingItsIdentityClosesTheSessionsOfThatCertificate) {
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId& holder, const std::string& serial, const std::string&) {
    expelled.push_back(holder.value + "|" + serial);
  });
  enrol();
  EXPECT_TRUE(op().revoke("a1"));
  EXPECT_EQ(expelled, (Filters{"app:billing|a1"}));
  EXPECT_EQ(admission(), "identity-revoked");
}

TEST_F(ApplicationTest, IsTheSameAfterARestartAndWithoutTheDatabase) {
  enrol();
  ASSERT_EQ(grant({"x"}, {"a", "b"}), "");
  ASSERT_EQ(withdraw({}, {"a"}), "");
  ASSERT_EQ(add("other"), "");
  house_->follow();
  const auto before = registry().applications(demo);
  const auto tables = house_->dump();
  restart();
  EXPECT_EQ(*registry().applications(demo), *before);
  EXPECT_EQ(admission(), "admitted");
  lose_database();
  EXPECT_EQ(*registry().applications(demo), *before);
  EXPECT_EQ(house_->dump(), tables);
  EXPECT_EQ(admission(), "admitted");
}

TEST_F(ApplicationTest, AGrantsEntryIsTheOneThatGaveIt) {
  ASSERT_EQ(grant({}, {"a"}), "");
  house_->follow();
  const auto application = registry().application(demo, billing_);
  EXPECT_EQ(application->grants.subscribe.at(0).entry, *ledger_.durable(demo) - 1);
}

TEST_F(ApplicationTest, IsOnlineWhileItHasASessionAndOfflineAfterARestart) {
  ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::application, "billing"},
                                  facts::SessionOpened{.device = holder_, .session = "s1"}),
                 [](const auto&) {});
  house_->follow();
  EXPECT_TRUE(registry().application(demo, billing_)->online);
  EXPECT_EQ(registry().counts(demo)->online, 0U);
  restart();
  house_->follow();
  EXPECT_FALSE(registry().application(demo, billing_)->online);
}

}  // namespace
}  // namespace outrider::fleet
