// The broker as its clients and its operators see it: real TLS, a real ledger and registry.
#include "gateway/mqtt/broker.h"

#include <gmock/gmock.h>

#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"
#include "net/testing/raw_socket.h"
#include "wire/senml/senml.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MqttClient;
using testing::World;

constexpr std::string_view good_report = R"([{"n":"temperature","u":"Cel","v":21.5}])";
constexpr std::string_view bad_report = R"([{"n":"temperature","u":"Cel"}])";

Limits quick() {
  Limits limits;
  limits.second = std::chrono::milliseconds{20};
  limits.tls.close_deadline = std::chrono::milliseconds{200};
  return limits;
}

class BrokerTest : public ::testing::Test {
 protected:
  MqttClient client(const net::TlsIdentity& identity) { return {world_.broker->port(), world_.client_tls, &identity}; }
  // Enrolled and online under its own name.
  std::unique_ptr<MqttClient> online(const std::string& device, Version version = Version::v5,
                                     const std::string& client_id = "") {
    if (!identities_.contains(device)) identities_.emplace(device, world_.enrol(device));
    auto out = std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, &identities_.at(device));
    const auto connack = out->connect(client_id.empty() ? device : client_id, version);
    EXPECT_TRUE(connack && connack->reason == ReasonCode::success) << device;
    return out;
  }
  static ReasonCode puback(MqttClient& client, std::uint16_t packet_identifier) {
    const auto packet = client.next<Puback>();
    if (!packet || packet->packet_identifier != packet_identifier) return ReasonCode::unspecified_error;
    return packet->reason;
  }
  // So many reports in one piece, without waiting for answers.
  static void report_at_once(MqttClient& client, std::uint16_t count) {
    Bytes all;
    for (std::uint16_t id = 1; id <= count; ++id) {
      Publish packet;
      packet.topic = "d/me/telemetry";
      packet.payload = as_bytes(good_report);
      packet.qos = QoS::at_least_once;
      packet.packet_identifier = id;
      encode(packet, Version::v5, all).value();
    }
    client.say(all);
  }
  static std::optional<ReasonCode> disconnected(MqttClient& client) {
    const auto packet = client.next<Disconnect>();
    if (!packet) return std::nullopt;
    client.ended();
    return packet->reason;
  }

  World world_;
  std::map<std::string, net::TlsIdentity> identities_;
};

// --- reports ---------------------------------------------------------------------------------------------------------

TEST_F(BrokerTest, AReportIsAcknowledgedAndInTheLedgerByteForByte) {
  world_.start();
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    auto device = online("t-1", version);
    device->publish("d/me/telemetry", good_report, 1);
    EXPECT_EQ(puback(*device, 1), ReasonCode::success);
  }
  const auto entries = world_.entries(Kind::telemetry);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(as_text(entries[0].payload), good_report);
  EXPECT_EQ(entries[0].content_type, "application/senml+json");
  EXPECT_EQ(entries[0].subject.id, "t-1");
  EXPECT_EQ(world_.broker->status().acknowledged, 2U);
}

TEST_F(BrokerTest, CborIsRecognisedWithAndWithoutAContentType) {
  world_.start();
  const auto pack = wire::senml::parse_json(good_report, system_clock().now()).value();
  const Bytes cbor = wire::senml::write_cbor(pack).value();
  auto device = online("t-1");
  device->publish("d/t-1/telemetry", as_text(cbor), 1);
  device->publish("d/t-1/telemetry", as_text(cbor), 2, "application/senml+cbor");
  EXPECT_EQ(puback(*device, 1), ReasonCode::success);
  EXPECT_EQ(puback(*device, 2), ReasonCode::success);
  const auto entries = world_.entries(Kind::telemetry);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].content_type, "application/senml+cbor");
  EXPECT_EQ(entries[1].payload, cbor);
}

TEST_F(BrokerTest, OtherTopicsAreKeptWithTheirNames) {
  world_.start();
  auto device = online("t-1");
  device->publish("d/me/command/ack", "done", 1);
  device->publish("d/me/log", "line", 2, "text/plain");
  EXPECT_EQ(puback(*device, 1), ReasonCode::success);
  EXPECT_EQ(puback(*device, 2), ReasonCode::success);
  EXPECT_EQ(world_.entries(Kind::message).at(0).content_type, "application/octet-stream; topic=\"command/ack\"");
  EXPECT_EQ(world_.entries(Kind::log).at(0).content_type, "text/plain");
}

TEST_F(BrokerTest, AtQos0AReportIsRecordedWithoutAnAnswer) {
  world_.start();
  auto device = online("t-1");
  device->publish("d/me/telemetry", good_report, 0);
  device->publish("d/me/telemetry", good_report, 7);
  EXPECT_EQ(puback(*device, 7), ReasonCode::success);
  EXPECT_EQ(world_.entries(Kind::telemetry).size(), 2U);
}

TEST_F(BrokerTest, NothingIsAcknowledgedBeforeItIsDurable) {
  world_.start();
  auto device = online("t-1");
  world_.gated->hold(Kind::telemetry);
  device->publish("d/me/telemetry", good_report, 1);
  EXPECT_TRUE(device->nothing_before_pong());
  EXPECT_EQ(world_.gated->held(), 1U);
  world_.gated->release();
  EXPECT_EQ(puback(*device, 1), ReasonCode::success);
}

TEST_F(BrokerTest, AcknowledgementsKeepTheOrderOfTheReports) {
  world_.start();
  auto device = online("t-1");
  world_.gated->hold(Kind::telemetry);
  device->publish("d/me/telemetry", good_report, 1);
  device->publish("d/other/telemetry", good_report, 2);  // refused at once
  device->publish("d/me/event", "[]", 3);                // refused once its refusal is durable
  EXPECT_TRUE(device->nothing_before_pong());
  world_.wait_for<facts::ReportRefused>(1);
  world_.gated->release();
  EXPECT_EQ(puback(*device, 1), ReasonCode::success);
  EXPECT_EQ(puback(*device, 2), ReasonCode::not_authorized);
  EXPECT_EQ(puback(*device, 3), ReasonCode::payload_format_invalid);
}

TEST_F(BrokerTest, WhatTheLedgerDidNotTakeIsNeverAcknowledged) {
  world_.start();
  auto modern = online("t-1");
  auto old = online("t-2", Version::v3_1_1);
  world_.gated->break_for(Kind::telemetry, {Errc::unavailable, "disk-full", "no space left on device"});
  modern->publish("d/me/telemetry", good_report, 1);
  EXPECT_EQ(puback(*modern, 1), ReasonCode::implementation_specific_error);
  EXPECT_TRUE(modern->nothing_before_pong()) << "the connection survives";
  old->publish("d/me/telemetry", good_report, 1);
  EXPECT_FALSE(old->next_packet()) << "3.1.1 has no way to refuse: the connection ends";
  EXPECT_EQ(world_.broker->status().acknowledged, 0U);
  EXPECT_EQ(world_.broker->status().refused.at("not-durable"), 2U);
}

TEST_F(BrokerTest, ASessionThatCannotBeRecordedEndsWithAReasonThatTheClientUnderstands) {
  world_.start();
  world_.gated->break_for(Kind::session_opened, {Errc::unavailable, "disk-full", "no space left on device"});
  auto device = online("t-1");
  const auto goodbye = device->next<Disconnect>();
  ASSERT_TRUE(goodbye) << "a reason code that DISCONNECT does not allow would be a malformed packet";
  EXPECT_EQ(goodbye->reason, ReasonCode::server_busy);
}

TEST_F(BrokerTest, ManyReportsInOneGoAreAllAcknowledgedInOrder) {
  Limits limits;
  limits.receive_maximum = 1000;
  auto generous = [this](const Caller& caller) {
    return world_.admit_device(caller, [](fleet::Profile& profile) {
      for (auto& rule : profile.publish) rule.per_minute_max = 100'000;
    });
  };
  world_.start(limits, generous);
  auto device = online("t-1");
  report_at_once(*device, 500);
  for (std::uint16_t id = 1; id <= 500; ++id) ASSERT_EQ(puback(*device, id), ReasonCode::success) << id;
  EXPECT_EQ(world_.entries(Kind::telemetry).size(), 500U);
}

// --- reports that are refused ---------------------------------------------------------------------------------------

struct BadReport {
  std::string_view name;
  std::string_view payload;
  std::string_view reason;
};
class RefusedReport : public BrokerTest, public ::testing::WithParamInterface<BadReport> {};
TEST_P(RefusedReport, GetsAReasonAndAnEntryAndTheConnectionSurvives) {
  world_.start();
  auto modern = online("t-1");
  modern->publish("d/me/telemetry", GetParam().payload, 1);
  const auto refused = modern->next<Puback>();
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->reason, ReasonCode::payload_format_invalid);
  EXPECT_TRUE(refused->properties.reason_string) << "says why";
  auto old = online("t-2", Version::v3_1_1);
  old->publish("d/me/telemetry", GetParam().payload, 1);
  EXPECT_EQ(puback(*old, 1), ReasonCode::success) << "3.1.1 cannot refuse; the refusal is durable";
  for (MqttClient* device : {modern.get(), old.get()}) {
    device->publish("d/me/telemetry", good_report, 2);
    EXPECT_EQ(puback(*device, 2), ReasonCode::success);
  }
  const auto facts = world_.facts<facts::ReportRefused>();
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].reason, GetParam().reason);
  EXPECT_EQ(as_text(facts[0].head), GetParam().payload.substr(0, 256));
}
INSTANTIATE_TEST_SUITE_P(
    Reports, RefusedReport,
    ::testing::Values(BadReport{"Empty", "", "bad-senml"}, BadReport{"JsonCutShort", "[not json", "bad-json"},
                      BadReport{"UnnamedRecord", bad_report, "bad-senml"},
                      BadReport{"CborOfNothing", "\x9f\xff", "bad-senml"},
                      BadReport{"NameThatTheProfileHasNot", R"([{"n":"no-such-name","v":1}])", "unknown-name"},
                      BadReport{"WrongUnit", R"([{"n":"temperature","u":"K","v":280}])", "wrong-unit"},
                      BadReport{"TextForANumber", R"([{"n":"temperature","u":"Cel","vs":"warm"}])", "wrong-type"},
                      BadReport{"OutOfRange", R"([{"n":"temperature","u":"Cel","v":9999}])", "out-of-range"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST_F(BrokerTest, AContentTypeThatIsNotSenmlIsRefused) {
  world_.start();
  auto device = online("t-1");
  device->publish("d/me/telemetry", good_report, 1, "image/png");
  EXPECT_EQ(puback(*device, 1), ReasonCode::payload_format_invalid);
  EXPECT_EQ(world_.facts<facts::ReportRefused>().at(0).reason, "bad-content-type");
}

struct Forbidden {
  std::string name;
  std::string topic;
  std::string rule;
};
class ForbiddenTopic : public BrokerTest, public ::testing::WithParamInterface<Forbidden> {};
TEST_P(ForbiddenTopic, IsRefusedCountedAndRecorded) {
  world_.start();
  auto modern = online("t-1");
  modern->publish(GetParam().topic, good_report, 1);
  EXPECT_EQ(puback(*modern, 1), ReasonCode::not_authorized);
  EXPECT_TRUE(modern->nothing_before_pong());
  auto old = online("t-2", Version::v3_1_1);
  old->publish(GetParam().topic, good_report, 0);
  EXPECT_TRUE(old->nothing_before_pong()) << "at QoS 0 nothing was promised";
  old->publish(GetParam().topic, good_report, 1);
  EXPECT_FALSE(old->next_packet()) << "never a false acknowledgement";
  EXPECT_EQ(world_.broker->status().refused.at(GetParam().rule), 3U);
  const auto facts = world_.wait_for<facts::AccessRefused>(2);
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_EQ(facts[0].device, "t-1");
  EXPECT_EQ(facts[0].action, "publish");
  EXPECT_EQ(facts[0].object, GetParam().topic);
  EXPECT_EQ(facts[0].rule, GetParam().rule);
  EXPECT_TRUE(world_.entries(Kind::telemetry).empty());
}
INSTANTIATE_TEST_SUITE_P(Topics, ForbiddenTopic,
                         ::testing::Values(Forbidden{"OfAnotherDevice", "d/t-9/telemetry", "foreign-topic"},
                                           Forbidden{"BelowNoDevice", "telemetry", "foreign-topic"},
                                           Forbidden{"ItsRootAlone", "d/me", "foreign-topic"},
                                           Forbidden{"OfADeviceWhoseNameBeginsTheSame", "d/t-1x/telemetry",
                                                     "foreign-topic"},
                                           Forbidden{"TheServersOwn", "$SYS/x", "foreign-topic"},
                                           Forbidden{"DownWhereItHears", "d/me/command", "topic-not-granted"},
                                           Forbidden{"BelowOneThatIsGranted", "d/me/telemetry/x", "topic-not-granted"}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_F(BrokerTest, AFloodOfRefusalsIsOneEntryWithACount) {
  Limits limits = quick();
  limits.refusal_interval = std::chrono::milliseconds{300};
  world_.start(limits);
  auto device = online("t-1");
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 50; ++i) device->publish("d/other/telemetry", good_report, 0);
  EXPECT_TRUE(device->nothing_before_pong());
  std::vector<facts::AccessRefused> facts;
  for (std::uint64_t told = 0; told < 50;) {
    const std::size_t before = facts.size();
    facts = world_.wait_for<facts::AccessRefused>(before + 1);
    ASSERT_GT(facts.size(), before) << told << " of 50 are told";
    told = 0;
    for (const auto& each : facts) told += each.count;
    ASSERT_LE(told, 50U);
  }
  // The first at once, then one an interval, however many that takes a busy machine.
  const auto intervals = (std::chrono::steady_clock::now() - begin) / limits.refusal_interval;
  EXPECT_LE(facts.size(), 1U + static_cast<std::size_t>(intervals));
  EXPECT_EQ(world_.broker->status().refused.at("foreign-topic"), 50U);
  EXPECT_EQ(world_.broker->refusals(10).size(), 10U);
}

TEST_F(BrokerTest, AFloodOfRefusalsSaysHowManyDifferentTopicsItWasFor) {
  Limits limits = quick();
  limits.refusal_interval = std::chrono::seconds{2};
  world_.start(limits);
  auto device = online("t-1");
  device->publish("d/other/telemetry", good_report, 0);
  for (int i = 0; i < 60; ++i) device->publish("d/t-" + std::to_string(100 + i % 30) + "/telemetry", good_report, 0);
  EXPECT_TRUE(device->nothing_before_pong());
  const auto facts = world_.wait_for<facts::AccessRefused>(2);
  ASSERT_EQ(facts.size(), 2U);
  EXPECT_FALSE(facts[0].objects);
  EXPECT_EQ(facts[1].count, 60U);
  EXPECT_NEAR(static_cast<double>(facts[1].objects.value_or(0)), 30, 3);
}

TEST_F(BrokerTest, TooLargeAndTooFrequentReportsAreRefusedByTheProfilesLimits) {
  world_.start();
  auto device = online("t-1");
  const auto profile = world_.registry->profile(world_.fleet, ProfileId("fleet-tracker")).value();
  const auto* rule = profile->may_publish("update");
  ASSERT_NE(rule, nullptr);
  device->publish("d/me/update", std::string(rule->bytes_max + 1, 'x'), 1);
  EXPECT_EQ(puback(*device, 1), ReasonCode::quota_exceeded);
  std::uint16_t id = 2;
  for (unsigned i = 0; i < rule->per_minute_max; ++i, ++id) {
    device->publish("d/me/update", "x", id);
    EXPECT_EQ(puback(*device, id), ReasonCode::success);
  }
  device->publish("d/me/update", "x", id);
  EXPECT_EQ(puback(*device, id), ReasonCode::quota_exceeded);
  EXPECT_EQ(world_.broker->status().refused.at("rate-exceeded"), 1U);
  EXPECT_EQ(world_.broker->status().refused.at("payload-too-large"), 1U);
}

TEST_F(BrokerTest, AClientOverItsShareIsReadMoreSlowlyAndLosesNothing) {
  Limits limits = quick();
  limits.publishes_per_second = 1000;
  limits.publish_burst = 5;
  world_.start(limits);
  auto device = online("t-1");
  for (std::uint16_t id = 1; id <= 20; ++id) device->publish("d/me/telemetry", good_report, id);
  for (std::uint16_t id = 1; id <= 20; ++id) EXPECT_EQ(puback(*device, id), ReasonCode::success);
}

// --- what is offered ------------------------------------------------------------------------------------------------

TEST_F(BrokerTest, ConnackSaysWhatIsOffered) {
  world_.start();
  const auto identity = world_.enrol("t-1");
  auto device = client(identity);
  Connect connect;
  connect.properties.session_expiry_interval = UINT32_MAX;
  connect.properties.request_response_information = true;
  const auto connack = device.connect(connect);
  ASSERT_TRUE(connack);
  EXPECT_FALSE(connack->session_present);
  const auto& properties = connack->properties;
  EXPECT_FALSE(properties.maximum_qos) << "absent is 2 (3.2.2.3.4)";
  EXPECT_FALSE(properties.retain_available);
  EXPECT_FALSE(properties.shared_subscription_available);
  EXPECT_FALSE(properties.subscription_identifiers_available);
  EXPECT_FALSE(properties.wildcard_subscription_available);
  EXPECT_EQ(properties.session_expiry_interval, Limits().session_expiry_max) << "bounded";
  EXPECT_EQ(properties.receive_maximum, Limits().receive_maximum);
  EXPECT_EQ(properties.maximum_packet_size, Limits().packet_bytes_max);
  EXPECT_EQ(properties.topic_alias_maximum, Limits().topic_alias_maximum);
  EXPECT_EQ(properties.server_keep_alive, Limits().keep_alive_max) << "asked for none";
  EXPECT_EQ(properties.response_information, "d/t-1/");
  ASSERT_TRUE(properties.assigned_client_identifier);
  EXPECT_THAT(std::string(*properties.assigned_client_identifier), ::testing::StartsWith("t-1/"));
}

TEST_F(BrokerTest, MoreUnacknowledgedReportsThanAnnouncedEndTheConnection) {
  Limits limits;
  limits.receive_maximum = 2;
  world_.start(limits);
  auto device = online("t-1");
  world_.gated->hold(Kind::telemetry);
  report_at_once(*device, 3);
  EXPECT_EQ(disconnected(*device), ReasonCode::receive_maximum_exceeded);
  world_.gated->release();
}

TEST_F(BrokerTest, ARefusalOfAReportThroughATopicAliasNamesTheTopic) {
  world_.start();
  auto client = online("t-1");
  Publish packet;
  packet.topic = "d/me/event";
  packet.payload = as_bytes(std::string_view("{"));
  packet.qos = QoS::at_least_once;
  packet.properties.topic_alias = 1;
  for (packet.packet_identifier = 1; packet.packet_identifier <= 2; ++packet.packet_identifier) {
    client->send(packet);
    EXPECT_EQ(client->next<Puback>()->reason, ReasonCode::payload_format_invalid);
    packet.topic = {};
  }
  for (const auto& fact : world_.wait_for<facts::ReportRefused>(2)) EXPECT_EQ(fact.topic, "d/me/event");
  packet.topic = "elsewhere";
  for (packet.packet_identifier = 1; packet.packet_identifier <= 2; ++packet.packet_identifier) {
    client->send(packet);
    EXPECT_EQ(client->next<Puback>()->reason, ReasonCode::not_authorized);
    packet.topic = {};
  }
  for (const auto& refusal : world_.broker->refusals(10))
    if (refusal.action == "publish") EXPECT_EQ(refusal.object, "elsewhere");
}

}  // namespace
}  // namespace outrider::gateway::mqtt
