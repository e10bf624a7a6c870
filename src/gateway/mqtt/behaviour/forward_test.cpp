// What goes through unaltered, and what is made for each subscriber.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

class Forward : public testing::BrokerSuite {};

TEST_F(Forward, PropertiesOfAMessageArriveAsTheyWereInTheirOrder) {
  start();
  for (const bool lasting : {false, true}) {
    auto ear = lasting ? kept("k") : online("ear");
    subscribe(*ear, "t");
    if (lasting) leave(ear);
    auto mouth = online("mouth");
    auto packet = message("t", "{}", QoS::at_least_once, 1);
    packet.properties.payload_format_indicator = true;
    packet.properties.content_type = "application/json";
    packet.properties.response_topic = "answers/1";
    const Bytes correlation{0, 1, 2, 255};
    packet.properties.correlation_data = correlation;
    packet.properties.user_properties = {{"b", "2"}, {"a", "1"}, {"b", "1"}};
    packet.properties.message_expiry_interval = 100;
    publish(*mouth, packet);
    if (lasting) ear = kept("k");
    const auto heard = ear->next<Publish>();
    ASSERT_TRUE(heard);
    const auto& properties = heard->properties;
    EXPECT_EQ(properties.payload_format_indicator, true);
    EXPECT_EQ(properties.content_type, "application/json");
    EXPECT_EQ(properties.response_topic, "answers/1");
    EXPECT_EQ(to_bytes(*properties.correlation_data), correlation);
    EXPECT_EQ(properties.user_properties, packet.properties.user_properties);
    EXPECT_LE(*properties.message_expiry_interval, 100U);
    EXPECT_GT(*properties.message_expiry_interval, 60U);
  }
}

TEST_F(Forward, SubscriptionIdentifiersOfAllThatMatch) {
  start();
  for (const bool lasting : {false, true}) {
    auto ear = lasting ? kept("k") : online("ear");
    subscribe(*ear, {{.filter = "t/#", .qos = QoS::at_least_once}}, 5);
    subscribe(*ear, {{.filter = "t/+", .qos = QoS::exactly_once}}, 268'435'455);
    subscribe(*ear, {{.filter = "t/a"}});
    if (lasting) {
      leave(ear);
      restart();
    }
    auto mouth = online("mouth");
    publish(*mouth, message("t/a", "x", QoS::exactly_once, 1));
    if (lasting) ear = kept("k");
    const auto heard = ear->next<Publish>();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->qos, QoS::exactly_once) << "the highest of those that match";
    EXPECT_THAT(heard->properties.subscription_identifiers, UnorderedElementsAre(5, 268'435'455));
    answer<Pubrec>(*ear, heard->packet_identifier);
    EXPECT_TRUE(ear->next<Pubrel>());
    EXPECT_TRUE(ear->nothing_before_pong()) << "once";
  }
}

TEST_F(Forward, NoLocalKeepsOnesOwnMessagesAway) {
  start();
  for (const bool lasting : {false, true}) {
    auto client = lasting ? kept("k") : online("c");
    subscribe(*client, {{.filter = "t", .qos = QoS::at_least_once, .no_local = true}});
    publish(*client, message("t", "mine", QoS::at_least_once, 1));
    auto other = online("other");
    publish(*other, message("t", "theirs", QoS::at_least_once, 1));
    EXPECT_EQ(hear(*client), "theirs");
  }
}

TEST_F(Forward, TopicAliasesWorkBothWays) {
  start();
  auto connect = hello("ear");
  connect.properties.topic_alias_maximum = 1;
  auto ear = online(connect);
  subscribe(*ear, "#", QoS::at_most_once);
  auto mouth = online("mouth");
  auto packet = message("a/long/topic", "1", QoS::at_most_once);
  packet.properties.topic_alias = 3;
  mouth->send(packet);
  packet = message("", "2", QoS::at_most_once);
  packet.properties.topic_alias = 3;
  mouth->send(packet);
  packet = message("another", "3", QoS::at_most_once);
  packet.properties.topic_alias = 3;  // from now on it stands for this
  mouth->send(packet);
  packet = message("", "4", QoS::at_most_once);
  packet.properties.topic_alias = 3;
  mouth->send(packet);
  EXPECT_TRUE(mouth->nothing_before_pong());
  auto heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->topic, "a/long/topic");
  EXPECT_EQ(heard->properties.topic_alias, 1);
  heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->topic, "");
  EXPECT_EQ(heard->properties.topic_alias, 1);
  EXPECT_EQ(as_text(heard->payload), "2");
  for (int i = 0; i < 2; ++i) {
    heard = ear->next<Publish>();
    ASSERT_TRUE(heard);
    EXPECT_EQ(heard->topic, "another");
    EXPECT_FALSE(heard->properties.topic_alias) << "one is all that the client takes";
  }
}

TEST_F(Forward, WhatIsTooLargeForASubscriberIsDroppedForItAlone) {
  start();
  auto connect = hello("small", false, 3600);
  connect.properties.maximum_packet_size = 100;
  auto small = online(connect);
  auto large = online("large");
  for (auto* ear : {small.get(), large.get()}) subscribe(*ear, "t");
  auto mouth = online("mouth");
  publish(*mouth, message("t", std::string(200, 'x'), QoS::at_least_once, 1));
  publish(*mouth, message("t", "y", QoS::at_least_once, 2));
  EXPECT_EQ(hear(*small), "y");
  EXPECT_EQ(hear(*large).size(), 200U);
  leave(small);
  small = online(connect);
  EXPECT_TRUE(small->nothing_before_pong()) << "it is done with it";
}

TEST_F(Forward, WhatExpiresWhileTheClientIsAwayIsNotSent) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "t");
  leave(ear);
  auto mouth = online("mouth");
  auto packet = message("t", "old", QoS::at_least_once, 1);
  packet.properties.message_expiry_interval = 0;
  publish(*mouth, packet);
  publish(*mouth, message("t", "new", QoS::at_least_once, 2));
  ear = kept("ear");
  EXPECT_EQ(hear(*ear), "new");
}

TEST_F(Forward, ReasonStringsAreLeftOutForWhoDoesNotWantThem) {
  start([] {
    auto limits = quick();
    limits.retained_messages_max = 0;
    return limits;
  }());
  for (const bool wanted : {true, false}) {
    auto connect = hello("c");
    connect.properties.request_problem_information = wanted;
    auto client = online(connect);
    client->send(message("t", "x", QoS::at_least_once, 1, true));
    const auto puback = client->next<Puback>();
    ASSERT_TRUE(puback);
    EXPECT_TRUE(is_error(puback->reason));
    EXPECT_EQ(puback->properties.reason_string.has_value(), wanted);
  }
}

}  // namespace
}  // namespace outrider::gateway::mqtt
