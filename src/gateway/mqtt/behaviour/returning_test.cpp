// Devices that come back with tickets: who is refused loses them, and who stays too long has to come anew.
#include <gmock/gmock.h>

#include "gateway/mqtt/broker.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"
#include "net/testing/openssl_client.h"
#include "wire/mqtt/codec.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using net::testing::OpensslClient;
using std::chrono::milliseconds;

class ReturningTest : public ::testing::Test {
 protected:
  void start(milliseconds session_age_max = std::chrono::hours{1}) {
    Limits limits;
    limits.second = milliseconds{20};
    limits.session_age_max = session_age_max;
    world_.start(limits);
  }
  // Connects and asks to be let in.
  std::optional<ReasonCode> visit(OpensslClient& client, Version version = Version::v5) {
    if (!client.connect(world_.broker->port(), true)) return std::nullopt;
    Connect connect;
    connect.version = version;
    connect.client_identifier = "t-1";
    connect.keep_alive = testing::MqttClient::patient_keep_alive;
    Bytes out;
    encode(connect, version, out).value();
    if (!client.say(as_text(out))) return std::nullopt;
    const auto connack = packet<Connack>(client, version);
    return connack ? std::optional(connack->reason) : std::nullopt;
  }
  // A packet whose length has one byte.
  template <class Packet>
  std::optional<Packet> packet(OpensslClient& client, Version version) {
    frame_ = client.hear(2);
    if (frame_.size() != 2) return std::nullopt;
    frame_ += client.hear(static_cast<std::uint8_t>(frame_[1]));
    const auto decoded = decode(as_bytes(frame_), version);
    if (!decoded || !std::holds_alternative<Packet>(*decoded)) return std::nullopt;
    return std::get<Packet>(*decoded);
  }

  testing::World world_;
  std::string frame_;  // what a packet borrows from
};

TEST_F(ReturningTest, ARefusedClientComesBackByAFullHandshake) {
  const auto identity = world_.enrol("t-1");
  start();
  OpensslClient client(world_.authority.pem(), &identity);
  ASSERT_EQ(visit(client), ReasonCode::success);
  ASSERT_EQ(visit(client), ReasonCode::success);
  EXPECT_TRUE(client.resumed());
  world_.revoke("t-1");
  for (int i = 1; i <= 3; ++i) {  // TLS knows of no revocation: every handshake brings a ticket
    EXPECT_EQ(visit(client), ReasonCode::not_authorized);
    EXPECT_FALSE(client.resumed()) << i;
    EXPECT_EQ(client.tickets(), 2 + i);
    EXPECT_EQ(world_.tls->tickets(), 0U);
  }
}

TEST_F(ReturningTest, AReplacedIdentityLosesItsTicketsAndTheNewOneKeepsIts) {
  const auto former = world_.enrol("t-1");
  start();
  OpensslClient old_client(world_.authority.pem(), &former);
  ASSERT_EQ(visit(old_client), ReasonCode::success);
  const std::string former_serial = world_.serial_of("t-1");
  const auto present = world_.renew("t-1");
  OpensslClient client(world_.authority.pem(), &present);
  ASSERT_EQ(visit(client), ReasonCode::success);
  world_.revoke_serial(former_serial, "superseded");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(visit(old_client), ReasonCode::not_authorized);
    EXPECT_FALSE(old_client.resumed());
  }
  EXPECT_EQ(visit(client), ReasonCode::success);
  EXPECT_TRUE(client.resumed());
}

TEST_F(ReturningTest, AConnectionEndsWhenItsCertificateWasShownTooLongAgo) {
  const auto identity = world_.enrol("t-1");
  start(milliseconds{600});
  OpensslClient client(world_.authority.pem(), &identity);
  ASSERT_EQ(visit(client), ReasonCode::success);
  const auto said = packet<Disconnect>(client, Version::v5);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->reason, ReasonCode::maximum_connect_time);
  EXPECT_THAT(std::string(said->properties.reason_string.value_or("")), ::testing::HasSubstr("mqtt.max_session_age"));
  EXPECT_EQ(client.ending(), "close_notify");
  EXPECT_EQ(world_.wait_for<facts::SessionClosed>(1).at(0).reason, "max-session-age");
}

TEST_F(ReturningTest, AnOldClientsConnectionJustEnds) {
  const auto identity = world_.enrol("t-1");
  start(milliseconds{600});
  OpensslClient client(world_.authority.pem(), &identity);
  ASSERT_EQ(visit(client, Version::v3_1_1), ReasonCode::success);
  EXPECT_EQ(client.ending(), "close_notify");
}

TEST_F(ReturningTest, TheAgeCountsFromTheHandshakeThatShowedTheCertificateHoweverOftenItWasResumed) {
  const auto identity = world_.enrol("t-1");
  constexpr milliseconds age{4'000};
  start(age);
  OpensslClient client(world_.authority.pem(), &identity);
  ASSERT_EQ(visit(client), ReasonCode::success);
  const auto shown = std::chrono::steady_clock::now();
  auto last = shown;
  while (last < shown + age) {
    last = std::chrono::steady_clock::now();
    ASSERT_EQ(visit(client), ReasonCode::success);
    ASSERT_TRUE(client.resumed());
  }
  EXPECT_TRUE(packet<Disconnect>(client, Version::v5));
  EXPECT_LT(std::chrono::steady_clock::now(), last + age) << "it counted anew";
}

TEST_F(ReturningTest, TheOldestKeyOfAnOpenConnectionIsKnown) {
  const auto identity = world_.enrol("t-1");
  start();
  OpensslClient client(world_.authority.pem(), &identity);
  EXPECT_EQ(world_.broker->oldest_session_age().count(), 0);
  ASSERT_EQ(visit(client), ReasonCode::success);
  world_.tls->forget(admission::ticket_owner(world_.fleet, DeviceId("t-1")));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (world_.broker->oldest_session_age().count() < 1 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  EXPECT_GE(world_.broker->oldest_session_age().count(), 1);
  EXPECT_EQ(world_.tls->oldest_session_age().count(), 0);
  client.hang_up();
  while (world_.broker->oldest_session_age().count() != 0 && std::chrono::steady_clock::now() < end)
    std::this_thread::yield();
  EXPECT_EQ(world_.broker->oldest_session_age().count(), 0);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
