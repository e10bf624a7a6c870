// What the gateway writes down because somebody should look: how a client shook hands, tickets and certificates that
// name somebody else, and one client that is in two places.
#include <gmock/gmock.h>

#include "gateway/mqtt/broker.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"
#include "net/testing/openssl_client.h"

namespace outrider::gateway::mqtt {
namespace {

using net::testing::OpensslClient;
using testing::MqttClient;
using wire::mqtt::ReasonCode;

class SuspiciousTest : public ::testing::Test {
 protected:
  void start() {
    Limits limits;
    limits.refusal_interval = std::chrono::milliseconds{50};
    world_.start(limits);
  }
  // Connects and asks to be let in; whether it was let in matters to nobody here.
  void visit(OpensslClient& client) {
    if (!client.connect(world_.broker->port(), true)) return;
    wire::mqtt::Connect connect;
    connect.client_identifier = "t-1";
    Bytes out;
    encode(connect, wire::mqtt::Version::v5, out).value();
    if (client.say(as_text(out))) std::ignore = client.hear(4);
  }
  std::vector<facts::AccessRefused> refused(const std::string& rule) {
    std::vector<facts::AccessRefused> out;
    for (auto& each : world_.facts<facts::AccessRefused>())
      if (each.rule == rule) out.push_back(each);
    return out;
  }
  std::vector<facts::AccessRefused> wait_for_refused(const std::string& rule) {
    for (std::size_t count = 1; count < 10 && refused(rule).empty(); ++count)
      world_.wait_for<facts::AccessRefused>(count);
    return refused(rule);
  }

  testing::World world_;
};

TEST_F(SuspiciousTest, ASessionSaysHowItsClientShookHandsUnlessItCameBackWithATicket) {
  const auto identity = world_.enrol("t-1");
  start();
  OpensslClient client(world_.authority.pem(), &identity);
  visit(client);
  visit(client);
  ASSERT_TRUE(client.resumed());
  OpensslClient other(world_.authority.pem(), &identity);
  visit(other);
  const auto opened = world_.wait_for<facts::SessionOpened>(3);
  ASSERT_EQ(opened.size(), 3U);
  ASSERT_TRUE(opened[0].tls_client);
  EXPECT_THAT(*opened[0].tls_client,
              ::testing::MatchesRegex("t13[di][0-9]{4}[0-9a-zA-Z]{2}_[0-9a-f]{12}_[0-9a-f]{12}"));
  EXPECT_FALSE(opened[1].tls_client);
  EXPECT_EQ(opened[2].tls_client, opened[0].tls_client) << "the same stack";
}

TEST_F(SuspiciousTest, ATicketThatWasTakenBackIsRefusedInTheNameOfItsOwner) {
  const auto identity = world_.enrol("t-1");
  start();
  OpensslClient client(world_.authority.pem(), &identity);
  visit(client);
  world_.revoke("t-1");
  visit(client);
  const auto facts = wait_for_refused("ticket-revoked");
  ASSERT_FALSE(facts.empty());
  EXPECT_EQ(facts[0].device, "t-1");
  EXPECT_EQ(facts[0].action, "connect");
}

TEST_F(SuspiciousTest, ACertificateThatNobodyHereSignedIsRefusedInTheNameItBears) {
  world_.enrol("t-1");
  start();
  const net::testing::TestAuthority forger;
  for (const auto* name : {"t-77", "t-1"}) {
    const auto forged = forger.client(name, identity::to_urn(world_.fleet, DeviceId(name)));
    OpensslClient client(world_.authority.pem(), &forged);
    visit(client);
  }
  const auto facts = wait_for_refused("certificate-untrusted");
  ASSERT_FALSE(facts.empty());
  for (const auto& each : facts) EXPECT_EQ(each.device, "t-1") << "nobody is called t-77";
}

TEST_F(SuspiciousTest, OneClientThatAnswersFromTwoAddressesIsWrittenDown) {
  const auto identity = world_.enrol("t-1");
  start();
  MqttClient first(world_.broker->port(), world_.client_tls, &identity, "127.0.0.1");
  ASSERT_EQ(first.connect("t-1")->reason, ReasonCode::success);
  MqttClient second(world_.broker->port(), world_.client_tls, &identity, "127.0.0.2");
  ASSERT_EQ(second.connect("t-1")->reason, ReasonCode::success);
  EXPECT_TRUE(first.next<wire::mqtt::Disconnect>());
  EXPECT_FALSE(first.next_packet());  // it closes its side
  first.cut();
  const auto facts = world_.wait_for<facts::IdentitySuspected>(1);
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts[0].sign, "alive-twice");
  EXPECT_EQ(facts[0].device, "t-1");
  EXPECT_THAT(facts[0].address, ::testing::StartsWith("127.0.0.1:"));
}

TEST_F(SuspiciousTest, OneWhoseOldConnectionSaysNothingAnyMoreIsNotAndTheServerMayStopMeanwhile) {
  const auto identity = world_.enrol("t-1");
  start();
  MqttClient gone(world_.broker->port(), world_.client_tls, &identity, "127.0.0.1");  // reads no more after this
  ASSERT_EQ(gone.connect("t-1")->reason, ReasonCode::success);
  MqttClient moved(world_.broker->port(), world_.client_tls, &identity, "127.0.0.2");
  ASSERT_EQ(moved.connect("t-1")->reason, ReasonCode::success);
  world_.wait_for<facts::SessionOpened>(2);
  world_.broker.reset();
  EXPECT_TRUE(world_.facts<facts::IdentitySuspected>().empty());
}

TEST_F(SuspiciousTest, OneClientThatConnectsAgainFromItsAddressIsNot) {
  const auto identity = world_.enrol("t-1");
  start();
  for (int i = 0; i < 3; ++i) {
    MqttClient client(world_.broker->port(), world_.client_tls, &identity);
    ASSERT_EQ(client.connect("t-1")->reason, ReasonCode::success);
    MqttClient again(world_.broker->port(), world_.client_tls, &identity);
    ASSERT_EQ(again.connect("t-1")->reason, ReasonCode::success);
    EXPECT_TRUE(client.next<wire::mqtt::Disconnect>());
    EXPECT_FALSE(client.next_packet());
  }
  EXPECT_EQ(world_.wait_for<facts::SessionClosed>(3).size() >= 3, true);
  EXPECT_TRUE(world_.facts<facts::IdentitySuspected>().empty());
}

}  // namespace
}  // namespace outrider::gateway::mqtt
