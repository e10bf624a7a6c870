#include "sim/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::sim {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

std::vector<std::string> with(std::vector<std::string> more) {
  std::vector<std::string> out{"--devices-file", "codes.csv", "--state", "state", "--ca", "root.pem"};
  out.insert(out.end(), more.begin(), more.end());
  return out;
}
std::string refusal(std::vector<std::string> more) {
  const auto parsed = parse_options(with(std::move(more)));
  if (!parsed) return parsed.error().text();
  ADD_FAILURE() << "accepted";
  return "";
}

TEST(Options, NeedOnlyTheListTheStateAndTheRoot) {
  const auto options = parse_options(with({}));
  ASSERT_TRUE(options) << options.error().text();
  const auto& s = options->settings;
  EXPECT_EQ(s.devices_file, "codes.csv");
  EXPECT_EQ(s.est, "https://127.0.0.1:8443");
  EXPECT_EQ(s.fleet, FleetId{"demo"});
  EXPECT_EQ(s.mqtt_host, "127.0.0.1");
  EXPECT_EQ(s.mqtt_port, 8883);
  EXPECT_FALSE(s.run_for);
  EXPECT_FALSE(s.interval);
  EXPECT_EQ(s.mqtt.version, wire::mqtt::Version::v5);
  EXPECT_EQ(s.mqtt.qos, wire::mqtt::QoS::at_least_once);
}

TEST(Options, ListTheScenariosWithoutAFleet) {
  const auto options = parse_options({"breach", "--list"});
  ASSERT_TRUE(options) << options.error().text();
  ASSERT_TRUE(options->text);
  EXPECT_THAT(*options->text, HasSubstr("freight-breach     A stolen container against a fleet\n"));
  EXPECT_THAT(*options->text, HasSubstr("cold-snap"));
}

TEST(Options, AreTakenAtTheirWord) {
  const auto options = parse_options(
      with({"--for",         "20s", "--interval", "250ms", "--mqtt",  "[::1]:1883", "--mqtt-version", "3.1.1",
            "--qos",         "0",   "--encoding", "cbor",  "--trace", "a.csv",      "--trace",        "t-1=b.csv",
            "--trace-speed", "10",  "--journal",  "j",     "--json"}));
  ASSERT_TRUE(options) << options.error().text();
  const auto& s = options->settings;
  EXPECT_EQ(s.run_for, 20s);
  EXPECT_EQ(s.interval, 250ms);
  EXPECT_EQ(s.mqtt_host, "::1");
  EXPECT_EQ(s.mqtt_port, 1883);
  EXPECT_EQ(s.mqtt.version, wire::mqtt::Version::v3_1_1);
  EXPECT_EQ(s.mqtt.qos, wire::mqtt::QoS::at_most_once);
  EXPECT_EQ(s.mqtt.content_type, "application/senml+cbor");
  ASSERT_EQ(s.traces.size(), 2U);
  EXPECT_EQ(s.traces[0].device, "");
  EXPECT_EQ(s.traces[1].device, "t-1");
  EXPECT_EQ(s.traces[1].file, "b.csv");
  EXPECT_EQ(s.trace_speed, 10);
  EXPECT_EQ(s.journal, std::filesystem::path("j"));
  EXPECT_TRUE(s.json);
}

TEST(Options, BringTrouble) {
  const auto options = parse_options(with({"--qos", "2", "--session-expiry", "1h", "--subscribe", "--renew-every", "5m",
                                           "--roam-every", "90s", "--storm-every", "3m", "--churn", "12.5"}));
  ASSERT_TRUE(options) << options.error().text();
  const auto& s = options->settings;
  EXPECT_EQ(s.mqtt.qos, wire::mqtt::QoS::exactly_once);
  EXPECT_EQ(s.mqtt.session_expiry_s, 3600U);
  EXPECT_TRUE(s.mqtt.subscribe);
  EXPECT_EQ(s.renew_every, 5min);
  EXPECT_EQ(s.roam_every, 90s);
  EXPECT_EQ(s.storm_every, 3min);
  EXPECT_EQ(s.churn_per_minute, 12.5);
}

TEST(Options, SayWhichOneIsWrong) {
  EXPECT_THAT(refusal({"--for", "soon"}), HasSubstr("--for"));
  EXPECT_THAT(refusal({"--interval", "0s"}), HasSubstr("--interval"));
  EXPECT_THAT(refusal({"--mqtt", "host:99999"}), HasSubstr("--mqtt"));
  EXPECT_THAT(refusal({"--mqtt", ":8883"}), HasSubstr("--mqtt"));
  EXPECT_THAT(refusal({"--fleet", "../x"}), HasSubstr("--fleet"));
  EXPECT_THAT(refusal({"--qos", "3"}), HasSubstr("--qos"));
  EXPECT_THAT(refusal({"--mqtt-version", "4"}), HasSubstr("--mqtt-version"));
  EXPECT_THAT(refusal({"--trace-speed", "0.5"}), HasSubstr("--trace-speed"));
  EXPECT_THAT(refusal({"--roam-every", "1ms"}), HasSubstr("--roam-every"));
  EXPECT_THAT(refusal({"--renew-every", "often"}), HasSubstr("--renew-every"));
  EXPECT_THAT(refusal({"--storm-every", "0s"}), HasSubstr("--storm-every"));
  EXPECT_THAT(refusal({"--session-expiry", "0s"}), HasSubstr("--session-expiry"));
  EXPECT_THAT(refusal({"--churn", "-1"}), HasSubstr("--churn"));
  EXPECT_THAT(refusal({"--nonsense"}), HasSubstr("--nonsense"));
  const auto missing = parse_options({});
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().text(), HasSubstr("--devices-file"));
}

TEST(Options, ExplainThemselvesWithExamplesAndExitCodes) {
  const auto options = parse_options({"--help"});
  ASSERT_TRUE(options);
  ASSERT_TRUE(options->text);
  EXPECT_THAT(*options->text, HasSubstr("Examples:"));
  EXPECT_THAT(*options->text, HasSubstr("Exit codes:"));
}

}  // namespace
}  // namespace outrider::sim
