// What a change in a device's life does to its sessions: at once, and no more than it must.
#include <gmock/gmock.h>

#include <future>

#include "gateway/mqtt/rights/rights_of.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using facts::LifecycleEvent;
using gateway::testing::MqttClient;
using gateway::testing::World;
using ::testing::HasSubstr;

constexpr std::string_view telemetry = R"([{"n":"battery","u":"%","v":81}])";
constexpr std::string_view opened = R"([{"n":"enclosure","vb":true}])";

class QuarantineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Limits limits;
    limits.tls.close_deadline = std::chrono::milliseconds{200};
    world_.start(limits, [this](const Caller& caller) -> Result<Admitted> {
      TRY(const auto admission,
          world_.registry->admit(caller.fleet, caller.holder, caller.certificate_serial, caller.spki_sha256));
      return Admitted{caller.holder, rights_of(admission)};
    });
    world_.registry->on_reconsider([this](const FleetId& fleet, const std::optional<DeviceId>& device) {
      device ? world_.broker->reconsider(fleet, *device) : world_.broker->reconsider(fleet);
    });
    identity_ = world_.enrol("h-1", "handheld");
  }
  // When it returns every loop has heard of it.
  void change(LifecycleEvent event) {
    std::promise<Result<fleet::Transition>> done;
    world_.registry->change_state(world_.fleet, DeviceId("h-1"), {.event = event, .why = "odd", .by = "test"},
                                  [&](Result<fleet::Transition> made) { done.set_value(std::move(made)); });
    done.get_future().get().value();
    ASSERT_TRUE(world_.loops.run_on_all([](net::Loop&) {}, MqttClient::patience));
  }
  std::unique_ptr<MqttClient> connected() {
    return std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, &identity_);
  }
  std::unique_ptr<MqttClient> online(Connect packet = {}, std::string_view client_id = "h-1") {
    auto out = connected();
    packet.client_identifier = client_id;
    packet.keep_alive = MqttClient::patient_keep_alive;
    const auto connack = out->connect(packet);
    EXPECT_TRUE(connack && connack->reason == ReasonCode::success);
    return out;
  }
  ReasonCode published(MqttClient& client, std::string_view topic, std::string_view payload = "x") {
    client.publish(topic, payload, ++number_);
    const auto answer = client.next<Puback>();
    EXPECT_TRUE(answer) << topic;
    if (answer && answer->properties.reason_string) reason_ = *answer->properties.reason_string;
    return answer ? answer->reason : ReasonCode::unspecified_error;
  }
  ReasonCode subscribed(MqttClient& client, std::string_view filter) {
    Subscribe packet;
    packet.packet_identifier = ++number_;
    Subscription wanted;
    wanted.filter = filter;
    wanted.qos = QoS::at_least_once;
    packet.subscriptions.push_back(wanted);
    client.send(packet);
    const auto answer = client.next<Suback>();
    EXPECT_TRUE(answer) << filter;
    return answer ? answer->reasons.at(0) : ReasonCode::unspecified_error;
  }
  static Connect with_will() {
    Connect connect;
    Will will;
    will.topic = "d/me/event";
    will.payload = as_bytes(opened);
    will.qos = QoS::at_least_once;
    connect.will = will;
    return connect;
  }
  std::uint64_t refused(const std::string& rule) const {
    const auto counts = world_.broker->status().refused;
    const auto found = counts.find(rule);
    return found == counts.end() ? 0 : found->second;
  }
  void wait_until_gone() const {
    while (world_.broker->status().sessions != 0) std::this_thread::yield();
  }

  World world_;
  net::TlsIdentity identity_;
  std::uint16_t number_ = 0;
  std::string reason_;
};

TEST_F(QuarantineTest, RestrictsALiveSessionToItsDiagnosticsAndReleaseGivesItEverythingBack) {
  auto device = online();
  EXPECT_EQ(published(*device, "d/me/telemetry", telemetry), ReasonCode::success);
  change(LifecycleEvent::quarantine);
  EXPECT_EQ(published(*device, "d/me/telemetry", telemetry), ReasonCode::not_authorized);
  EXPECT_THAT(reason_, HasSubstr("in quarantine"));
  EXPECT_EQ(published(*device, "d/h-1/event", opened), ReasonCode::not_authorized);
  for (const auto* topic : {"d/me/log", "d/me/attestation", "d/me/update", "d/me/command/ack"})
    EXPECT_EQ(published(*device, topic), ReasonCode::success) << topic;
  EXPECT_EQ(refused("device-quarantined"), 2U);
  EXPECT_EQ(world_.wait_for<facts::AccessRefused>(1).at(0).rule, "device-quarantined");
  change(LifecycleEvent::release);
  EXPECT_EQ(published(*device, "d/me/telemetry", telemetry), ReasonCode::success);
  EXPECT_EQ(published(*device, "d/me/event", opened), ReasonCode::success);
  EXPECT_EQ(world_.wait_for<facts::SessionOpened>(1).size(), 1U) << "the same session all along";
}

TEST_F(QuarantineTest, ADeviceThatComesInQuarantineIsLetInAndRestricted) {
  change(LifecycleEvent::quarantine);
  auto device = online();
  EXPECT_EQ(published(*device, "d/me/telemetry", telemetry), ReasonCode::not_authorized);
  EXPECT_EQ(published(*device, "d/me/log"), ReasonCode::success);
  change(LifecycleEvent::release);
  EXPECT_EQ(published(*device, "d/me/telemetry", telemetry), ReasonCode::success);
}

TEST_F(QuarantineTest, SilencesWhatIsOutsideAndKeepsTheSubscription) {
  auto device = online();
  Publish retained;
  retained.topic = "d/me/telemetry";
  retained.payload = as_bytes(telemetry);
  retained.qos = QoS::at_least_once;
  retained.packet_identifier = ++number_;
  retained.retain = true;
  device->send(retained);
  ASSERT_TRUE(device->next<Puback>());
  change(LifecycleEvent::quarantine);
  EXPECT_EQ(subscribed(*device, "d/me/#"), ReasonCode::granted_qos_1);
  EXPECT_TRUE(device->nothing_before_pong()) << "what is retained is not heard either";
  change(LifecycleEvent::release);
  EXPECT_TRUE(device->nothing_before_pong());
  auto other = online({}, "h-1/other");
  EXPECT_EQ(published(*other, "d/me/telemetry", telemetry), ReasonCode::success);
  const auto heard = device->next<Publish>();
  ASSERT_TRUE(heard) << "the subscription was there all along";
  EXPECT_EQ(heard->topic, "d/me/telemetry");
}

TEST_F(QuarantineTest, AnOldClientThatAsksForNoAnswerStaysAndIsCounted) {
  auto device = connected();
  ASSERT_EQ(device->connect("h-1", Version::v3_1_1)->reason, ReasonCode::success);
  change(LifecycleEvent::quarantine);
  device->publish("d/me/telemetry", telemetry, 0);
  EXPECT_TRUE(device->nothing_before_pong());
  EXPECT_EQ(refused("device-quarantined"), 1U);
  EXPECT_TRUE(world_.entries(Kind::telemetry).empty());
}

TEST_F(QuarantineTest, AWillIsLeftButNotSaidBeforeRelease) {
  change(LifecycleEvent::quarantine);
  std::uint64_t said = 0;
  for (const std::uint32_t expiry : {0U, 3600U}) {
    auto connect = with_will();
    connect.properties.session_expiry_interval = expiry;
    online(connect)->cut();
    ++said;
    while (refused("device-quarantined") != said) std::this_thread::yield();
    wait_until_gone();
  }
  EXPECT_TRUE(world_.entries(Kind::event).empty());
  auto device = online(with_will());
  change(LifecycleEvent::release);
  device->cut();
  while (world_.entries(Kind::event).empty()) std::this_thread::yield();
}

TEST_F(QuarantineTest, ALostDeviceIsSentAwayAndComesBackOnceFound) {
  auto device = online();
  change(LifecycleEvent::lost);
  const auto goodbye = device->next<Disconnect>();
  ASSERT_TRUE(goodbye);
  EXPECT_EQ(goodbye->reason, ReasonCode::administrative_action);
  EXPECT_EQ(goodbye->properties.reason_string, "device-lost");
  device->ended();
  auto again = connected();
  const auto connack = again->connect("h-1");
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorized);
  EXPECT_THAT(std::string(connack->properties.reason_string.value_or("")), HasSubstr("'h-1' is lost"));
  change(LifecycleEvent::found);
  auto back = online();
  EXPECT_EQ(published(*back, "d/me/telemetry", telemetry), ReasonCode::not_authorized) << "nobody has looked at it yet";
  change(LifecycleEvent::release);
  EXPECT_EQ(published(*back, "d/me/telemetry", telemetry), ReasonCode::success);
}

TEST_F(QuarantineTest, ConcernsThatDeviceAlone) {
  const auto other_identity = world_.enrol("h-10", "handheld");
  MqttClient other(world_.broker->port(), world_.client_tls, &other_identity);
  ASSERT_EQ(other.connect("h-10")->reason, ReasonCode::success);
  change(LifecycleEvent::quarantine);
  EXPECT_EQ(published(other, "d/me/telemetry", telemetry), ReasonCode::success);
}

}  // namespace
}  // namespace outrider::gateway::mqtt
