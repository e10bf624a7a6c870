// Admission is not only asked at CONNECT: what is decided later ends sessions, or gives them other rights.
#include <gmock/gmock.h>

#include <future>

#include "gateway/mqtt/rights/rights_of.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/world.h"

namespace outrider::gateway::admission {
namespace {

using namespace wire::mqtt;
using ::testing::HasSubstr;
using testing::MqttClient;
using testing::World;

class RulesTest : public ::testing::Test {
 protected:
  void start(mqtt::Limits limits = {}) {
    limits.tls.close_deadline = std::chrono::milliseconds{200};
    world_.start(limits, [this](const mqtt::Caller& caller) -> Result<mqtt::Admitted> {
      TRY(const auto admission,
          world_.registry->admit(caller.fleet, caller.holder, caller.certificate_serial, caller.spki_sha256));
      CHECK(admission.profile->check_network(caller.origin.kind(), caller.origin.name()));
      return mqtt::Admitted{caller.holder, mqtt::rights_of(admission)};
    });
    world_.registry->on_reconsider([this](const FleetId& fleet, const std::optional<DeviceId>& device) {
      device ? world_.broker->reconsider(fleet, *device) : world_.broker->reconsider(fleet);
    });
  }
  std::unique_ptr<MqttClient> online(const std::string& device, const std::string& profile = "fleet-tracker") {
    if (!identities_.contains(device)) identities_.emplace(device, world_.enrol(device, profile));
    auto out = std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, &identities_.at(device));
    const auto connack = out->connect(device);
    EXPECT_TRUE(connack && connack->reason == ReasonCode::success) << device;
    return out;
  }
  // The built-in profile with one text exchanged for another.
  void replace_profile(const std::string& id, std::string_view from, std::string_view to) {
    std::string toml = world_.registry->profile(world_.fleet, ProfileId(id)).value()->toml;
    const auto at = toml.find(from);
    ASSERT_NE(at, std::string::npos);
    toml.replace(at, from.size(), to);
    decide([&](auto done) { world_.registry->add_profile(world_.fleet, toml, id, std::move(done)); });
  }
  template <class Start>
  void decide(Start decision) {
    std::promise<Result<void>> done;
    decision([&](Result<void> result) { done.set_value(std::move(result)); });
    done.get_future().get().value();
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

TEST_F(RulesTest, AProfileThatNoLongerAllowsTheNetworkEndsItsSessionsAndNoOthers) {
  start();
  auto tracker = online("t-1");
  auto handheld = online("h-1", "handheld");
  replace_profile("fleet-tracker", "subscribe = [", "networks = [\"private-apn\"]\nsubscribe = [");
  EXPECT_EQ(disconnected(*tracker), ReasonCode::administrative_action);
  EXPECT_TRUE(handheld->nothing_before_pong());
  const auto closed = world_.wait_for<facts::SessionClosed>(1);
  ASSERT_EQ(closed.size(), 1U);
  EXPECT_EQ(closed[0].reason, "network-not-allowed");
  const auto refused = world_.wait_for<facts::AccessRefused>(1);
  ASSERT_FALSE(refused.empty());
  EXPECT_EQ(refused[0].rule, "network-not-allowed");
  EXPECT_THAT(refused[0].detail, HasSubstr("allows sessions from private-apn; this one comes from public network"));
  MqttClient again(world_.broker->port(), world_.client_tls, &identities_.at("t-1"));
  const auto connack = again.connect("t-1");
  ASSERT_TRUE(connack);
  EXPECT_EQ(connack->reason, ReasonCode::not_authorized);
}

TEST_F(RulesTest, ASessionThatGoesOnHasTheRightsItWouldBeGivenNow) {
  start();
  auto device = online("t-1");
  device->publish("d/me/update", "half", 1);
  EXPECT_EQ(device->next<Puback>()->reason, ReasonCode::success);
  replace_profile("fleet-tracker", "[publish.update]\nbytes_max = 1024\nper_minute_max = 12\n", "");
  for (std::uint16_t id = 2;; ++id) {  // it is told on the session's loop, a moment later
    device->publish("d/me/update", "done", id);
    const auto answer = device->next<Puback>();
    ASSERT_TRUE(answer);
    if (answer->reason == ReasonCode::not_authorized) break;
    ASSERT_LT(id, 10'000);
  }
}

TEST_F(RulesTest, SessionsOpenedSayFromWhereTheyCome) {
  start();
  auto device = online("t-1");
  const auto opened = world_.wait_for<facts::SessionOpened>(1);
  ASSERT_EQ(opened.size(), 1U);
  EXPECT_EQ(opened[0].network, std::nullopt);
  EXPECT_EQ(opened[0].network_kind, "public");
  EXPECT_EQ(opened[0].country, std::nullopt);
}

TEST_F(RulesTest, WhenTooMuchIsHeldForSlowReadersNobodyNewGetsASessionAndIsToldToComeLater) {
  mqtt::Limits limits;
  limits.held_bytes_max = 1'000;
  limits.tls.held = std::make_shared<std::atomic<std::size_t>>(0);
  start(limits);
  auto device = online("t-1");
  *limits.tls.held += 2'000;
  for (const Version version : {Version::v3_1_1, Version::v5}) {
    MqttClient later(world_.broker->port(), world_.client_tls, &identities_.at("t-1"));
    const auto connack = later.connect("t-1/later", version);
    ASSERT_TRUE(connack);
    EXPECT_EQ(connack->reason, version == Version::v5 ? ReasonCode::server_busy : ReasonCode::server_unavailable);
  }
  EXPECT_TRUE(device->nothing_before_pong()) << "who holds nothing goes on";
  EXPECT_EQ(world_.broker->status().refused.at("too-much-held"), 2U);
  *limits.tls.held -= 2'000;
  EXPECT_TRUE(online("t-1")->nothing_before_pong());
}

}  // namespace
}  // namespace outrider::gateway::admission
