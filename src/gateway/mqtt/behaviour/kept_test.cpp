// Sessions that outlive their connections.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using ::testing::ElementsAre;

class KeptSession : public testing::BrokerSuite {};

TEST_F(KeptSession, IsThereAgainWithItsSubscriptionsAndWhatCameMeanwhileInOrder) {
  start();
  bool present = true;
  auto ear = kept("ear", &present);
  EXPECT_FALSE(present);
  subscribe(*ear, "news/#", QoS::exactly_once);
  leave(ear);
  auto mouth = online("mouth");
  publish(*mouth, message("news/a", "at QoS 0 nothing is kept", QoS::at_most_once));
  for (std::uint16_t i = 1; i <= 5; ++i)
    publish(*mouth, message("news/a", std::to_string(i), i % 2 == 0 ? QoS::at_least_once : QoS::exactly_once, i));
  ear = kept("ear", &present);
  EXPECT_TRUE(present);
  for (int i = 1; i <= 5; ++i) EXPECT_EQ(hear(*ear), std::to_string(i));
  EXPECT_TRUE(quiet(*ear));
  publish(*mouth, message("news/b", "live", QoS::at_least_once, 9));
  EXPECT_EQ(hear(*ear), "live");
}

TEST_F(KeptSession, SurvivesARestartOfTheServer) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "news", QoS::at_least_once);
  leave(ear);
  auto mouth = online("mouth");
  publish(*mouth, message("news", "before", QoS::at_least_once, 1));
  mouth.reset();
  restart();
  EXPECT_EQ(world_.broker->status().kept_sessions, 1U);
  mouth = online("mouth");
  publish(*mouth, message("news", "after", QoS::at_least_once, 1));
  bool present = false;
  ear = kept("ear", &present);
  EXPECT_TRUE(present);
  EXPECT_EQ(hear(*ear), "before");
  EXPECT_EQ(hear(*ear), "after");
}

TEST_F(KeptSession, OfMqtt311IsKeptUntilItIsCleaned) {
  start();
  bool present = true;
  auto ear = online(old_hello("ear", false), &present);
  EXPECT_FALSE(present);
  subscribe(*ear, "news");
  ear->cut();
  wait_for_sessions(0);
  auto mouth = online("mouth");
  publish(*mouth, message("news", "1", QoS::at_least_once, 1));
  ear = online(old_hello("ear", false), &present);
  EXPECT_TRUE(present);
  EXPECT_EQ(hear(*ear), "1");
  leave(ear);
  ear = online(old_hello("ear", true), &present);
  EXPECT_FALSE(present);
  leave(ear);
  ear = online(old_hello("ear", false), &present);
  EXPECT_FALSE(present);
  publish(*mouth, message("news", "2", QoS::at_least_once, 2));
  EXPECT_TRUE(ear->nothing_before_pong()) << "its subscriptions went too";
}

TEST_F(KeptSession, ACleanStartEndsTheEarlierOne) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  bool present = true;
  ear = online(hello("ear", true, 3600), &present);
  EXPECT_FALSE(present);
  auto mouth = online("mouth");
  publish(*mouth, message("news", "1", QoS::at_least_once, 1));
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(KeptSession, WhatWasNotAcknowledgedComesAgainAsADuplicateUnderItsIdentifier) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "news", QoS::exactly_once);
  auto mouth = online("mouth");
  publish(*mouth, message("news", "one", QoS::at_least_once, 1));
  publish(*mouth, message("news", "two", QoS::exactly_once, 2));
  std::vector<std::uint16_t> identifiers;
  for (const char* payload : {"one", "two"}) {
    const auto heard = ear->next<Publish>();
    ASSERT_TRUE(heard);
    EXPECT_EQ(as_text(heard->payload), payload);
    EXPECT_FALSE(heard->dup);
    identifiers.push_back(heard->packet_identifier);
  }
  answer<Pubrec>(*ear, identifiers[1]);
  EXPECT_TRUE(ear->next<Pubrel>());
  ear->cut();
  wait_for_sessions(1);
  restart();
  ear = kept("ear");
  const auto again = ear->next<Publish>();
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->dup);
  EXPECT_EQ(as_text(again->payload), "one");
  EXPECT_EQ(again->packet_identifier, identifiers[0]);
  const auto pubrel = ear->next<Pubrel>();
  ASSERT_TRUE(pubrel) << "the second was received already";
  EXPECT_EQ(pubrel->packet_identifier, identifiers[1]);
  answer<Puback>(*ear, identifiers[0]);
  answer<Pubcomp>(*ear, identifiers[1]);
  EXPECT_TRUE(ear->nothing_before_pong());
  leave(ear);
  ear = kept("ear");
  EXPECT_TRUE(ear->nothing_before_pong()) << "both are done";
}

TEST_F(KeptSession, EndsWhenItsTimeIsOver) {
  start();
  auto ear = online(hello("ear", false, 1));
  subscribe(*ear, "news");
  leave(ear);
  while (world_.broker->status().kept_sessions != 0) std::this_thread::yield();
  bool present = true;
  kept("ear", &present);
  EXPECT_FALSE(present);
}

TEST_F(KeptSession, ItsExpiryCanBeChangedAtTheEndButNotBeBegunThere) {
  start();
  auto ear = kept("ear");
  Disconnect goodbye;
  goodbye.properties.session_expiry_interval = 0;
  ear->send(goodbye);
  EXPECT_EQ(ear->ended(), "");
  bool present = true;
  ear = online(hello("ear", false), &present);
  EXPECT_FALSE(present) << "0 ends it at once";
  goodbye.properties.session_expiry_interval = 10;
  ear->send(goodbye);
  const auto answer = ear->next<Disconnect>();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->reason, ReasonCode::protocol_error) << "3.14.2.2.2";
}

TEST_F(KeptSession, MovesToTheLoopOfTheNewConnection) {
  start();
  auto mouth = online("mouth");
  auto ear = kept("ear");
  subscribe(*ear, "news");
  for (std::uint16_t i = 1; i <= 8; ++i) {  // the kernel spreads connections over the loops
    bool present = false;
    auto next = kept("ear", &present);
    EXPECT_TRUE(present);
    const auto goodbye = ear->next<Disconnect>();
    ASSERT_TRUE(goodbye);
    EXPECT_EQ(goodbye->reason, ReasonCode::session_taken_over);
    ear = std::move(next);
    publish(*mouth, message("news", std::to_string(i), QoS::at_least_once, i));
    EXPECT_EQ(hear(*ear), std::to_string(i));
    EXPECT_TRUE(quiet(*ear)) << "otherwise it would come again";
  }
}

TEST_F(KeptSession, OfTwoPrincipalsAreTwoEvenWithOneIdentifier) {
  start();
  auto mine = kept("same");
  auto theirs = connected("other");
  const auto connack = theirs->connect(hello("same", false, 3600));
  ASSERT_TRUE(connack);
  EXPECT_FALSE(connack->session_present);
  EXPECT_TRUE(mine->nothing_before_pong());
  EXPECT_EQ(world_.broker->status().kept_sessions, 2U);
}

TEST_F(KeptSession, AFullQueueDropsWhatIsNewAndCountsIt) {
  Limits limits = quick();
  limits.state.queued_messages_max = 3;
  start(limits);
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  auto mouth = online("mouth");
  for (std::uint16_t i = 1; i <= 5; ++i) publish(*mouth, message("news", std::to_string(i), QoS::at_least_once, i));
  ear = kept("ear");
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(hear(*ear), std::to_string(i));
  EXPECT_TRUE(ear->nothing_before_pong());
  EXPECT_NE(world_.metrics.text().find("outrider_mqtt_dropped_total 2"), std::string::npos);
}

TEST_F(KeptSession, ALongQueueIsReadInPagesAndKeepsItsOrder) {
  Limits limits = quick();
  limits.state.page_rows = 4;
  limits.inflight_max = 3;
  start(limits);
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  auto mouth = online("mouth");
  std::uint16_t id = 1;
  for (; id <= 30; ++id) publish(*mouth, message("news", std::to_string(id), QoS::at_least_once, id));
  ear = kept("ear");
  for (int i = 1; i <= 40; ++i) {
    if (i > 5 && id <= 40) {
      publish(*mouth, message("news", std::to_string(id), QoS::at_least_once, id));
      ++id;
    }
    ASSERT_EQ(hear(*ear), std::to_string(i));
  }
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(KeptSession, OfAnErasedPrincipalNothingRemains) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "news");
  leave(ear);
  auto other = connected("other");
  ASSERT_TRUE(other->connect(hello("other", false, 3600)));
  subscribe(*other, "news");
  leave(other);
  auto mouth = online("mouth");
  publish(*mouth, message("news", "secret", QoS::at_least_once, 1, true));
  ASSERT_TRUE(world_.broker->forget(world_.fleet, DeviceId("app:suite")));
  EXPECT_EQ(world_.broker->status().kept_sessions, 1U);
  EXPECT_EQ(world_.broker->status().retained, 0U);
  other = connected("other");
  const auto connack = other->connect(hello("other", false, 3600));
  ASSERT_TRUE(connack);
  EXPECT_TRUE(connack->session_present);
  EXPECT_TRUE(other->nothing_before_pong()) << "what was published by the erased is gone from its queue";
}

TEST_F(KeptSession, AClientNeedNotWaitForConnackWhereverItsPacketsAreCut) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "news", QoS::at_most_once);
  Bytes early;
  encode(hello("mouth", false, 3600), Version::v5, early).value();
  for (const char* payload : {"1", "2"}) {
    Bytes next;
    encode(message("news", payload, QoS::at_most_once), Version::v5, next).value();
    early.insert(early.end(), next.begin(), next.end());
  }
  const std::size_t cut = early.size() - 5;
  auto mouth = connected();
  mouth->say(ByteView(early).first(cut));
  EXPECT_TRUE(mouth->next<Connack>());
  mouth->say(ByteView(early).subspan(cut));
  EXPECT_TRUE(mouth->nothing_before_pong());
  EXPECT_EQ(hear(*ear), "1");
  EXPECT_EQ(hear(*ear), "2");
}

}  // namespace
}  // namespace outrider::gateway::mqtt
