// What the server itself says to those who listen.
#include "gateway/testing/broker_suite.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;

class OwnWords : public testing::BrokerSuite {
 protected:
  Result<bool> say(std::string_view topic, std::string_view text) {
    return world_.broker->publish(world_.fleet, topic, "application/json", as_bytes(text));
  }
};

TEST_F(OwnWords, AreHeardByWhoListensAndOtherwiseNotSaid) {
  start();
  EXPECT_EQ(say("d/t-1/command", "{}"), Result<bool>(false));
  auto ear = online("ear");
  subscribe(*ear, "d/t-1/command");
  EXPECT_EQ(say("d/t-2/command", "{}"), Result<bool>(false));
  EXPECT_EQ(say("d/t-1/command", "{\"command\":\"lock\"}"), Result<bool>(true));
  EXPECT_EQ(hear(*ear), "{\"command\":\"lock\"}");
}

TEST_F(OwnWords, WaitForASessionThatIsKept) {
  start();
  auto ear = kept("ear");
  subscribe(*ear, "d/t-1/command");
  ear->cut();
  wait_for_sessions(0);
  EXPECT_EQ(say("d/t-1/command", "later"), Result<bool>(true));
  ear = kept("ear");
  EXPECT_EQ(hear(*ear), "later");
}

TEST_F(OwnWords, GoToATopicAndNotToAFilter) {
  start();
  EXPECT_FALSE(say("d/+/command", "{}"));
  EXPECT_FALSE(say("", "{}"));
}

}  // namespace
}  // namespace outrider::gateway::mqtt
