#include <gtest/gtest.h>

#include "facts/holder.h"
#include "gateway/mqtt/rights/application_rights.h"
#include "gateway/mqtt/rights/confinement.h"
#include "gateway/mqtt/rights/rights_of.h"

namespace outrider::gateway::mqtt {
namespace {

// --- devices are confined

struct Foreign {
  std::string_view name;
  std::string_view filter;
  std::string_view reason;
  std::string_view says;
};

class Confinement : public ::testing::TestWithParam<Foreign> {};

TEST_P(Confinement, RefusesAFilterOfADeviceWithAReasonThatHelps) {
  const auto error = outside_to_subscribe("d/t-1/", GetParam().filter);
  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_EQ(error.reason, GetParam().reason);
  EXPECT_NE(error.detail.find(GetParam().says), std::string::npos) << error.detail;
}

INSTANTIATE_TEST_SUITE_P(
    Filters, Confinement,
    ::testing::Values(
        Foreign{"Everything", "#", "cross-device-wildcard", "other devices"},
        Foreign{"EverythingByTwoWildcards", "+/#", "cross-device-wildcard", "app grant"},
        Foreign{"EveryDevice", "d/#", "cross-device-wildcard", "d/t-1/"},
        Foreign{"TelemetryOfEveryDevice", "d/+/telemetry", "cross-device-wildcard", "other devices"},
        Foreign{"AnotherDeviceBehindAWildcard", "+/t-2/telemetry", "cross-device-wildcard", "other devices"},
        Foreign{"ThreeLevelsOfAnything", "+/+/+", "cross-device-wildcard", "other devices"},
        Foreign{"TheServersOwn", "$SYS/broker/load", "server-topic", "server's own"},
        Foreign{"AnotherDevicesTelemetry", "d/t-2/telemetry", "foreign-topic", "d/t-2/ is another device's"},
        Foreign{"AllOfAnotherDevice", "d/t-2/#", "foreign-topic", "another device's"},
        Foreign{"ItsRootAlone", "d/t-1", "foreign-topic", "below d/t-1/"},
        Foreign{"SomethingElse", "home/kitchen", "foreign-topic", "below d/t-1/"},
        Foreign{"OneLevelOfAnything", "+", "foreign-topic", "below d/t-1/"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Confinement, OfAPublicationNamesWhoseTopicItIs) {
  EXPECT_NE(outside_to_publish("d/t-1/", "d/t-2/telemetry").detail.find("another device's"), std::string::npos);
  EXPECT_NE(outside_to_publish("d/t-1/", "$SYS/x").detail.find("server's own"), std::string::npos);
  EXPECT_EQ(outside_to_publish("d/t-1/", "x").reason, "foreign-topic");
}

// --- devices in quarantine

class DeviceRightsTest : public ::testing::TestWithParam<bool> {
 protected:
  static std::shared_ptr<const fleet::Profile> profile() {
    auto out = std::make_shared<fleet::Profile>();
    out->id = ProfileId("everything");
    for (const auto* leaf : {"telemetry", "event", "log", "attestation", "update", "command/ack", "own"})
      out->publish.push_back({.name = leaf, .bytes_max = 100});
    out->subscribe = {"command", "config", "update", "telemetry", "own"};
    return out;
  }
  std::shared_ptr<const Rights> rights_ =
      rights_of({.device = DeviceId("t-1"),
                 .lifecycle = GetParam() ? facts::Lifecycle::quarantined : facts::Lifecycle::active,
                 .profile = profile(),
                 .grants = nullptr});
};
INSTANTIATE_TEST_SUITE_P(Lifecycle, DeviceRightsTest, ::testing::Bool(),
                         [](const auto& info) { return info.param ? "Quarantined" : "Active"; });

TEST_P(DeviceRightsTest, AreInQuarantineThoseOfItsDiagnostics) {
  const auto publishes = [&](std::string_view leaf) {
    const auto rule = rights_->may_publish("d/t-1/" + std::string(leaf));
    return rule ? "yes" : rule.error().reason;
  };
  for (const auto* leaf : {"log", "attestation", "update", "command/ack"}) EXPECT_EQ(publishes(leaf), "yes") << leaf;
  for (const auto* leaf : {"telemetry", "event", "own"})
    EXPECT_EQ(publishes(leaf), GetParam() ? "device-quarantined" : "yes") << leaf;
  EXPECT_EQ(publishes("other"), "topic-not-granted") << "quarantine adds nothing";
  EXPECT_EQ(rights_->may_publish("d/t-2/log").error().reason, "foreign-topic");
  for (const auto* leaf : {"command", "config", "update"})
    EXPECT_TRUE(rights_->may_receive("d/t-1/" + std::string(leaf))) << leaf;
  for (const auto* leaf : {"telemetry", "own"})
    EXPECT_EQ(rights_->may_receive("d/t-1/" + std::string(leaf)), !GetParam()) << leaf;
  EXPECT_FALSE(rights_->may_receive("d/t-2/command"));
}

TEST_P(DeviceRightsTest, LetItSubscribeAndLeaveAWillAsItWillMayWhenItIsReleased) {
  EXPECT_TRUE(rights_->may_subscribe("d/t-1/telemetry"));
  EXPECT_TRUE(rights_->may_leave_will("d/t-1/event"));
  EXPECT_EQ(rights_->may_leave_will("d/t-1/other").error().reason, "topic-not-granted");
}

// --- applications

class ApplicationRightsTest : public ::testing::Test {
 protected:
  void grant(std::vector<std::string> publish, std::vector<std::string> subscribe) {
    fleet::Grants grants;
    for (auto& filter : publish) grants.publish.push_back({.filter = filter});
    for (auto& filter : subscribe) grants.subscribe.push_back({.filter = filter});
    grants_->set(std::move(grants));
  }
  std::string publishes(std::string_view topic) {
    const auto rule = rights_.may_publish(topic);
    return rule ? "yes" : rule.error().reason;
  }
  std::string content_type(std::string_view topic, std::optional<std::string_view> given) {
    return rights_.judge(*rights_.may_publish(topic), topic, {}, given, Timestamp{})->content_type;
  }

  std::shared_ptr<fleet::LiveGrants> grants_ = std::make_shared<fleet::LiveGrants>();
  ApplicationRights rights_{grants_};
};

TEST_F(ApplicationRightsTest, AreNothingWithoutAGrant) {
  EXPECT_EQ(publishes("test/a"), "topic-not-granted");
  EXPECT_EQ(rights_.may_subscribe("test/a").error().reason, "topic-not-granted");
  EXPECT_FALSE(rights_.may_receive("test/a"));
}

TEST_F(ApplicationRightsTest, NeverIncludeWhatDevicesOrTheServerSay) {
  grant({"#"}, {"#"});
  for (const auto* topic : {"d/t-1/telemetry", "d/t-1/event", "d/me/telemetry", "d/t-1/command/ack", "d/t-1"})
    EXPECT_EQ(publishes(topic), "speaks-as-device") << topic;
  EXPECT_EQ(publishes("$SYS/load"), "server-topic");
  EXPECT_EQ(rights_.may_subscribe("$SYS/#").error().reason, "topic-not-granted");
  EXPECT_FALSE(rights_.may_receive("$SYS/load"));
  for (const auto* topic : {"d/t-1/command", "d/t-1/config", "test/a/b"}) EXPECT_EQ(publishes(topic), "yes") << topic;
}

TEST_F(ApplicationRightsTest, FollowTheGrantsAsTheyChange) {
  grant({}, {"d/+/telemetry"});
  EXPECT_TRUE(rights_.may_subscribe("d/+/telemetry"));
  EXPECT_TRUE(rights_.may_receive("d/t-1/telemetry"));
  grant({}, {});
  EXPECT_FALSE(rights_.may_receive("d/t-1/telemetry"));
}

TEST_F(ApplicationRightsTest, WriteTheTopicOnceIntoTheContentType) {
  grant({"#"}, {});
  EXPECT_EQ(content_type("a/b", std::nullopt), "application/octet-stream; topic=\"a/b\"");
  EXPECT_EQ(content_type("a\"b\\c", "text/plain"), "text/plain; topic=\"a\\\"b\\\\c\"");
  EXPECT_EQ(content_type("a", "text/plain; topic=\"d/t-1/command\""), "text/plain; topic=\"a\"");
  for (const auto* nonsense : {"", "/", "text", "text/", "a b/c", "text/\"x\"", "text/x\r\ny"})
    EXPECT_EQ(content_type("a", nonsense), "application/octet-stream; topic=\"a\"") << nonsense;
}

TEST_F(ApplicationRightsTest, BoundTheTopicSoThatItsEntryCanSayIt) {
  grant({"#"}, {});
  EXPECT_EQ(publishes(std::string(178, 'a')), "yes");
  EXPECT_EQ(publishes(std::string(179, 'a')), "topic-too-long");
  EXPECT_EQ(publishes(std::string(100, '"')), "topic-too-long");
  EXPECT_EQ(publishes("a\nb"), "control-character");
  EXPECT_LE(content_type(std::string(178, 'a'), std::string(63, 't') + "/" + std::string(63, 'x')).size(), 255U);
}

TEST_F(ApplicationRightsTest, AreWhatAnAdmittedApplicationGets) {
  grant({"x"}, {});
  const auto rights = rights_of({.device = facts::holder_of(ApplicationId("billing")), .grants = grants_});
  EXPECT_TRUE(rights->may_publish("x"));
  EXPECT_EQ(rights->root(), "");
  EXPECT_EQ(rights->client_id_root(), "");
}

}  // namespace
}  // namespace outrider::gateway::mqtt
