#include "sim/client/mqtt_session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/mqtt/codec.h"

namespace outrider::sim {
namespace {

using namespace wire::mqtt;
using testing::HasSubstr;

struct Heard final : MqttEvents {
  void on_connected() override { ++connected; }
  void on_acknowledged(const Held& report) override { acknowledged.push_back(std::string(as_text(report.payload))); }
  void on_report_refused(const Held& report, ReasonCode reason, std::string_view why) override {
    refused.push_back(std::string(as_text(report.payload)) + " " + std::string(name_of(reason)) + " " +
                      std::string(why));
  }
  void on_message(std::string_view topic, ByteView payload) override {
    messages.push_back(std::string(topic) + " " + std::string(as_text(payload)));
  }
  std::vector<std::string> messages;
  int connected = 0;
  std::vector<std::string> acknowledged;
  std::vector<std::string> refused;
};

// The device's end, and what a server would see and say.
class Session : public testing::Test {
 protected:
  template <class P>
  Result<void> server_says(const P& packet) {
    Bytes bytes;
    EXPECT_TRUE(encode(packet, settings.version, bytes));
    return session->receive(bytes, heard, out);
  }
  // The packets the device has sent since the last call. Views point into `seen`.
  std::vector<Packet> sent() {
    seen = std::exchange(out, {});
    std::vector<Packet> packets;
    ByteView rest = seen;
    while (!rest.empty()) {
      const auto frame = next_frame(rest, packet_bytes_max);
      EXPECT_TRUE(frame && *frame);
      if (!frame || !*frame) break;
      auto packet = decode(**frame, settings.version);
      EXPECT_TRUE(packet) << packet.error().text();
      if (packet) packets.push_back(*packet);
      rest = rest.subspan((*frame)->size());
    }
    return packets;
  }
  void start() { session = std::make_unique<MqttSession>(settings, "t-1"); }
  void connect(const Connack& answer = {}) {
    ASSERT_TRUE(session->open(out));
    sent();
    const auto taken = server_says(answer);
    ASSERT_TRUE(taken) << taken.error().text();
  }
  Result<void> publish(std::string_view payload) { return session->publish(to_bytes(as_bytes(payload)), out); }
  static std::vector<std::string> payloads(const std::vector<Packet>& packets) {
    std::vector<std::string> found;
    for (const auto& packet : packets) {
      if (const auto* p = std::get_if<Publish>(&packet)) found.emplace_back(as_text(p->payload));
    }
    return found;
  }

  MqttSettings settings;
  std::unique_ptr<MqttSession> session;
  Heard heard;
  Bytes out;
  Bytes seen;
};

TEST_F(Session, IntroducesItselfByItsDeviceIdAndAsksForNoOldSession) {
  start();
  ASSERT_TRUE(session->open(out));
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 1U);
  const auto& connect = std::get<Connect>(packets[0]);
  EXPECT_EQ(connect.client_identifier, "t-1");
  EXPECT_TRUE(connect.clean_start);
  EXPECT_EQ(connect.keep_alive, settings.keep_alive_s);
  EXPECT_FALSE(session->connected());
  EXPECT_FALSE(session->has_room()) << "nothing may be sent before CONNACK";
}

TEST_F(Session, ReportsOnItsOwnTopicAndForgetsWhatIsAcknowledged) {
  start();
  connect();
  EXPECT_EQ(heard.connected, 1);
  ASSERT_TRUE(publish("one"));
  const auto packets = sent();
  ASSERT_EQ(packets.size(), 1U);
  const auto& publish_seen = std::get<Publish>(packets[0]);
  EXPECT_EQ(publish_seen.topic, "d/t-1/telemetry");
  EXPECT_EQ(publish_seen.qos, QoS::at_least_once);
  EXPECT_FALSE(publish_seen.dup);
  EXPECT_EQ(publish_seen.properties.content_type, "application/senml+json");
  ASSERT_EQ(session->held().size(), 1U);
  ASSERT_TRUE(server_says(Puback{.packet_identifier = publish_seen.packet_identifier}));
  EXPECT_THAT(heard.acknowledged, testing::ElementsAre("one"));
  EXPECT_TRUE(session->held().empty());
}

TEST_F(Session, SpeaksTheOldVersionWithoutProperties) {
  settings.version = Version::v3_1_1;
  start();
  connect();
  ASSERT_TRUE(publish("one"));
  const auto packets = sent();
  EXPECT_FALSE(std::get<Publish>(packets[0]).properties.content_type);
  ASSERT_TRUE(server_says(Puback{.packet_identifier = std::get<Publish>(packets[0]).packet_identifier}));
  EXPECT_EQ(heard.acknowledged.size(), 1U);
}

TEST_F(Session, TakesAcknowledgementsInAnyOrderAndInPieces) {
  start();
  connect();
  for (const auto* text : {"a", "b", "c"}) ASSERT_TRUE(publish(text));
  const auto packets = sent();
  Bytes answers;
  for (const std::size_t i : {2U, 0U, 1U}) {
    ASSERT_TRUE(encode(Puback{.packet_identifier = std::get<Publish>(packets[i]).packet_identifier}, settings.version,
                       answers));
  }
  for (const auto byte : answers) ASSERT_TRUE(session->receive(ByteView(&byte, 1), heard, out));
  EXPECT_THAT(heard.acknowledged, testing::ElementsAre("c", "a", "b"));
}

TEST_F(Session, SendsWhatWasNotAcknowledgedAgainOnTheNextConnectionAndOnlyThat) {
  start();
  connect();
  for (const auto* text : {"a", "b", "c"}) ASSERT_TRUE(publish(text));
  const auto first = sent();
  ASSERT_TRUE(server_says(Puback{.packet_identifier = std::get<Publish>(first[1]).packet_identifier}));
  connect();
  const auto again = sent();
  EXPECT_THAT(payloads(again), testing::ElementsAre("a", "c"));
  for (const auto& packet : again) {
    EXPECT_FALSE(std::get<Publish>(packet).dup) << "a new message of a new session (MQTT 5, 3.3.1.1)";
    ASSERT_TRUE(server_says(Puback{.packet_identifier = std::get<Publish>(packet).packet_identifier}));
  }
  EXPECT_THAT(heard.acknowledged, testing::ElementsAre("b", "a", "c"));
}

TEST_F(Session, SendsNothingAgainBeforeTheServerHasAgreed) {
  start();
  connect();
  ASSERT_TRUE(publish("a"));
  sent();
  ASSERT_TRUE(session->open(out));
  EXPECT_EQ(sent().size(), 1U) << "only CONNECT";
}

TEST_F(Session, KeepsToTheServersReceiveMaximumAlsoWhenSendingAgain) {
  start();
  connect();
  for (const auto* text : {"a", "b", "c"}) ASSERT_TRUE(publish(text));
  sent();
  Connack narrow;
  narrow.properties.receive_maximum = 2;
  ASSERT_TRUE(session->open(out));
  sent();
  ASSERT_TRUE(server_says(narrow));
  const auto again = sent();
  EXPECT_THAT(payloads(again), testing::ElementsAre("a", "b"));
  EXPECT_FALSE(session->has_room());
  ASSERT_TRUE(server_says(Puback{.packet_identifier = std::get<Publish>(again[0]).packet_identifier}));
  EXPECT_THAT(payloads(sent()), testing::ElementsAre("c"));
}

TEST_F(Session, HoldsNoMoreReportsThanItsLimit) {
  settings.inflight_max = 2;
  start();
  connect();
  ASSERT_TRUE(publish("a"));
  EXPECT_TRUE(session->has_room());
  ASSERT_TRUE(publish("b"));
  EXPECT_FALSE(session->has_room());
}

TEST_F(Session, GivesUpAReportThatTheServerRefusesAndSaysWhy) {
  start();
  connect();
  ASSERT_TRUE(publish("bad"));
  const auto packets = sent();
  Puback no{.packet_identifier = std::get<Publish>(packets[0]).packet_identifier,
            .reason = ReasonCode::payload_format_invalid};
  no.properties.reason_string = "record 1: unknown name 'x'";
  ASSERT_TRUE(server_says(no));
  EXPECT_THAT(heard.refused, testing::ElementsAre("bad payload-format-invalid record 1: unknown name 'x'"));
  EXPECT_TRUE(session->held().empty());
  EXPECT_TRUE(session->connected());
}

TEST_F(Session, SaysWhyTheServerRefusedTheConnection) {
  start();
  ASSERT_TRUE(session->open(out));
  Connack no{.reason = ReasonCode::not_authorized};
  no.properties.reason_string = "device is retired";
  const auto taken = server_says(no);
  ASSERT_FALSE(taken);
  EXPECT_EQ(taken.error().code, Errc::forbidden);
  EXPECT_THAT(taken.error().detail, HasSubstr("device is retired"));
  EXPECT_EQ(heard.connected, 0);
}

TEST_F(Session, UsesTheServersKeepAliveWhenItHasOne) {
  start();
  Connack answer;
  answer.properties.server_keep_alive = 20;
  connect(answer);
  EXPECT_EQ(session->keep_alive_s(), 20);
  session->ping(out);
  EXPECT_TRUE(std::holds_alternative<Pingreq>(sent().at(0)));
  EXPECT_TRUE(session->awaits_answer());
  ASSERT_TRUE(server_says(Pingresp{}));
  EXPECT_FALSE(session->awaits_answer());
}

TEST_F(Session, EndsTheConnectionOnWhatAServerMustNotDo) {
  const auto refused = [&](const auto& packet, std::string_view reason) {
    start();
    connect();
    const auto taken = server_says(packet);
    ASSERT_FALSE(taken) << reason;
    EXPECT_EQ(taken.error().reason, reason);
    EXPECT_FALSE(session->connected());
  };
  refused(Connack{}, "protocol-error");
  refused(Puback{.packet_identifier = 9}, "protocol-error");
  refused(Pingreq{}, "protocol-error");
  refused(Pubrec{.packet_identifier = 9}, "protocol-error");
  refused(Disconnect{.reason = ReasonCode::session_taken_over}, "session-taken-over");

  start();
  ASSERT_TRUE(session->open(out));
  EXPECT_FALSE(server_says(Pingresp{})) << "before CONNACK";
  start();
  ASSERT_TRUE(session->open(out));
  EXPECT_FALSE(server_says(Connack{.session_present = true}));
}

TEST_F(Session, AcknowledgesACommandItDidNotAskFor) {
  start();
  connect();
  ASSERT_TRUE(server_says(Publish{.qos = QoS::at_least_once, .topic = "d/t-1/command", .packet_identifier = 7}));
  EXPECT_EQ(std::get<Puback>(sent().at(0)).packet_identifier, 7);
}

TEST_F(Session, DoesNotSendMoreThanTheServerTakes) {
  start();
  Connack small;
  small.properties.maximum_packet_size = 40;
  connect(small);
  const auto published = publish(std::string(100, 'x'));
  ASSERT_FALSE(published);
  EXPECT_EQ(published.error().reason, "packet-too-large");
  EXPECT_TRUE(out.empty());
}

TEST_F(Session, NeverUsesAPacketIdentifierTwiceAtATime) {
  start();
  connect();
  ASSERT_TRUE(publish("stays"));
  const auto stays = std::get<Publish>(sent().at(0)).packet_identifier;
  for (int i = 0; i < 70'000; ++i) {
    ASSERT_TRUE(publish("passes"));
    const auto identifier = std::get<Publish>(sent().at(0)).packet_identifier;
    ASSERT_NE(identifier, stays);
    ASSERT_NE(identifier, 0);
    ASSERT_TRUE(server_says(Puback{.packet_identifier = identifier}));
  }
}

}  // namespace
}  // namespace outrider::sim
