// Retained messages and the options that go with them.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using ::testing::ElementsAre;

using testing::MqttClient;

class RetainedTest : public testing::BrokerSuite {
 protected:
  void retain(std::string_view topic, std::string_view payload, QoS qos = QoS::at_least_once) {
    auto mouth = online("mouth");
    publish(*mouth, message(topic, payload, qos, qos == QoS::at_most_once ? 0 : 1, true));
    if (qos == QoS::at_most_once) EXPECT_TRUE(mouth->nothing_before_pong());
  }
  // What a subscription with these options brings at once: payloads in the order of their topics.
  std::vector<std::string> found(std::string_view filter, RetainHandling handling = RetainHandling::send) {
    auto ear = online("ear");
    subscribe(*ear, {{.filter = filter, .qos = QoS::at_least_once, .retain_handling = handling}});
    return rest(*ear);
  }
  static std::vector<std::string> rest(MqttClient& ear) {
    std::vector<std::string> out;
    ear.send(Pingreq{});
    for (;;) {
      const auto packet = ear.next_packet();
      if (!packet || std::holds_alternative<Pingresp>(*packet)) return out;
      const auto& heard = std::get<Publish>(*packet);
      EXPECT_TRUE(heard.retain);
      out.emplace_back(as_text(heard.payload));
    }
  }
};

TEST_F(RetainedTest, TheLastOneIsSentToNewSubscribersAndAnEmptyOneRemovesIt) {
  start();
  retain("a/b", "1");
  retain("a/b", "2");
  retain("a/c", "3", QoS::exactly_once);
  retain("a", "0");
  retain("b", "9");
  EXPECT_THAT(found("a/b"), ElementsAre("2"));
  EXPECT_THAT(found("a/#"), ElementsAre("0", "2", "3"));
  EXPECT_THAT(found("a/+"), ElementsAre("2", "3"));
  EXPECT_THAT(found("+"), ElementsAre("0", "9"));
  retain("a/b", "");
  EXPECT_THAT(found("a/#"), ElementsAre("0", "3"));
  EXPECT_EQ(world_.broker->status().retained, 3U);
}

TEST_F(RetainedTest, AtQos0ItIsThereOnceAPingWasAnswered) {
  start();
  auto mouth = online("mouth");
  world_.gated->hold(Kind::message);
  mouth->send(message("a", "1", QoS::at_most_once, 0, true));
  mouth->send(Pingreq{});
  Subscribe packet;
  packet.packet_identifier = 1;
  packet.subscriptions = {{.filter = "other"}};
  mouth->send(packet);
  EXPECT_TRUE(mouth->next<Suback>()) << "and no PINGRESP before it";
  world_.gated->release();
  EXPECT_TRUE(mouth->next<Pingresp>());
  EXPECT_THAT(found("a"), ElementsAre("1"));
}

TEST_F(RetainedTest, SurvivesARestart) {
  start();
  retain("a", "1");
  retain("b", "2");
  retain("b", "");
  restart();
  EXPECT_THAT(found("#"), ElementsAre("1"));
}

TEST_F(RetainedTest, RetainHandlingSaysWhenItIsSent) {
  start();
  retain("a", "1");
  EXPECT_THAT(found("a", RetainHandling::do_not_send), ElementsAre());
  EXPECT_THAT(found("a", RetainHandling::send_if_new), ElementsAre("1"));
  auto ear = online("ear");
  subscribe(*ear, {{.filter = "a"}});
  EXPECT_THAT(rest(*ear), ElementsAre("1"));
  subscribe(*ear, {{.filter = "a", .retain_handling = RetainHandling::send_if_new}});
  EXPECT_THAT(rest(*ear), ElementsAre()) << "it was subscribed already";
  subscribe(*ear, {{.filter = "a"}});
  EXPECT_THAT(rest(*ear), ElementsAre("1"));
  subscribe(*ear, {{.filter = "$share/g/a"}});
  EXPECT_THAT(rest(*ear), ElementsAre()) << "4.8.2: not for shared subscriptions";
}

TEST_F(RetainedTest, TheFlagIsForwardedToWhoAsksForIt) {
  start();
  auto plain = online("plain");
  auto faithful = online("faithful");
  subscribe(*plain, {{.filter = "a", .qos = QoS::at_most_once}});
  subscribe(*faithful, {{.filter = "a", .qos = QoS::at_most_once, .retain_as_published = true}});
  retain("a", "1");
  EXPECT_FALSE(plain->next<Publish>()->retain);
  EXPECT_TRUE(faithful->next<Publish>()->retain);
}

TEST_F(RetainedTest, ExpiresAndComesWithWhatIsLeftOfItsTime) {
  start();
  auto mouth = online("mouth");
  auto packet = message("a", "short", QoS::at_least_once, 1, true);
  packet.properties.message_expiry_interval = 1;
  publish(*mouth, packet);
  packet = message("b", "long", QoS::at_least_once, 2, true);
  packet.properties.message_expiry_interval = 3600;
  publish(*mouth, packet);
  while (world_.broker->status().retained != 1) std::this_thread::yield();
  EXPECT_THAT(found("#"), ElementsAre("long"));
  auto ear = online("ear");
  subscribe(*ear, "b");
  const auto heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  ASSERT_TRUE(heard->properties.message_expiry_interval);
  EXPECT_LT(*heard->properties.message_expiry_interval, 3600U);
  EXPECT_GT(*heard->properties.message_expiry_interval, 3500U);
}

TEST_F(RetainedTest, MoreThanTheFleetMayHaveAreRefused) {
  Limits limits = quick();
  limits.retained_messages_max = 1;
  start(limits);
  retain("a", "1");
  auto mouth = online("mouth");
  mouth->send(message("b", "2", QoS::at_least_once, 1, true));
  const auto refused = mouth->next<Puback>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, ReasonCode::quota_exceeded);
  publish(*mouth, message("a", "3", QoS::at_least_once, 2, true));
  EXPECT_THAT(found("#"), ElementsAre("3"));
}

TEST_F(RetainedTest, AKeptSessionGetsItLikeAnyMessage) {
  start();
  retain("a", "1");
  auto ear = kept("k");
  subscribe(*ear, "a");
  const auto heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  EXPECT_TRUE(heard->retain);
  ear->cut();
  wait_for_sessions(0);
  ear = kept("k");
  const auto again = ear->next<Publish>();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->dup);
  EXPECT_TRUE(again->retain);
}

TEST_F(RetainedTest, AllOfThemComeHoweverManyAndHoweverShortTheQueue) {
  Limits limits = quick();
  limits.state.page_rows = 4;
  limits.state.queued_messages_max = 12;
  limits.inflight_max = 3;
  start(limits);
  auto mouth = online("mouth");
  constexpr int count = 40;
  for (int i = 0; i < count; ++i)
    publish(*mouth, message("a/" + std::to_string(100 + i), std::to_string(100 + i), QoS::at_least_once, 1, true));
  auto brief = online("brief");
  auto lasting = kept("lasting");
  for (auto* const ear : {brief.get(), lasting.get()}) {
    for (const QoS qos : {QoS::at_least_once, QoS::at_most_once}) {
      subscribe(*ear, "a/#", qos);
      for (int i = 0; i < count; ++i) ASSERT_EQ(hear(*ear), std::to_string(100 + i)) << static_cast<int>(qos);
      EXPECT_TRUE(quiet(*ear));
    }
  }
}

}  // namespace
}  // namespace outrider::gateway::mqtt
