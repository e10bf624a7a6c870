// QoS 2, both ways.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;

class Exchange : public testing::BrokerSuite {
 protected:
  std::size_t entries() const { return world_.entries(Kind::message).size(); }
};

TEST_F(Exchange, AMessageIsInTheLedgerOnceHoweverOftenItIsSent) {
  start();
  auto client = kept("c");
  auto packet = message("t", "x", QoS::exactly_once, 7);
  client->send(packet);
  ASSERT_TRUE(client->next<Pubrec>());
  client->cut();
  wait_for_sessions(0);
  client = kept("c");
  packet.dup = true;
  client->send(packet);
  const auto pubrec = client->next<Pubrec>();
  ASSERT_TRUE(pubrec);
  EXPECT_EQ(pubrec->packet_identifier, 7);
  release(*client, 7);
  EXPECT_EQ(entries(), 1U);
  publish(*client, message("t", "y", QoS::exactly_once, 7));
  EXPECT_EQ(entries(), 2U) << "the identifier was free again";
}

TEST_F(Exchange, IsRememberedOverARestart) {
  start();
  auto client = kept("c");
  client->send(message("t", "x", QoS::exactly_once, 7));
  ASSERT_TRUE(client->next<Pubrec>());
  client.reset();
  restart();
  client = kept("c");
  client->send(message("t", "x", QoS::exactly_once, 7));
  ASSERT_TRUE(client->next<Pubrec>());
  release(*client, 7);
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Exchange, PubrelOfNothingIsAnsweredWithItsReason) {
  start();
  auto client = online("c");
  answer<Pubrel>(*client, 5);
  const auto pubcomp = client->next<Pubcomp>();
  ASSERT_TRUE(pubcomp);
  EXPECT_EQ(pubcomp->reason, ReasonCode::packet_identifier_not_found);
  answer<Pubrec>(*client, 6);
  const auto pubrel = client->next<Pubrel>();
  ASSERT_TRUE(pubrel);
  EXPECT_EQ(pubrel->reason, ReasonCode::packet_identifier_not_found);
}

TEST_F(Exchange, NothingIsReceivedBeforeItIsDurable) {
  start();
  for (const bool lasting : {false, true}) {
    auto client = lasting ? kept("k") : online("c");
    world_.gated->hold(Kind::message);
    client->send(message("t", "x", QoS::exactly_once, 1));
    EXPECT_TRUE(client->nothing_before_pong());
    while (world_.gated->held() == 0) std::this_thread::yield();
    EXPECT_TRUE(client->nothing_before_pong());
    world_.gated->release();
    EXPECT_TRUE(client->next<Pubrec>());
  }
}

TEST_F(Exchange, WhatTheLedgerDidNotTakeCanBeSentAgain) {
  start();
  world_.gated->break_for(Kind::message, {Errc::unavailable, "disk-full", "no space left on device"});
  auto client = kept("c");
  client->send(message("t", "x", QoS::exactly_once, 1));
  const auto refused = client->next<Pubrec>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, ReasonCode::implementation_specific_error);
  world_.gated->break_for(Kind::fleet_created, {});
  publish(*client, message("t", "x", QoS::exactly_once, 1));
  EXPECT_EQ(entries(), 1U);
}

TEST_F(Exchange, ReachesTheSubscriberExactlyOnce) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "t", QoS::exactly_once);
  auto mouth = online("mouth");
  publish(*mouth, message("t", "x", QoS::exactly_once, 1));
  const auto heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  EXPECT_EQ(heard->qos, QoS::exactly_once);
  const std::uint16_t identifier = heard->packet_identifier;
  answer<Pubrec>(*ear, identifier);
  const auto pubrel = ear->next<Pubrel>();
  ASSERT_TRUE(pubrel);
  EXPECT_EQ(pubrel->packet_identifier, identifier);
  answer<Pubrec>(*ear, identifier);
  EXPECT_TRUE(ear->next<Pubrel>()) << "asked again, answered again";
  answer<Pubcomp>(*ear, identifier);
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(Exchange, ASubscriberThatRefusesIsDoneWithIt) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "t", QoS::exactly_once);
  auto mouth = online("mouth");
  publish(*mouth, message("t", "x", QoS::exactly_once, 1));
  const auto heard = ear->next<Publish>();
  ASSERT_TRUE(heard);
  answer<Pubrec>(*ear, heard->packet_identifier, ReasonCode::quota_exceeded);
  EXPECT_TRUE(ear->nothing_before_pong());
  leave(ear);
  ear = kept("ear");
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(Exchange, CountsAgainstReceiveMaximumUntilPubcomp) {
  Limits limits = quick();
  limits.receive_maximum = 2;
  start(limits);
  auto client = online("c");
  for (std::uint16_t id = 1; id <= 2; ++id) {
    client->send(message("t", "x", QoS::exactly_once, id));
    ASSERT_TRUE(client->next<Pubrec>());
  }
  client->send(message("t", "x", QoS::exactly_once, 3));
  const auto goodbye = client->next<Disconnect>();
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->reason, ReasonCode::receive_maximum_exceeded);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
