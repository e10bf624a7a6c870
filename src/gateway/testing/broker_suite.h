#pragma once
// For tests of the broker as a broker: clients are applications that may do everything.
#include <gmock/gmock.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/open_rights.h"
#include "gateway/testing/world.h"

namespace outrider::gateway::testing {

class BrokerSuite : public ::testing::Test {
 protected:
  using Client = std::unique_ptr<MqttClient>;

  // What a test of the protocol needs to be over soon.
  static mqtt::Limits quick() {
    mqtt::Limits limits;
    limits.second = std::chrono::milliseconds{20};
    limits.tls.close_deadline = std::chrono::milliseconds{200};
    return limits;
  }
  void start(mqtt::Limits limits = quick()) {
    limits_ = limits;
    world_.start(limits, admit_everything);
  }
  // The broker stops as it should and begins again on another port.
  void restart() {
    world_.broker.reset();
    start(limits_);
  }
  Client connected(const std::string& principal = "suite") {
    auto& identity = identities_[principal];
    if (!identity)
      identity = std::make_unique<net::TlsIdentity>(
          world_.authority.client(principal, identity::to_urn(world_.fleet, DeviceId(principal))));
    return std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, identity.get());
  }
  static wire::mqtt::Connect hello(std::string_view id, bool clean = true, std::uint32_t expiry = 0) {
    wire::mqtt::Connect packet;
    packet.client_identifier = id;
    packet.clean_start = clean;
    packet.keep_alive = MqttClient::patient_keep_alive;
    if (expiry != 0) packet.properties.session_expiry_interval = expiry;
    return packet;
  }
  static wire::mqtt::Connect old_hello(std::string_view id, bool clean) {
    auto packet = hello(id, clean);
    packet.version = wire::mqtt::Version::v3_1_1;
    return packet;
  }
  // Connects; `present` hears whether there was a session.
  Client online(const wire::mqtt::Connect& connect, bool* present = nullptr) {
    auto out = connected();
    const auto connack = out->connect(connect);
    EXPECT_TRUE(connack && connack->reason == wire::mqtt::ReasonCode::success) << connect.client_identifier;
    if (present != nullptr) *present = connack && connack->session_present;
    return out;
  }
  Client online(std::string_view id) { return online(hello(id)); }
  // A session that stays for an hour.
  Client kept(std::string_view id, bool* present = nullptr) { return online(hello(id, false, 3600), present); }

  static std::vector<wire::mqtt::ReasonCode> subscribe(MqttClient& client,
                                                       std::vector<wire::mqtt::Subscription> subscriptions,
                                                       std::uint32_t identifier = 0) {
    wire::mqtt::Subscribe packet;
    packet.packet_identifier = 9;
    packet.subscriptions = std::move(subscriptions);
    if (identifier != 0) packet.properties.subscription_identifiers = {identifier};
    client.send(packet);
    const auto suback = client.next<wire::mqtt::Suback>();
    return suback ? suback->reasons : std::vector<wire::mqtt::ReasonCode>{};
  }
  static void subscribe(MqttClient& client, std::string_view filter,
                        wire::mqtt::QoS qos = wire::mqtt::QoS::at_least_once) {
    EXPECT_EQ(subscribe(client, {{.filter = filter, .qos = qos}}).size(), 1U);
  }

  static wire::mqtt::Publish message(std::string_view topic, std::string_view payload, wire::mqtt::QoS qos,
                                     std::uint16_t packet_identifier = 0, bool retain = false) {
    wire::mqtt::Publish packet;
    packet.topic = topic;
    packet.payload = as_bytes(payload);
    packet.qos = qos;
    packet.packet_identifier = packet_identifier;
    packet.retain = retain;
    return packet;
  }
  // The whole exchange.
  static void publish(MqttClient& client, const wire::mqtt::Publish& packet) {
    client.send(packet);
    if (packet.qos == wire::mqtt::QoS::at_least_once) {
      const auto puback = client.next<wire::mqtt::Puback>();
      ASSERT_TRUE(puback);
      EXPECT_EQ(puback->packet_identifier, packet.packet_identifier);
      EXPECT_FALSE(wire::mqtt::is_error(puback->reason));
    } else if (packet.qos == wire::mqtt::QoS::exactly_once) {
      const auto pubrec = client.next<wire::mqtt::Pubrec>();
      ASSERT_TRUE(pubrec);
      EXPECT_FALSE(wire::mqtt::is_error(pubrec->reason));
      release(client, packet.packet_identifier);
    }
  }
  static void release(MqttClient& client, std::uint16_t packet_identifier) {
    wire::mqtt::Pubrel pubrel;
    pubrel.packet_identifier = packet_identifier;
    client.send(pubrel);
    const auto pubcomp = client.next<wire::mqtt::Pubcomp>();
    ASSERT_TRUE(pubcomp);
    EXPECT_EQ(pubcomp->packet_identifier, packet_identifier);
  }
  template <class Packet>
  static void answer(MqttClient& client, std::uint16_t packet_identifier,
                     wire::mqtt::ReasonCode reason = wire::mqtt::ReasonCode::success) {
    Packet packet;
    packet.packet_identifier = packet_identifier;
    packet.reason = reason;
    client.send(packet);
  }
  // The next message, taken; its payload. "" when none came. The end of an exchange of QoS 2 is heard by and by.
  static std::string hear(MqttClient& client) {
    for (;;) {
      const auto packet = client.next_packet();
      if (packet && std::holds_alternative<wire::mqtt::Pubrel>(*packet)) {
        answer<wire::mqtt::Pubcomp>(client, std::get<wire::mqtt::Pubrel>(*packet).packet_identifier);
        continue;
      }
      if (!packet || !std::holds_alternative<wire::mqtt::Publish>(*packet)) return "";
      const auto& heard = std::get<wire::mqtt::Publish>(*packet);
      std::string payload(as_text(heard.payload));
      const std::uint16_t identifier = heard.packet_identifier;
      if (heard.qos == wire::mqtt::QoS::at_least_once) answer<wire::mqtt::Puback>(client, identifier);
      if (heard.qos == wire::mqtt::QoS::exactly_once) answer<wire::mqtt::Pubrec>(client, identifier);
      return payload;
    }
  }
  // True when nothing but the ends of exchanges comes, and what the client said has been heard.
  static bool quiet(MqttClient& client) {
    client.send(wire::mqtt::Pingreq{});
    for (;;) {
      const auto packet = client.next_packet();
      if (!packet) return false;
      if (std::holds_alternative<wire::mqtt::Pingresp>(*packet)) return true;
      if (!std::holds_alternative<wire::mqtt::Pubrel>(*packet)) return false;
      answer<wire::mqtt::Pubcomp>(client, std::get<wire::mqtt::Pubrel>(*packet).packet_identifier);
    }
  }
  static void leave(Client& client) {
    client->send(wire::mqtt::Disconnect{});
    client->ended();
    client.reset();
  }
  void wait_for_sessions(std::uint64_t count) const {
    while (world_.broker->status().sessions != count) std::this_thread::yield();
  }

  World world_;
  mqtt::Limits limits_;
  std::map<std::string, std::unique_ptr<net::TlsIdentity>> identities_;
};

}  // namespace outrider::gateway::testing
