// Shared subscriptions: MQTT 5, 4.8.2.
#include <set>

#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;

class SharedTest : public testing::BrokerSuite {
 protected:
  static std::vector<std::string> all(testing::MqttClient& ear) {
    std::vector<std::string> out;
    ear.send(Pingreq{});
    for (;;) {
      const auto packet = ear.next_packet();
      if (!packet || std::holds_alternative<Pingresp>(*packet)) return out;
      const auto& heard = std::get<Publish>(*packet);
      out.emplace_back(as_text(heard.payload));
    }
  }
};

TEST_F(SharedTest, EachMessageGoesToOneMemberWhateverTheLoop) {
  start();
  std::vector<Client> members;
  for (int i = 0; i < 4; ++i) {
    members.push_back(online("m" + std::to_string(i)));
    subscribe(*members.back(), "$share/g/t/#", QoS::at_most_once);
  }
  auto all_of_it = online("all");
  subscribe(*all_of_it, "t/#", QoS::at_most_once);
  auto mouth = online("mouth");
  for (std::uint16_t i = 1; i <= 20; ++i) publish(*mouth, message("t/a", std::to_string(i), QoS::at_least_once, i));
  // What another loop sends is on its way when PUBACK has come; the last of them is soon followed by all.
  std::multiset<std::string> heard;
  for (auto& member : members) {
    for (int i = 0; i < 5; ++i) heard.insert(hear(*member));
    EXPECT_TRUE(member->nothing_before_pong());
  }
  EXPECT_EQ(heard.size(), 20U);
  EXPECT_EQ(std::set<std::string>(heard.begin(), heard.end()).size(), 20U);
  for (int i = 1; i <= 20; ++i) EXPECT_EQ(hear(*all_of_it), std::to_string(i));
}

TEST_F(SharedTest, GroupsAreServedEachForItself) {
  start();
  auto one = online("one");
  auto two = online("two");
  subscribe(*one, "$share/g/t");
  subscribe(*two, "$share/h/t");
  auto mouth = online("mouth");
  publish(*mouth, message("t", "x", QoS::at_least_once, 1));
  EXPECT_EQ(hear(*one), "x");
  EXPECT_EQ(hear(*two), "x");
}

TEST_F(SharedTest, WhoSleepsGetsItOnlyWhenNobodyIsAwake) {
  start();
  auto sleeper = kept("sleeper");
  subscribe(*sleeper, "$share/g/t");
  auto awake = online("awake");
  subscribe(*awake, "$share/g/t");
  leave(sleeper);
  auto mouth = online("mouth");
  for (std::uint16_t i = 1; i <= 4; ++i) publish(*mouth, message("t", std::to_string(i), QoS::at_least_once, i));
  for (int i = 1; i <= 4; ++i) EXPECT_EQ(hear(*awake), std::to_string(i));
  leave(awake);
  publish(*mouth, message("t", "5", QoS::at_least_once, 5));
  sleeper = kept("sleeper");
  EXPECT_EQ(hear(*sleeper), "5");
}

TEST_F(SharedTest, WhatALeavingMemberDidNotAcknowledgeGoesToAnother) {
  start();
  auto first = online("first");
  subscribe(*first, "$share/g/t");
  auto mouth = online("mouth");
  publish(*mouth, message("t", "x", QoS::at_least_once, 1));
  ASSERT_TRUE(first->next<Publish>());
  auto second = online("second");
  subscribe(*second, "$share/g/t");
  first->cut();
  EXPECT_EQ(hear(*second), "x");
}

TEST_F(SharedTest, WhatWaitsInASessionThatEndsGoesToAnother) {
  start();
  auto sleeper = kept("sleeper");
  subscribe(*sleeper, "$share/g/t");
  leave(sleeper);
  auto mouth = online("mouth");
  for (std::uint16_t i = 1; i <= 3; ++i) publish(*mouth, message("t", std::to_string(i), QoS::at_least_once, i));
  auto other = kept("other");
  subscribe(*other, "$share/g/t");
  EXPECT_TRUE(other->nothing_before_pong());
  online(hello("sleeper", true));  // a clean start ends the session
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(hear(*other), std::to_string(i));
}

TEST_F(SharedTest, UnsubscribingLeavesTheGroup) {
  start();
  auto one = online("one");
  auto two = online("two");
  subscribe(*one, "$share/g/t");
  subscribe(*two, "$share/g/t");
  Unsubscribe unsubscribe;
  unsubscribe.packet_identifier = 3;
  unsubscribe.filters = {"$share/g/t", "$share/h/t"};
  one->send(unsubscribe);
  const auto unsuback = one->next<Unsuback>();
  ASSERT_TRUE(unsuback);
  EXPECT_THAT(unsuback->reasons, ::testing::ElementsAre(ReasonCode::success, ReasonCode::no_subscription_existed));
  auto mouth = online("mouth");
  for (std::uint16_t i = 1; i <= 3; ++i) publish(*mouth, message("t", std::to_string(i), QoS::at_least_once, i));
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(hear(*two), std::to_string(i));
  EXPECT_TRUE(one->nothing_before_pong());
}

}  // namespace
}  // namespace outrider::gateway::mqtt
