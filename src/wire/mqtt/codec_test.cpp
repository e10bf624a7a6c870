#include "wire/mqtt/codec.h"

#include <gtest/gtest.h>

#include <string>

namespace outrider::wire::mqtt {
namespace {

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

// A packet from its first byte and its body; the length between them is put in.
Bytes frame_of(int first, std::initializer_list<int> body) {
  Bytes out = bytes({first, static_cast<int>(body.size())});
  for (const int value : body) out.push_back(static_cast<std::uint8_t>(value));
  return out;
}

std::string refusal(const Bytes& frame, Version version = Version::v5) {
  const auto packet = decode(frame, version);
  if (packet) return "accepted";
  return std::string(name_of(reason_code_of(packet.error())));
}

template <class P>
void expect_round_trip(const P& packet, Version version) {
  Bytes out = bytes({0xEE});  // what was there before stays
  const auto encoded = encode(packet, version, out);
  ASSERT_TRUE(encoded) << encoded.error().text();
  ASSERT_EQ(out[0], 0xEE);
  const auto decoded = decode(ByteView(out).subspan(1), version);
  ASSERT_TRUE(decoded) << decoded.error().text();
  ASSERT_TRUE(std::holds_alternative<P>(*decoded));
  EXPECT_EQ(std::get<P>(*decoded), packet);
  EXPECT_EQ(type_of(*decoded), type_of(Packet(packet)));
}

Properties every_property_of_publish() {
  static const Bytes correlation = bytes({1, 2, 0});
  Properties p;
  p.payload_format_indicator = true;
  p.message_expiry_interval = 60;
  p.content_type = "application/senml+json";
  p.response_topic = "d/t-1/command/ack";
  p.correlation_data = ByteView(correlation);
  p.subscription_identifiers = {1, 268'435'455};
  p.topic_alias = 3;
  p.user_properties = {{"a", "1"}, {"a", "2"}};
  return p;
}

const Bytes payload = bytes({'[', ']', 0, 0xFF});

TEST(MqttCodec, EveryPacketOfMqtt5ComesBackAsItWasSent) {
  Connect connect{.clean_start = false,
                  .keep_alive = 30,
                  .client_identifier = "t-1",
                  .will = Will{.topic = "d/t-1/event", .payload = payload, .qos = QoS::at_least_once, .retain = true},
                  .user_name = "user",
                  .password = ByteView(payload)};
  connect.will->properties.will_delay_interval = 5;
  connect.properties.session_expiry_interval = 0xFFFFFFFF;
  connect.properties.receive_maximum = 20;
  connect.properties.maximum_packet_size = 4096;
  connect.properties.request_problem_information = false;
  connect.properties.authentication_method = "x";
  connect.properties.authentication_data = ByteView(payload);
  expect_round_trip(connect, Version::v5);

  Connack connack{.session_present = true};
  connack.properties.maximum_qos = QoS::at_least_once;
  connack.properties.assigned_client_identifier = "t-1";
  connack.properties.server_keep_alive = 60;
  connack.properties.retain_available = false;
  connack.properties.wildcard_subscription_available = true;
  connack.properties.subscription_identifiers_available = true;
  connack.properties.shared_subscription_available = false;
  connack.properties.server_reference = "other:8883";
  connack.properties.response_information = "r";
  connack.properties.topic_alias_maximum = 10;
  connack.properties.reason_string = "welcome";
  expect_round_trip(connack, Version::v5);

  expect_round_trip(Publish{.dup = true,
                            .qos = QoS::exactly_once,
                            .retain = true,
                            .topic = "d/t-1/telemetry",
                            .packet_identifier = 65535,
                            .payload = payload,
                            .properties = every_property_of_publish()},
                    Version::v5);
  expect_round_trip(Puback{.packet_identifier = 1}, Version::v5);
  expect_round_trip(Puback{.packet_identifier = 1, .reason = ReasonCode::quota_exceeded}, Version::v5);
  Properties why;
  why.reason_string = "unknown name";
  expect_round_trip(Puback{.packet_identifier = 1, .reason = ReasonCode::payload_format_invalid, .properties = why},
                    Version::v5);
  expect_round_trip(Pubrec{.packet_identifier = 2, .reason = ReasonCode::no_matching_subscribers}, Version::v5);
  expect_round_trip(Pubrel{.packet_identifier = 3, .reason = ReasonCode::packet_identifier_not_found}, Version::v5);
  expect_round_trip(Pubcomp{.packet_identifier = 4}, Version::v5);

  Subscribe subscribe{
      .packet_identifier = 5,
      .subscriptions = {
          {.filter = "a/+/#", .qos = QoS::exactly_once, .no_local = true},
          {.filter = "$share/g/a", .retain_as_published = true, .retain_handling = RetainHandling::do_not_send}}};
  subscribe.properties.subscription_identifiers = {7};
  expect_round_trip(subscribe, Version::v5);
  expect_round_trip(Suback{.packet_identifier = 5, .reasons = {ReasonCode::granted_qos_2, ReasonCode::not_authorized}},
                    Version::v5);
  expect_round_trip(Unsubscribe{.packet_identifier = 6, .filters = {"a", "b/#"}}, Version::v5);
  expect_round_trip(Unsuback{.packet_identifier = 6, .reasons = {ReasonCode::no_subscription_existed}}, Version::v5);
  expect_round_trip(Pingreq{}, Version::v5);
  expect_round_trip(Pingresp{}, Version::v5);
  expect_round_trip(Disconnect{}, Version::v5);
  expect_round_trip(Disconnect{.reason = ReasonCode::session_taken_over}, Version::v5);
  expect_round_trip(Disconnect{.properties = why}, Version::v5);
  Auth auth{.reason = ReasonCode::continue_authentication};
  auth.properties.authentication_method = "SCRAM";
  expect_round_trip(auth, Version::v5);
  expect_round_trip(Auth{}, Version::v5);
}

TEST(MqttCodec, EveryPacketOfMqtt311ComesBackAsItWasSent) {
  const auto v = Version::v3_1_1;
  expect_round_trip(Connect{.version = v,
                            .client_identifier = "t-1",
                            .will = Will{.topic = "w", .qos = QoS::exactly_once},
                            .user_name = "u",
                            .password = ByteView(payload)},
                    v);
  expect_round_trip(Connack{.session_present = true}, v);
  expect_round_trip(Connack{.reason = ReasonCode::bad_user_name_or_password}, v);
  expect_round_trip(Publish{.topic = "a"}, v);
  expect_round_trip(Publish{.qos = QoS::at_least_once, .topic = "a/b", .packet_identifier = 9, .payload = payload}, v);
  expect_round_trip(Puback{.packet_identifier = 1}, v);
  expect_round_trip(Pubrec{.packet_identifier = 1}, v);
  expect_round_trip(Pubrel{.packet_identifier = 1}, v);
  expect_round_trip(Pubcomp{.packet_identifier = 1}, v);
  expect_round_trip(Subscribe{.packet_identifier = 1, .subscriptions = {{.filter = "#", .qos = QoS::at_least_once}}},
                    v);
  expect_round_trip(Suback{.packet_identifier = 1, .reasons = {ReasonCode::success, ReasonCode::unspecified_error}}, v);
  expect_round_trip(Unsubscribe{.packet_identifier = 1, .filters = {"#"}}, v);
  expect_round_trip(Unsuback{.packet_identifier = 1}, v);
  expect_round_trip(Pingreq{}, v);
  expect_round_trip(Pingresp{}, v);
  expect_round_trip(Disconnect{}, v);
}

TEST(MqttCodec, PacketsLookOnTheWireAsTheSpecificationShowsThem) {
  Bytes out;
  ASSERT_TRUE(
      encode(Connect{.version = Version::v3_1_1, .keep_alive = 10, .client_identifier = "c"}, Version::v3_1_1, out));
  EXPECT_EQ(out, bytes({0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 10, 0, 1, 'c'}));
  out.clear();
  Publish publish{.qos = QoS::at_least_once, .topic = "a/b", .packet_identifier = 10};  // MQTT 5, figure 3.9
  ASSERT_TRUE(encode(publish, Version::v5, out));
  EXPECT_EQ(out, bytes({0x32, 8, 0, 3, 'a', '/', 'b', 0, 10, 0}));
  out.clear();
  ASSERT_TRUE(encode(Puback{.packet_identifier = 10}, Version::v5, out));
  EXPECT_EQ(out, bytes({0x40, 2, 0, 10}));
  out.clear();
  ASSERT_TRUE(encode(Disconnect{}, Version::v5, out));
  EXPECT_EQ(out, bytes({0xE0, 0}));
  out.clear();
  ASSERT_TRUE(encode(Connack{.reason = ReasonCode::not_authorized}, Version::v3_1_1, out));
  EXPECT_EQ(out, bytes({0x20, 2, 0, 5}));
}

TEST(MqttCodec, ALongPayloadGetsALengthOfSeveralBytes) {
  const Bytes large(20'000, 'x');
  Bytes out;
  ASSERT_TRUE(encode(Publish{.topic = "a", .payload = large}, Version::v3_1_1, out));
  EXPECT_EQ(out.size(), 1U + 3 + 3 + large.size());
  const auto packet = decode(out, Version::v3_1_1);
  ASSERT_TRUE(packet);
  EXPECT_EQ(std::get<Publish>(*packet).payload.size(), large.size());
}

TEST(MqttCodec, DecodedStringsLieInTheFrame) {
  Bytes out;
  ASSERT_TRUE(encode(Publish{.topic = "a/b", .payload = payload}, Version::v5, out));
  const auto packet = decode(out, Version::v5);
  ASSERT_TRUE(packet);
  const auto* topic = reinterpret_cast<const std::uint8_t*>(std::get<Publish>(*packet).topic.data());
  EXPECT_TRUE(topic >= out.data() && topic < out.data() + out.size());
}

TEST(MqttCodec, WhatCannotBeWrittenIsRefusedAndLeavesNothingBehind) {
  const std::string long_text(65'536, 'x');
  Bytes out = bytes({1, 2, 3});
  EXPECT_FALSE(encode(Publish{.topic = long_text}, Version::v5, out));
  EXPECT_FALSE(encode(Publish{.qos = QoS::at_least_once, .topic = "a"}, Version::v5, out));
  EXPECT_FALSE(encode(Puback{}, Version::v5, out));
  EXPECT_FALSE(encode(Subscribe{.packet_identifier = 1}, Version::v5, out));
  EXPECT_FALSE(encode(Suback{.packet_identifier = 1}, Version::v5, out));
  EXPECT_FALSE(encode(Unsubscribe{.packet_identifier = 1}, Version::v5, out));
  EXPECT_FALSE(encode(Unsuback{.packet_identifier = 1}, Version::v5, out));
  EXPECT_FALSE(encode(Auth{}, Version::v3_1_1, out));
  EXPECT_FALSE(encode(Connect{.version = Version::v3_1_1, .password = ByteView(payload)}, Version::v3_1_1, out));
  EXPECT_EQ(out, bytes({1, 2, 3}));
}

struct Refusal {
  const char* name;
  Bytes frame;
  const char* reason;
  Version version = Version::v5;
};
std::ostream& operator<<(std::ostream& out, const Refusal& refusal) {
  return out << refusal.name;
}
std::string name_of_case(const testing::TestParamInfo<Refusal>& info) {
  return info.param.name;
}

class MqttDecoder : public testing::TestWithParam<Refusal> {};

TEST_P(MqttDecoder, Refuses) {
  EXPECT_EQ(refusal(GetParam().frame, GetParam().version), GetParam().reason);
}

constexpr auto v3 = Version::v3_1_1;

INSTANTIATE_TEST_SUITE_P(
    FixedHeader, MqttDecoder,
    testing::Values(Refusal{"AnEmptyFrame", {}, "malformed-packet"},
                    Refusal{"TheReservedPacketType", bytes({0x00, 0}), "malformed-packet"},
                    Refusal{"AuthInMqtt311", bytes({0xF0, 0}), "malformed-packet", v3},
                    Refusal{"FlagsOnPingreq", bytes({0xC1, 0}), "malformed-packet"},
                    Refusal{"SubscribeWithoutItsFlagBit", frame_of(0x80, {0, 1, 0, 0, 1, 'a', 0}), "malformed-packet"},
                    Refusal{"PubrelWithoutItsFlagBit", frame_of(0x60, {0, 1}), "malformed-packet"},
                    Refusal{"FewerBytesThanTheLengthSays", bytes({0x40, 3, 0, 1}), "malformed-packet"},
                    Refusal{"MoreBytesThanTheLengthSays", bytes({0x40, 2, 0, 1, 0}), "malformed-packet"},
                    Refusal{"AnOverlongLength", bytes({0xC0, 0x80, 0x00}), "malformed-packet"},
                    Refusal{"ALengthOfFiveBytes", bytes({0xC0, 0x80, 0x80, 0x80, 0x80, 0x01}), "malformed-packet"},
                    Refusal{"ABodyOnPingreq", bytes({0xC0, 1, 0}), "malformed-packet"}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Connect, MqttDecoder,
    testing::Values(
        Refusal{"AnotherProtocolName", frame_of(0x10, {0, 6, 'M', 'Q', 'I', 's', 'd', 'p', 3, 2, 0, 0, 0, 1, 'c'}),
                "unsupported-protocol-version"},
        Refusal{"AnUnknownLevel", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 6, 2, 0, 0, 0, 0, 1, 'c'}),
                "unsupported-protocol-version"},
        Refusal{"TheReservedConnectFlag", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 3, 0, 0, 0, 1, 'c'}),
                "malformed-packet"},
        Refusal{"WillQosWithoutWill", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0x0A, 0, 0, 0, 1, 'c'}),
                "malformed-packet"},
        Refusal{"WillRetainWithoutWill", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0x22, 0, 0, 0, 1, 'c'}),
                "malformed-packet"},
        Refusal{"WillQos3", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0x1E, 0, 0, 0, 1, 'c', 0, 1, 'w', 0, 0}),
                "malformed-packet"},
        Refusal{"AWildcardInTheWillTopic",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0x06, 0, 0, 0, 1, 'c', 0, 1, '#', 0, 0}),
                "malformed-packet"},
        Refusal{"PasswordWithoutUserNameIn311",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0x42, 0, 0, 0, 1, 'c', 0, 0}), "malformed-packet"},
        Refusal{"AnEmptyClientIdentifierThatWantsToBeRemembered",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 0, 0, 0, 0, 0}), "client-identifier-not-valid"},
        Refusal{"AClientIdentifierWithNul", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 0}),
                "malformed-packet"},
        Refusal{"AClientIdentifierWithASurrogate",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 3, 0xED, 0xA0, 0x80}), "malformed-packet"},
        Refusal{"AReceiveMaximumOfZero",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 3, 0x21, 0, 0, 0, 1, 'c'}), "protocol-error"},
        Refusal{"AMaximumPacketSizeOfZero",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 5, 0x27, 0, 0, 0, 0, 0, 1, 'c'}),
                "protocol-error"},
        Refusal{"AuthenticationDataWithoutMethod",
                frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 3, 0x16, 0, 0, 0, 1, 'c'}), "protocol-error"},
        Refusal{"AFlagPropertyThatIsTwo", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 2, 0x17, 2, 0, 1, 'c'}),
                "protocol-error"},
        Refusal{"BytesAfterTheLastField", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 1, 'c', 0}),
                "malformed-packet"},
        Refusal{"ACutPacket", frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 0, 0, 9, 'c'}), "malformed-packet"},
        Refusal{"AReservedConnackFlag", frame_of(0x20, {2, 0, 0}), "malformed-packet"},
        Refusal{"ASessionPresentInARefusal", frame_of(0x20, {1, 0x87, 0}), "protocol-error"},
        Refusal{"AReservedReturnCode", frame_of(0x20, {0, 6}), "malformed-packet", v3}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Publish, MqttDecoder,
    testing::Values(
        Refusal{"Qos3", frame_of(0x36, {0, 1, 'a', 0, 1, 0}), "malformed-packet"},
        Refusal{"DupWithQos0", frame_of(0x38, {0, 1, 'a', 0}), "malformed-packet"},
        Refusal{"PacketIdentifierZero", frame_of(0x32, {0, 1, 'a', 0, 0, 0}), "protocol-error"},
        Refusal{"AWildcardInTheTopic", frame_of(0x30, {0, 3, 'a', '/', '+', 0}), "malformed-packet"},
        Refusal{"NoTopicAndNoAlias", frame_of(0x30, {0, 0, 0}), "protocol-error"},
        Refusal{"NoTopicIn311", frame_of(0x30, {0, 0}), "protocol-error", v3},
        Refusal{"TopicAliasZero", frame_of(0x30, {0, 1, 'a', 3, 0x23, 0, 0}), "topic-alias-invalid"},
        Refusal{"APropertyTwice", frame_of(0x30, {0, 1, 'a', 4, 0x01, 1, 0x01, 1}), "protocol-error"},
        Refusal{"APropertyOfAnotherPacket", frame_of(0x30, {0, 1, 'a', 3, 0x21, 0, 5}), "malformed-packet"},
        Refusal{"AnUnknownProperty", frame_of(0x30, {0, 1, 'a', 2, 0x7F, 0}), "malformed-packet"},
        Refusal{"APropertyLengthBeyondThePacket", frame_of(0x30, {0, 1, 'a', 9, 0x01, 1}), "malformed-packet"},
        Refusal{"APropertyCutByItsLength", frame_of(0x30, {0, 1, 'a', 2, 0x23, 0, 1}), "malformed-packet"},
        Refusal{"SubscriptionIdentifierZero", frame_of(0x30, {0, 1, 'a', 2, 0x0B, 0}), "protocol-error"},
        Refusal{"AResponseTopicWithAWildcard", frame_of(0x30, {0, 1, 'a', 4, 0x08, 0, 1, '#'}), "malformed-packet"},
        Refusal{"AForeignReasonInPuback", frame_of(0x40, {0, 1, 0x8D}), "protocol-error"},
        Refusal{"AnUnknownReasonInPubrel", frame_of(0x62, {0, 1, 0xFF}), "protocol-error"},
        Refusal{"AReasonInA311Puback", frame_of(0x40, {0, 1, 0}), "malformed-packet", v3},
        Refusal{"PubackForPacketZero", frame_of(0x40, {0, 0}), "protocol-error"}),
    name_of_case);

INSTANTIATE_TEST_SUITE_P(
    Subscribe, MqttDecoder,
    testing::Values(Refusal{"NoFilter", frame_of(0x82, {0, 1, 0}), "protocol-error"},
                    Refusal{"NoFilterToUnsubscribe", frame_of(0xA2, {0, 1, 0}), "protocol-error"},
                    Refusal{"AnEmptyFilter", frame_of(0x82, {0, 1, 0, 0, 0, 0}), "malformed-packet"},
                    Refusal{"AnInvalidFilter", frame_of(0x82, {0, 1, 0, 0, 2, 'a', '#', 0}), "malformed-packet"},
                    Refusal{"AnInvalidFilterToUnsubscribe", frame_of(0xA2, {0, 1, 0, 0, 2, '+', '+'}),
                            "malformed-packet"},
                    Refusal{"ReservedOptionBits", frame_of(0x82, {0, 1, 0, 0, 1, 'a', 0x40}), "malformed-packet"},
                    Refusal{"Mqtt5OptionsIn311", frame_of(0x82, {0, 1, 0, 1, 'a', 0x04}), "malformed-packet", v3},
                    Refusal{"MaximumQos3", frame_of(0x82, {0, 1, 0, 0, 1, 'a', 3}), "protocol-error"},
                    Refusal{"RetainHandling3", frame_of(0x82, {0, 1, 0, 0, 1, 'a', 0x30}), "protocol-error"},
                    Refusal{"NoLocalOnASharedSubscription",
                            frame_of(0x82, {0, 1, 0, 0, 10, '$', 's', 'h', 'a', 'r', 'e', '/', 'g', '/', 'a', 4}),
                            "protocol-error"},
                    Refusal{"TwoSubscriptionIdentifiers", frame_of(0x82, {0, 1, 4, 0x0B, 1, 0x0B, 2, 0, 1, 'a', 0}),
                            "protocol-error"},
                    Refusal{"AFilterWithoutOptions", frame_of(0x82, {0, 1, 0, 0, 1, 'a'}), "malformed-packet"},
                    Refusal{"AnEmptySuback", frame_of(0x90, {0, 1, 0}), "protocol-error"},
                    Refusal{"AReservedReturnCodeIn311", frame_of(0x90, {0, 1, 0x87}), "malformed-packet", v3},
                    Refusal{"APayloadInA311Unsuback", frame_of(0xB0, {0, 1, 0}), "malformed-packet", v3},
                    Refusal{"AReasonInA311Disconnect", frame_of(0xE0, {0}), "malformed-packet", v3},
                    Refusal{"AForeignReasonInDisconnect", frame_of(0xE0, {0x01}), "protocol-error"},
                    Refusal{"AuthWithoutMethod", frame_of(0xF0, {0x18, 0}), "protocol-error"}),
    name_of_case);

TEST(MqttDecoder, MoreUserPropertiesThanAnybodyNeedsAreRefused) {
  const std::vector<UserProperty> many(65, {"k", "v"});
  Publish publish{.topic = "a"};
  publish.properties.user_properties = many;
  Bytes out;
  ASSERT_TRUE(encode(publish, Version::v5, out));
  EXPECT_EQ(refusal(out), "quota-exceeded");
}

TEST(MqttDecoder, EveryCutOfAPacketIsRefused) {
  Bytes whole;
  Publish publish{.qos = QoS::at_least_once, .topic = "a", .packet_identifier = 1, .payload = payload};
  publish.properties = every_property_of_publish();
  ASSERT_TRUE(encode(publish, Version::v5, whole));
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(decode(ByteView(whole).first(size), Version::v5)) << size;
  }
}

TEST(MqttDecoder, AnErrorSaysWhatAndInWhichPacket) {
  const auto packet = decode(frame_of(0x30, {0, 1, '#', 0}), Version::v5);
  ASSERT_FALSE(packet);
  EXPECT_EQ(packet.error().text(), "wildcard in topic name (in PUBLISH)");
}

TEST(MqttDecoder, TheClaimedProtocolLevelCanBeSeenWithoutDecoding) {
  EXPECT_EQ(protocol_level_of(frame_of(0x10, {0, 6, 'M', 'Q', 'I', 's', 'd', 'p', 3, 2})), 3);
  EXPECT_EQ(protocol_level_of(frame_of(0x10, {0, 4, 'M', 'Q', 'T', 'T', 99})), 99);
  EXPECT_EQ(protocol_level_of(frame_of(0x10, {0, 4, 'M'})), std::nullopt);
  EXPECT_EQ(protocol_level_of(bytes({0xC0, 0})), std::nullopt);
}

TEST(MqttReason, AnErrorKeepsItsReasonCode) {
  EXPECT_EQ(reason_code_of(error_of(ReasonCode::packet_too_large, "x")), ReasonCode::packet_too_large);
  EXPECT_EQ(error_of(ReasonCode::packet_too_large, "x").code, Errc::too_large);
  EXPECT_EQ(reason_code_from_name("topic-alias-invalid"), ReasonCode::topic_alias_invalid);
  EXPECT_EQ(name_of(static_cast<ReasonCode>(0x7F)), "");
}

TEST(MqttReason, AnErrorOfAnotherRoomNeverBlamesTheProtocol) {
  EXPECT_EQ(reason_code_of(Error(Errc::forbidden, "no grant")), ReasonCode::not_authorized);
  EXPECT_EQ(reason_code_of(Error(Errc::overloaded, "later")), ReasonCode::quota_exceeded);
  EXPECT_EQ(reason_code_of(Error(Errc::malformed, "bad-senml", "x")), ReasonCode::implementation_specific_error);
  EXPECT_EQ(reason_code_of(Error(Errc::corrupt, "x")), ReasonCode::unspecified_error);
  EXPECT_EQ(reason_code_of(Error(Errc::internal, "success", "x")), ReasonCode::unspecified_error);
}

TEST(MqttReason, OldClientsGetTheNearestOfTheirSixReturnCodes) {
  EXPECT_EQ(connect_return_code_of(ReasonCode::unsupported_protocol_version), 1);
  EXPECT_EQ(connect_return_code_of(ReasonCode::banned), 5);
  EXPECT_EQ(connect_return_code_of(ReasonCode::server_busy), 3);
  for (std::uint8_t code = 0; code < 6; ++code)
    EXPECT_EQ(connect_return_code_of(*from_connect_return_code(code)), code);
  EXPECT_FALSE(from_connect_return_code(6));
}

}  // namespace
}  // namespace outrider::wire::mqtt
