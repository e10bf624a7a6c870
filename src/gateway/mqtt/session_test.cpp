// The life of sessions: who may connect, who is told what when it ends, subscriptions, and clients that break the
// rules.
#include <gmock/gmock.h>

#include "gateway/mqtt/broker.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"
#include "net/testing/raw_socket.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using ::testing::ElementsAre;
using testing::MqttClient;
using testing::World;

constexpr std::string_view good_event = R"([{"n":"enclosure","vb":true}])";

Limits quick() {
  Limits limits;
  limits.second = std::chrono::milliseconds{20};
  limits.tls.close_deadline = std::chrono::milliseconds{200};
  return limits;
}

class SessionTest : public ::testing::Test {
 protected:
  const net::TlsIdentity& identity(const std::string& device) {
    const auto found = identities_.find(device);
    return found != identities_.end() ? found->second : identities_.emplace(device, world_.enrol(device)).first->second;
  }
  std::unique_ptr<MqttClient> connected(const net::TlsIdentity* identity) {
    return std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, identity);
  }
  std::unique_ptr<MqttClient> online(const std::string& device, const std::string& client_id = "",
                                     Version version = Version::v5,
                                     std::uint16_t keep_alive = MqttClient::patient_keep_alive) {
    auto out = connected(&identity(device));
    const auto connack = out->connect(client_id.empty() ? device : client_id, version, keep_alive);
    EXPECT_TRUE(connack && connack->reason == ReasonCode::success) << device;
    return out;
  }
  static std::vector<ReasonCode> subscribe(MqttClient& client, std::vector<std::string_view> filters,
                                           QoS qos = QoS::at_least_once) {
    Subscribe packet;
    packet.packet_identifier = 9;
    for (const auto filter : filters) packet.subscriptions.push_back({.filter = filter, .qos = qos});
    client.send(packet);
    const auto suback = client.next<Suback>();
    return suback ? suback->reasons : std::vector<ReasonCode>{};
  }
  static std::optional<ReasonCode> disconnected(MqttClient& client) {
    const auto packet = client.next<Disconnect>();
    if (!packet) return std::nullopt;
    client.ended();
    return packet->reason;
  }
  void wait_for_sessions(std::uint64_t count) const {
    while (world_.broker->status().sessions != count) std::this_thread::yield();
  }
  // Devices may hear each other's telemetry too, under their own root: two clients of one device can talk.
  void start_with_echo(Limits limits = quick()) {
    world_.start(limits, [this](const Caller& caller) {
      return world_.admit_device(caller, [](fleet::Profile& profile) {
        profile.subscribe.emplace_back("telemetry");
        profile.subscribe.emplace_back("log");
        for (auto& rule : profile.publish) rule.per_minute_max = 1'000'000;
        for (auto& rule : profile.publish) rule.bytes_max = 60'000;
      });
    });
  }
  // A client that does not read gets more and more, until it is refused for that reason; the others go on.
  void expect_cut_off(Limits limits, const std::string& reason) {
    limits.publish_burst = limits.publishes_per_second = limits.bytes_burst = limits.bytes_per_second = 1e9;
    start_with_echo(limits);
    auto slow = online("t-1", "t-1/slow");
    subscribe(*slow, {"d/me/log"}, QoS::at_most_once);
    slow->stop_reading();
    auto publisher = online("t-1");
    const std::string block(50'000, 'x');
    for (std::uint16_t id = 1; world_.broker->status().refused[reason] == 0; ++id) {
      publisher->publish("d/me/log", block, id);
      ASSERT_TRUE(publisher->next<Puback>());
      ASSERT_LT(id, 60'000);
    }
    wait_for_sessions(1);
    EXPECT_TRUE(publisher->nothing_before_pong());
  }

  World world_;
  std::map<std::string, net::TlsIdentity> identities_;
};

// --- who may connect ------------------------------------------------------------------------------------------------

TEST_F(SessionTest, TheClientIdentifierIsTheDeviceOrBeginsWithIt) {
  world_.start();
  for (const auto* good : {"t-1", "t-1/app"})
    EXPECT_EQ(connected(&identity("t-1"))->connect(good)->reason, ReasonCode::success) << good;
  for (const auto* bad : {"t-2", "t-10", "t-", "other/t-1"}) {
    EXPECT_EQ(connected(&identity("t-1"))->connect(bad)->reason, ReasonCode::client_identifier_not_valid) << bad;
    EXPECT_EQ(connected(&identity("t-1"))->connect(bad, Version::v3_1_1)->reason,
              ReasonCode::client_identifier_not_valid)
        << bad;
  }
  const auto refused = world_.wait_for<facts::AccessRefused>(1);
  EXPECT_EQ(refused.at(0).rule, "client-identifier-not-valid");
  EXPECT_EQ(refused.at(0).object, "t-2") << "whose it wanted";
}

TEST_F(SessionTest, AnOldClientWithoutIdentifierNeedsACleanSession) {
  world_.start();
  Connect connect;
  connect.version = Version::v3_1_1;
  connect.clean_start = true;
  EXPECT_EQ(connected(&identity("t-1"))->connect(connect)->reason, ReasonCode::success);
  connect.clean_start = false;
  const auto lasting = connected(&identity("t-1"));
  const auto refused = lasting->connect(connect);
  ASSERT_TRUE(refused) << lasting->ended();
  EXPECT_EQ(refused->reason, ReasonCode::client_identifier_not_valid);
}

TEST_F(SessionTest, ACertificateTheRegistryDoesNotKnowIsRefusedAndTheRefusalRecorded) {
  world_.start();
  const auto stranger = world_.authority.client("t-9", identity::to_urn(world_.fleet, DeviceId("t-9")));
  EXPECT_EQ(connected(&stranger)->connect("t-9")->reason, ReasonCode::not_authorized);
  EXPECT_EQ(connected(&stranger)->connect("t-9", Version::v3_1_1)->reason, ReasonCode::not_authorized);
  const auto facts = world_.wait_for<facts::AccessRefused>(1);
  ASSERT_FALSE(facts.empty());
  EXPECT_EQ(facts[0].action, "connect");
  EXPECT_EQ(facts[0].rule, "unknown-device");
}

TEST_F(SessionTest, ACertificateThatIsNoDevicesIsRefused) {
  world_.start();
  const auto person = world_.authority.client("somebody");
  EXPECT_EQ(connected(&person)->connect("somebody")->reason, ReasonCode::not_authorized);
  EXPECT_EQ(world_.broker->status().refused.at("not-a-device"), 1U);
}

TEST_F(SessionTest, WithoutAGoodCertificateThereIsNoSession) {
  world_.start();
  EXPECT_EQ(connected(nullptr)->ended(), "tls-alert");
  const auto foreign =
      net::testing::TestAuthority("another").client("t-1", identity::to_urn(world_.fleet, DeviceId("t-1")));
  EXPECT_EQ(connected(&foreign)->ended(), "tls-alert");
  while (world_.broker->status().connections != 0) std::this_thread::yield();
  const auto refused = world_.broker->status().refused;
  EXPECT_EQ(refused.at("no-certificate"), 1U);
  EXPECT_EQ(refused.at("certificate-untrusted"), 1U);
}

TEST_F(SessionTest, AuthenticationByOtherMeansIsRefused) {
  world_.start();
  Connect connect;
  connect.client_identifier = "t-1";
  connect.properties.authentication_method = "SCRAM-SHA-256";
  EXPECT_EQ(connected(&identity("t-1"))->connect(connect)->reason, ReasonCode::bad_authentication_method);
}

TEST_F(SessionTest, AnUnknownProtocolVersionIsAnsweredAsSuch) {
  world_.start();
  auto device = connected(&identity("t-1"));
  device->version = Version::v3_1_1;
  device->say(as_bytes(std::string_view("\x10\x0e\x00\x06MQIsdp\x03\x02\x00\x3c\x00\x00", 16)));
  const auto old = device->next<Connack>();
  ASSERT_TRUE(old);
  EXPECT_EQ(old->reason, ReasonCode::unsupported_protocol_version);
}

TEST_F(SessionTest, MoreConnectionsThanAllowedAreTurnedAway) {
  Limits limits;
  limits.admission.connections_per_address_max = 1;
  world_.start(limits);
  auto first = online("t-1");
  net::testing::RawSocket second(world_.broker->port());
  EXPECT_EQ(second.hear(), "");
  EXPECT_TRUE(second.ended());
  EXPECT_EQ(world_.broker->status().refused.at("too-many-connections-of-address"), 1U);
}

// --- how sessions end ------------------------------------------------------------------------------------------------

TEST_F(SessionTest, OpeningAndClosingAreEntries) {
  world_.start();
  auto device = online("t-1", "t-1/app");
  device->send(Disconnect{});
  EXPECT_EQ(device->ended(), "");
  const auto closed = world_.wait_for<facts::SessionClosed>(1);
  const auto opened = world_.facts<facts::SessionOpened>();
  ASSERT_EQ(opened.size(), 1U);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(opened[0].client_id, "t-1/app");
  EXPECT_EQ(opened[0].protocol, "mqtt/5.0");
  EXPECT_EQ(opened[0].certificate_serial, world_.serial_of("t-1"));
  EXPECT_EQ(opened[0].tls, "TLSv1.3 TLS_AES_128_GCM_SHA256");
  EXPECT_EQ(closed[0].session, opened[0].session);
  EXPECT_EQ(closed[0].reason, "disconnected");
  EXPECT_GT(closed[0].bytes_in, 0U);
}

TEST_F(SessionTest, TheSameClientIdentifierTakesTheSessionOverFromAnyLoop) {
  world_.start();
  for (int i = 0; i < 6; ++i) {  // the kernel spreads connections over the loops
    auto first = online("t-1");
    auto second = online("t-1");
    EXPECT_EQ(disconnected(*first), ReasonCode::session_taken_over);
    second->publish("d/me/event", good_event, 1);
    EXPECT_TRUE(second->next<Puback>());
    EXPECT_EQ(world_.broker->status().devices_online, 1U);
  }
}

TEST_F(SessionTest, RevocationEndsTheLiveSessionAndKeepsItOut) {
  world_.start();
  auto device = online("t-1");
  auto other = online("t-2");
  world_.revoke("t-1");
  EXPECT_EQ(disconnected(*device), ReasonCode::administrative_action);
  EXPECT_EQ(connected(&identity("t-1"))->connect("t-1")->reason, ReasonCode::not_authorized);
  EXPECT_TRUE(other->nothing_before_pong());
  EXPECT_EQ(world_.wait_for<facts::AccessRefused>(1).at(0).rule, "identity-revoked");
}

TEST_F(SessionTest, ExpellingASerialLeavesSessionsOfOtherCertificatesAlone) {
  world_.start();
  auto device = online("t-1");
  world_.broker->expel(world_.fleet, DeviceId("t-1"), "00", "superseded");
  EXPECT_TRUE(device->nothing_before_pong());
  world_.broker->expel(world_.fleet, DeviceId("t-1"), "", "device-retired");
  EXPECT_EQ(disconnected(*device), ReasonCode::administrative_action);
}

TEST_F(SessionTest, AWillIsPublishedWhenTheConnectionBreaksAndNotAfterDisconnect) {
  world_.start(quick());
  Connect connect;
  connect.client_identifier = "t-1";
  connect.keep_alive = 600;
  connect.will = Will{.topic = "d/me/event",
                      .payload = as_bytes(good_event),
                      .qos = QoS::at_least_once,
                      .retain = false,
                      .properties = {}};
  {
    auto device = connected(&identity("t-1"));
    ASSERT_TRUE(device->connect(connect));
    device->send(Disconnect{});
    device->ended();
  }
  world_.wait_for<facts::SessionClosed>(1);
  EXPECT_TRUE(world_.entries(Kind::event).empty());
  {
    auto device = connected(&identity("t-1"));
    ASSERT_TRUE(device->connect(connect));
    device->cut();
  }
  const auto said = [&](std::size_t count) {  // it is durable among the wills before it goes to the ledger
    while (world_.entries(Kind::event).size() < count) std::this_thread::yield();
    return world_.entries(Kind::event).size() == count;
  };
  ASSERT_TRUE(said(1));
  EXPECT_EQ(as_text(world_.entries(Kind::event)[0].payload), good_event);
  {
    auto device = connected(&identity("t-1"));
    ASSERT_TRUE(device->connect(connect));
    device->send(Disconnect{.reason = ReasonCode::disconnect_with_will_message, .properties = {}});
    device->ended();
  }
  EXPECT_TRUE(said(2));
  world_.wait_for<facts::SessionClosed>(3);
}

TEST_F(SessionTest, AWillForATopicThatIsNotGrantedRefusesTheConnection) {
  world_.start();
  Connect connect;
  connect.client_identifier = "t-1";
  connect.will = Will{.topic = "d/t-2/event",
                      .payload = as_bytes(good_event),
                      .qos = QoS::at_most_once,
                      .retain = false,
                      .properties = {}};
  EXPECT_EQ(connected(&identity("t-1"))->connect(connect)->reason, ReasonCode::not_authorized);
  connect.will->topic = "d/me/event";
  connect.will->payload = as_bytes(std::string_view("not SenML"));
  EXPECT_EQ(connected(&identity("t-1"))->connect(connect)->reason, ReasonCode::payload_format_invalid);
}

TEST_F(SessionTest, SilenceBeyondTheKeepAliveEndsTheSessionAndPingsPreventIt) {
  Limits limits = quick();
  limits.second = std::chrono::milliseconds{100};
  world_.start(limits);
  auto silent = online("t-1", "", Version::v5, 1);
  auto lively = online("t-2", "", Version::v5, 1000);
  EXPECT_EQ(disconnected(*silent), ReasonCode::keep_alive_timeout);
  EXPECT_TRUE(lively->nothing_before_pong());
  EXPECT_EQ(world_.wait_for<facts::SessionClosed>(1).at(0).reason, "keep-alive-timeout");
}

TEST_F(SessionTest, AClientThatNeverSendsConnectIsCutOff) {
  Limits limits = quick();
  limits.connect_deadline = std::chrono::milliseconds{50};
  world_.start(limits);
  EXPECT_EQ(connected(&identity("t-1"))->ended(), "");
  EXPECT_EQ(world_.broker->status().refused.at("connect-timeout"), 1U);
}

TEST_F(SessionTest, StoppingTellsEveryClientAndRecordsEveryEnd) {
  world_.start(quick());
  auto modern = online("t-1");
  auto old = online("t-2", "", Version::v3_1_1);
  world_.gated->hold(Kind::event);
  modern->publish("d/me/event", good_event, 1);
  EXPECT_TRUE(modern->nothing_before_pong());
  std::thread stopper([this] { world_.broker->stop(); });
  world_.gated->release();
  EXPECT_TRUE(modern->next<Puback>()) << "what was under way is still acknowledged";
  EXPECT_EQ(disconnected(*modern), ReasonCode::server_shutting_down);
  EXPECT_EQ(old->ended(), "");
  stopper.join();
  EXPECT_EQ(world_.facts<facts::SessionClosed>().size(), 2U);
  EXPECT_EQ(world_.broker->status().sessions, 0U);
}

// --- subscriptions ---------------------------------------------------------------------------------------------------

TEST_F(SessionTest, SubscriptionsAreConfinedToWhatTheProfileGrants) {
  world_.start();
  auto device = online("t-1");
  EXPECT_THAT(subscribe(*device, {"d/me/command", "d/t-1/config", "d/t-1/#", "d/me/+"}),
              ElementsAre(ReasonCode::granted_qos_1, ReasonCode::granted_qos_1, ReasonCode::granted_qos_1,
                          ReasonCode::granted_qos_1));
  EXPECT_THAT(subscribe(*device, {"d/t-2/command", "#", "d/+/command", "d/#", "d/me/telemetry", "$SYS/#"}),
              ElementsAre(ReasonCode::not_authorized, ReasonCode::not_authorized, ReasonCode::not_authorized,
                          ReasonCode::not_authorized, ReasonCode::not_authorized, ReasonCode::not_authorized));
  EXPECT_THAT(subscribe(*device, {"$share/g/d/me/command", "$share/g/d/t-2/command"}),
              ElementsAre(ReasonCode::granted_qos_1, ReasonCode::not_authorized));
  EXPECT_THAT(subscribe(*device, {"d/me/command"}, QoS::exactly_once), ElementsAre(ReasonCode::granted_qos_2));
  const auto refused = world_.broker->status().refused;
  EXPECT_EQ(refused.at("foreign-topic"), 2U);
  EXPECT_EQ(refused.at("cross-device-wildcard"), 3U);
  EXPECT_EQ(refused.at("topic-not-granted"), 1U);
  EXPECT_EQ(refused.at("server-topic"), 1U);
  auto old = online("t-2", "", Version::v3_1_1);
  EXPECT_THAT(subscribe(*old, {"d/me/command", "d/t-1/command"}),
              ElementsAre(ReasonCode::granted_qos_1, ReasonCode::unspecified_error));
}

TEST_F(SessionTest, TooManySubscriptionsAreRefused) {
  Limits limits;
  limits.subscriptions_max = 2;
  world_.start(limits);
  auto device = online("t-1");
  EXPECT_THAT(subscribe(*device, {"d/me/command", "d/me/config", "d/me/#", "d/me/command"}),
              ElementsAre(ReasonCode::granted_qos_1, ReasonCode::granted_qos_1, ReasonCode::quota_exceeded,
                          ReasonCode::granted_qos_1));
}

TEST_F(SessionTest, AMessageReachesSubscribersOnEveryLoopOnceDurableUnderTheNameTheyAskedFor) {
  start_with_echo();
  auto publisher = online("t-1");
  std::vector<std::unique_ptr<MqttClient>> hearers;
  for (int i = 0; i < 4; ++i) {
    hearers.push_back(online("t-1", "t-1/" + std::to_string(i)));
    subscribe(*hearers.back(), {i % 2 == 0 ? "d/me/telemetry" : "d/t-1/#"},
              i < 2 ? QoS::at_least_once : QoS::at_most_once);
  }
  auto stranger = online("t-2");
  subscribe(*stranger, {"d/me/#"});
  world_.gated->hold(Kind::telemetry);
  publisher->publish("d/me/telemetry", R"([{"n":"temperature","u":"Cel","v":1}])", 1);
  EXPECT_TRUE(publisher->nothing_before_pong());
  EXPECT_TRUE(hearers[0]->nothing_before_pong()) << "not before it is durable";
  world_.gated->release();
  for (std::size_t i = 0; i < hearers.size(); ++i) {
    const auto heard = hearers[i]->next<Publish>();
    ASSERT_TRUE(heard) << i;
    EXPECT_EQ(heard->topic, i % 2 == 0 ? "d/me/telemetry" : "d/t-1/telemetry");
    EXPECT_EQ(heard->qos, i < 2 ? QoS::at_least_once : QoS::at_most_once);
    EXPECT_FALSE(heard->retain);
  }
  EXPECT_TRUE(stranger->nothing_before_pong());
}

TEST_F(SessionTest, UnsubscribedIsNoLongerHeardAndOverlapsAreHeardOnce) {
  start_with_echo();
  auto device = online("t-1");
  EXPECT_EQ(subscribe(*device, {"d/me/telemetry", "d/me/#", "d/t-1/+"}).size(), 3U);
  device->publish("d/me/telemetry", R"([{"n":"temperature","u":"Cel","v":1}])", 0);
  EXPECT_TRUE(device->next<Publish>());
  EXPECT_TRUE(device->nothing_before_pong());
  Unsubscribe unsubscribe;
  unsubscribe.packet_identifier = 4;
  unsubscribe.filters = {"d/me/telemetry", "d/me/#", "d/t-1/+", "d/me/nothing"};
  device->send(unsubscribe);
  const auto unsuback = device->next<Unsuback>();
  ASSERT_TRUE(unsuback);
  EXPECT_THAT(unsuback->reasons, ElementsAre(ReasonCode::success, ReasonCode::success, ReasonCode::success,
                                             ReasonCode::no_subscription_existed));
  device->publish("d/me/telemetry", R"([{"n":"temperature","u":"Cel","v":1}])", 5);
  EXPECT_TRUE(device->next<Puback>());
  EXPECT_TRUE(device->nothing_before_pong());
}

TEST_F(SessionTest, AtQos1AClientGetsNoMoreThanItsReceiveMaximumAtATime) {
  start_with_echo();
  auto hearer = connected(&identity("t-1"));
  Connect connect;
  connect.client_identifier = "t-1/ear";
  connect.properties.receive_maximum = 1;
  ASSERT_TRUE(hearer->connect(connect));
  subscribe(*hearer, {"d/me/telemetry"});
  auto publisher = online("t-1");
  for (std::uint16_t id = 1; id <= 2; ++id) {
    publisher->publish("d/me/telemetry", R"([{"n":"temperature","u":"Cel","v":1}])", id);
    EXPECT_TRUE(publisher->next<Puback>());
  }
  const auto first = hearer->next<Publish>();
  ASSERT_TRUE(first);
  const std::uint16_t identifier = first->packet_identifier;
  EXPECT_TRUE(hearer->nothing_before_pong());
  Puback puback;
  puback.packet_identifier = identifier;
  hearer->send(puback);
  EXPECT_TRUE(hearer->next<Publish>());
}

TEST_F(SessionTest, ASlowReaderIsCutOffAndOthersAreServed) {
  Limits limits = quick();
  limits.slow_reader_deadline = std::chrono::milliseconds{100};
  limits.tls.write_high_bytes = 64 * 1024;
  expect_cut_off(limits, "slow-reader");
}

TEST_F(SessionTest, WhoMissedAPacketForWantOfRoomIsCutOffHoweverPatientTheServerIs) {
  Limits limits = quick();
  limits.slow_reader_deadline = std::chrono::hours{1};
  limits.tls.write_high_bytes = limits.tls.write_queue_bytes_max = 64 * 1024;  // room for one packet and no other
  expect_cut_off(limits, "slow-reader");
}

TEST_F(SessionTest, WhoHoldsMostIsCutOffWhenAllTogetherHoldTooMuch) {
  Limits limits = quick();
  limits.held_bytes_max = 20'000;  // less than a stream queues before it says that its reader is slow
  limits.slow_reader_deadline = std::chrono::hours{1};
  expect_cut_off(limits, "too-much-held");
}

// --- clients that break the rules
// --------------------------------------------------------------------------------------

struct Bytes5 {
  const char* what;
  std::string bytes;
  ReasonCode reason;
};
class BrokenPackets : public SessionTest, public ::testing::WithParamInterface<Bytes5> {};
TEST_P(BrokenPackets, EndTheConnectionWithTheReasonAndNothingElse) {
  world_.start();
  auto bystander = online("t-2");
  auto device = online("t-1");
  device->say(as_bytes(GetParam().bytes));
  EXPECT_EQ(disconnected(*device), GetParam().reason) << GetParam().what;
  EXPECT_TRUE(bystander->nothing_before_pong());
  EXPECT_TRUE(online("t-1")->nothing_before_pong()) << "it may come back";
}
INSTANTIATE_TEST_SUITE_P(
    Packets, BrokenPackets,
    ::testing::Values(
        Bytes5{"reserved type", std::string("\x00\x00", 2), ReasonCode::malformed_packet},
        Bytes5{"flags of PINGREQ", std::string("\xc1\x00", 2), ReasonCode::malformed_packet},
        Bytes5{"endless length", std::string("\x30\xff\xff\xff\xff\xff", 6), ReasonCode::malformed_packet},
        Bytes5{"packet too large", std::string("\x30\xff\xff\xff\x7f", 5), ReasonCode::packet_too_large},
        Bytes5{"topic cut short", std::string("\x30\x03\x00\x09x", 5), ReasonCode::malformed_packet},
        Bytes5{"QoS 3", std::string("\x36\x05\x00\x01x\x00\x01", 7), ReasonCode::malformed_packet},
        Bytes5{"wildcard in a topic name", std::string("\x30\x04\x00\x01#\x00", 6), ReasonCode::malformed_packet},
        Bytes5{"server's packet", std::string("\xd0\x00", 2), ReasonCode::protocol_error},
        Bytes5{"second CONNECT", std::string("\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03t-1", 18),
               ReasonCode::protocol_error},
        Bytes5{"AUTH", std::string("\xf0\x06\x18\x04\x15\x00\x01x", 8), ReasonCode::protocol_error},
        Bytes5{"alias 0", std::string("\x30\x07\x00\x00\x03\x23\x00\x00x", 9), ReasonCode::topic_alias_invalid},
        Bytes5{"alias beyond the maximum", std::string("\x30\x07\x00\x00\x03\x23\x10\x00x", 9),
               ReasonCode::topic_alias_invalid},
        Bytes5{"alias of nothing", std::string("\x30\x07\x00\x00\x03\x23\x00\x01x", 9), ReasonCode::protocol_error}),
    [](const auto& info) {
      std::string name = info.param.what;
      for (char& c : name)
        if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
      return name;
    });

TEST_F(SessionTest, AFirstPacketThatIsNotConnectGetsNoAnswer) {
  world_.start();
  auto device = connected(&identity("t-1"));
  device->send(Pingreq{});
  EXPECT_FALSE(device->next_packet());
  EXPECT_EQ(world_.broker->status().refused.at("no-connect"), 1U);
}

TEST_F(SessionTest, BytesThatAreNotTlsEndThatConnectionOnly) {
  world_.start();
  net::testing::RawSocket raw(world_.broker->port());
  raw.say(std::string("\x10\x10\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x03t-1", 18));
  raw.hear();
  EXPECT_TRUE(raw.ended());
  EXPECT_TRUE(online("t-1")->nothing_before_pong());
  EXPECT_EQ(world_.broker->status().refused.at("not-tls"), 1U);
}

TEST_F(SessionTest, DrippingBytesDoNotPutTheDeadlineForConnectOff) {
  Limits limits = quick();
  limits.connect_deadline = std::chrono::milliseconds{200};
  world_.start(limits);
  auto client = connected(&identity("t-1"));
  const Bytes head{0x10, 0xff, 0x40};  // a CONNECT of 8,319 bytes
  client->say(head);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{15};
  while (world_.broker->status().refused["connect-timeout"] == 0 && std::chrono::steady_clock::now() < end) {
    client->say(ByteView(head).first(1));
    const auto next = std::chrono::steady_clock::now() + std::chrono::milliseconds{20};
    client->run_until([&] { return std::chrono::steady_clock::now() >= next; });
  }
  EXPECT_EQ(world_.broker->status().refused["connect-timeout"], 1U);
  EXPECT_NE(client->ended(), "open");
}

TEST_F(SessionTest, SubscribingTooOftenIsReadMoreSlowly) {
  Limits limits = quick();
  limits.publish_burst = 5;
  limits.publishes_per_second = 50;
  world_.start(limits);
  auto client = online("t-1");
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 25; ++i) EXPECT_EQ(subscribe(*client, {"d/me/command"}).size(), 1U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds{300});
}

TEST_F(SessionTest, APacketMayComeByteByByte) {
  world_.start();
  auto device = connected(&identity("t-1"));
  Connect connect;
  connect.client_identifier = "t-1";
  Bytes bytes;
  encode(connect, Version::v5, bytes).value();
  for (const std::uint8_t byte : bytes) device->say(ByteView(&byte, 1));
  const auto connack = device->next<Connack>();
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::success);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
