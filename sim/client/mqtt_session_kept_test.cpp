// Sessions that outlive a connection, and QoS 2 in both directions. The names of clauses are MQTT 5's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/client/mqtt_session.h"
#include "wire/mqtt/codec.h"

namespace outrider::sim {
namespace {

using namespace wire::mqtt;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

struct Heard final : MqttEvents {
  void on_connected() override {}
  void on_acknowledged(const Held& report) override { acknowledged.emplace_back(as_text(report.payload)); }
  void on_report_refused(const Held& report, ReasonCode, std::string_view) override {
    refused.emplace_back(as_text(report.payload));
  }
  void on_message(std::string_view topic, ByteView) override { messages.emplace_back(topic); }
  std::vector<std::string> acknowledged;
  std::vector<std::string> refused;
  std::vector<std::string> messages;
};

class KeptSession : public testing::Test {
 protected:
  KeptSession() {
    settings.qos = QoS::exactly_once;
    settings.session_expiry_s = 60;
  }
  Connect connect(bool session_present) {
    out.clear();
    EXPECT_TRUE(session.open(out));
    const auto packets = sent();
    const auto packet = std::get<Connect>(packets.at(0));
    EXPECT_TRUE(server_says(Connack{.session_present = session_present}));
    return packet;
  }
  template <class P>
  Result<void> server_says(const P& packet) {
    Bytes bytes;
    EXPECT_TRUE(encode(packet, settings.version, bytes));
    return session.receive(bytes, heard, out);
  }
  std::vector<Packet> sent() {
    seen = std::exchange(out, {});
    std::vector<Packet> packets;
    for (ByteView rest = seen; !rest.empty();) {
      const auto frame = next_frame(rest, packet_bytes_max).value();
      packets.push_back(decode(*frame, settings.version).value());
      rest = rest.subspan(frame->size());
    }
    return packets;
  }
  std::uint16_t publish(std::string_view payload) {
    out.clear();
    EXPECT_TRUE(session.publish(to_bytes(as_bytes(payload)), out));
    return std::get<Publish>(sent().at(0)).packet_identifier;
  }

  MqttSettings settings;
  MqttSession session{settings, "t-1"};
  Heard heard;
  Bytes out;
  Bytes seen;
};

TEST_F(KeptSession, AsksForItsOldSessionAndSaysHowLongItIsWorthKeeping) {
  const auto packet = connect(false);
  EXPECT_FALSE(packet.clean_start);
  EXPECT_EQ(packet.properties.session_expiry_interval, 60U);
}

TEST_F(KeptSession, IsTheServersWithPubrecAndForgottenWithPubcomp) {
  connect(false);
  const auto id = publish("one");
  ASSERT_TRUE(server_says(Pubrec{.packet_identifier = id}));
  EXPECT_THAT(heard.acknowledged, ElementsAre("one"));
  const auto answers = sent();
  EXPECT_EQ(std::get<Pubrel>(answers.at(0)).packet_identifier, id);
  EXPECT_THAT(session.held(), SizeIs(1));
  ASSERT_TRUE(server_says(Pubcomp{.packet_identifier = id}));
  EXPECT_THAT(session.held(), IsEmpty());
}

TEST_F(KeptSession, SendsWhatWasNotTakenAgainWithDup) {  // 4.4
  connect(false);
  const auto id = publish("one");
  connect(true);
  const auto again = sent();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_TRUE(std::get<Publish>(again[0]).dup);
  EXPECT_EQ(std::get<Publish>(again[0]).packet_identifier, id);
}

TEST_F(KeptSession, SendsPubrelAgainAndNotTheReportThatTheServerHas) {  // 4.4
  connect(false);
  const auto id = publish("one");
  ASSERT_TRUE(server_says(Pubrec{.packet_identifier = id}));
  connect(true);
  const auto again = sent();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(std::get<Pubrel>(again[0]).packet_identifier, id);
  ASSERT_TRUE(server_says(Pubcomp{.packet_identifier = id}));
  EXPECT_THAT(heard.acknowledged, ElementsAre("one"));
}

TEST_F(KeptSession, BeginsAnewWhenTheServerHasForgottenIt) {
  connect(false);
  const auto taken = publish("taken");
  ASSERT_TRUE(server_says(Pubrec{.packet_identifier = taken}));
  publish("not taken");
  connect(false);
  const auto again = sent();
  ASSERT_THAT(again, SizeIs(1)) << "what PUBREC acknowledged is not sent twice";
  EXPECT_EQ(as_text(std::get<Publish>(again[0]).payload), "not taken");
  EXPECT_FALSE(std::get<Publish>(again[0]).dup);
}

TEST_F(KeptSession, KnowsARefusedReport) {
  connect(false);
  const auto id = publish("one");
  ASSERT_TRUE(server_says(Pubrec{.packet_identifier = id, .reason = ReasonCode::payload_format_invalid}));
  EXPECT_THAT(heard.refused, ElementsAre("one"));
  EXPECT_THAT(session.held(), IsEmpty());
}

TEST_F(KeptSession, EndsAConnectionThatAnswersWhatWasNotAsked) {
  connect(false);
  EXPECT_FALSE(server_says(Pubcomp{.packet_identifier = publish("one")})) << "PUBCOMP before PUBREC";
  connect(true);
  EXPECT_FALSE(server_says(Pubrec{.packet_identifier = 999}));
  connect(true);
  EXPECT_FALSE(server_says(Puback{.packet_identifier = 1})) << "PUBACK at QoS 2";
  connect(true);
  EXPECT_FALSE(server_says(Suback{.packet_identifier = 1, .reasons = {ReasonCode::success}}));
}

class Subscriber : public KeptSession {
 protected:
  Subscriber() { settings.subscribe = true; }
};

TEST_F(Subscriber, SubscribesOnceASession) {
  connect(false);
  const auto packets = sent();
  const auto& subscribe = std::get<Subscribe>(packets.at(0));
  ASSERT_THAT(subscribe.subscriptions, SizeIs(2));
  EXPECT_EQ(subscribe.subscriptions[0].filter, "d/me/config");
  EXPECT_EQ(subscribe.subscriptions[1].filter, "d/me/command");
  ASSERT_TRUE(server_says(Suback{.packet_identifier = subscribe.packet_identifier,
                                 .reasons = {ReasonCode::granted_qos_1, ReasonCode::granted_qos_1}}));
  connect(true);
  EXPECT_THAT(sent(), IsEmpty());
  connect(false);
  EXPECT_THAT(sent(), SizeIs(1));
}

TEST_F(Subscriber, TakesAMessageOfQos2Once) {  // 4.3.3
  connect(false);
  sent();
  const Publish command{.qos = QoS::exactly_once, .topic = "d/t-1/command", .packet_identifier = 9};
  ASSERT_TRUE(server_says(command));
  Publish again = command;
  again.dup = true;
  ASSERT_TRUE(server_says(again));
  EXPECT_THAT(heard.messages, SizeIs(1));
  auto answers = sent();
  EXPECT_EQ(std::get<Pubrec>(answers.at(1)).packet_identifier, 9);
  ASSERT_TRUE(server_says(Pubrel{.packet_identifier = 9}));
  answers = sent();
  EXPECT_EQ(std::get<Pubcomp>(answers.at(0)).packet_identifier, 9);
  ASSERT_TRUE(server_says(command)) << "the identifier is free again";
  EXPECT_THAT(heard.messages, SizeIs(2));
}

TEST_F(Subscriber, EndsWhenItIsRefused) {
  connect(false);
  const auto packets = sent();
  EXPECT_FALSE(server_says(Suback{.packet_identifier = std::get<Subscribe>(packets.at(0)).packet_identifier,
                                  .reasons = {ReasonCode::granted_qos_1, ReasonCode::not_authorized}}));
}

}  // namespace
}  // namespace outrider::sim
