// Wills: delayed, retained, and over a restart.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;

class WillTest : public testing::BrokerSuite {
 protected:
  static Connect with_will(Connect connect, std::uint32_t delay, QoS qos = QoS::at_least_once, bool retain = false) {
    Will will;
    will.topic = "gone";
    will.payload = as_bytes(std::string_view("last words"));
    will.qos = qos;
    will.retain = retain;
    if (delay != 0) will.properties.will_delay_interval = delay;
    will.properties.content_type = "text/plain";
    connect.will = will;
    return connect;
  }
};

TEST_F(WillTest, IsPublishedAtItsQosAndRetainedWhenItSaysSo) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "gone", QoS::exactly_once);
  for (const bool lasting : {false, true}) {
    auto client = online(with_will(hello("c", true, lasting ? 3600 : 0), 0, QoS::exactly_once, true));
    client->cut();
    const auto heard = ear->next<Publish>();
    ASSERT_TRUE(heard) << lasting;
    EXPECT_EQ(as_text(heard->payload), "last words");
    EXPECT_EQ(heard->qos, QoS::exactly_once);
    EXPECT_EQ(heard->properties.content_type, "text/plain");
    EXPECT_FALSE(heard->retain);
    answer<Pubrec>(*ear, heard->packet_identifier);
    EXPECT_TRUE(ear->next<Pubrel>());
  }
  while (world_.broker->status().retained == 0) std::this_thread::yield();
  auto late = online("late");
  subscribe(*late, "gone");
  EXPECT_TRUE(late->next<Publish>());
}

TEST_F(WillTest, WaitsForItsDelayAndNotAtAllWhenTheClientComesBack) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "gone");
  auto client = online(with_will(hello("c", false, 3600), 3600));
  client->cut();
  wait_for_sessions(1);
  client = online(with_will(hello("c", false, 3600), 1));
  EXPECT_TRUE(ear->nothing_before_pong());
  client->cut();
  EXPECT_EQ(hear(*ear), "last words");
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(WillTest, IsPublishedAfterARestart) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "gone");
  auto client = online(with_will(hello("c", false, 3600), 1));
  client->cut();
  wait_for_sessions(1);
  restart();
  ear = kept("ear");
  EXPECT_EQ(hear(*ear), "last words");
}

TEST_F(WillTest, TheEndOfTheSessionDoesNotWaitForTheDelay) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "gone");
  auto client = online(with_will(hello("c", false, 3600), 3600));
  client->cut();
  wait_for_sessions(1);
  client = online(hello("c", true));
  EXPECT_EQ(hear(*ear), "last words") << "a clean start ends the session";
}

TEST_F(WillTest, ItsLifetimeBeginsWhenItIsPublished) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "gone");
  for (const bool lasting : {false, true}) {
    auto connect = with_will(hello("c", true, lasting ? 3600 : 0), 0);
    connect.will->properties.message_expiry_interval = 1;
    auto client = online(connect);
    std::this_thread::sleep_for(std::chrono::milliseconds{1'100});  // the wall clock's seconds are what is tested
    client->cut();
    EXPECT_EQ(hear(*ear), "last words") << lasting;
  }
}

TEST_F(WillTest, IsForgottenAfterANormalDisconnect) {
  start();
  auto ear = online("ear");
  subscribe(*ear, "gone");
  auto client = online(with_will(hello("c", false, 1), 0));
  leave(client);
  while (world_.broker->status().kept_sessions != 0) std::this_thread::yield();
  EXPECT_TRUE(ear->nothing_before_pong());
}

}  // namespace
}  // namespace outrider::gateway::mqtt
