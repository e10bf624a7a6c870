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
  // Starts the broker; the client hears the wills.
  Client listening() {
    start();
    auto out = online("ear");
    subscribe(*out, "gone");
    return out;
  }
  // Connects with that will and is gone without a word; the broker knows.
  void die(const Connect& connect) {
    online(connect)->cut();
    wait_for_sessions(1);
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
  const auto ear = listening();
  die(with_will(hello("c", false, 3600), 3600));
  const auto client = online(with_will(hello("c", false, 3600), 1));
  EXPECT_TRUE(ear->nothing_before_pong());
  client->cut();
  EXPECT_EQ(hear(*ear), "last words");
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(WillTest, IsPublishedAfterARestart) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "gone");
  die(with_will(hello("c", false, 3600), 1));
  restart();
  ear = kept("ear");
  EXPECT_EQ(hear(*ear), "last words");
}

TEST_F(WillTest, TheEndOfTheSessionDoesNotWaitForTheDelay) {
  const auto ear = listening();
  die(with_will(hello("c", false, 3600), 3600));
  const auto client = online(hello("c", true));
  EXPECT_EQ(hear(*ear), "last words") << "a clean start ends the session";
}

TEST_F(WillTest, ItsLifetimeBeginsWhenItIsPublished) {
  const auto ear = listening();
  std::vector<Client> mortals;
  for (const bool lasting : {false, true}) {
    auto connect = with_will(hello(lasting ? "lasting" : "brief", true, lasting ? 3600 : 0), 0);
    connect.will->properties.message_expiry_interval = 3;
    mortals.push_back(online(connect));
  }
  // MQTT 5, 3.1.3.2.4: the interval is of the publication. A whole one passes before; the clock is what is tested.
  std::this_thread::sleep_for(std::chrono::milliseconds{3'001});
  for (const auto& mortal : mortals) {
    mortal->cut();
    EXPECT_EQ(hear(*ear), "last words");
  }
}

TEST_F(WillTest, IsForgottenAfterANormalDisconnect) {
  const auto ear = listening();
  auto client = online(with_will(hello("c", false, 1), 0));
  leave(client);
  while (world_.broker->status().kept_sessions != 0) std::this_thread::yield();
  EXPECT_TRUE(ear->nothing_before_pong());
}

TEST_F(WillTest, ARetainedOneNeedsRoomAmongTheRetained) {
  Limits limits = quick();
  limits.retained_messages_max = 1;
  start(limits);
  auto mouth = online("mouth");
  publish(*mouth, message("a", "1", QoS::at_least_once, 1, true));
  const auto connack = connected()->connect(with_will(hello("c"), 0, QoS::at_least_once, true));
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::quota_exceeded);
  EXPECT_EQ(connected()->connect(with_will(hello("c"), 0))->reason, ReasonCode::success);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
