#include "fleet/profile/profile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace outrider::fleet {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using wire::senml::Pack;
using wire::senml::Record;

const std::string small = R"(format = 1
id = "probe"
title = "Probe"
class = "sensor"
interval = "60s"
subscribe = ["command"]
[keys]
algorithms = ["p256", "rsa-3072"]
certificate_life = "90d"
[data]
categories = ["asset-location"]
retention = "30d"
[publish.telemetry]
bytes_max = 4096
per_minute_max = 12
[publish.log]
bytes_max = 100
per_minute_max = 1
personal = true
[[reading]]
name = "temperature"
unit = "Cel"
min = -40
max = 85.5
[[reading]]
name = "lat"
unit = "lat"
personal = true
[[reading]]
name = "firmware"
type = "text"
[[event]]
name = "door"
type = "boolean"
)";

std::string with(std::string_view from, std::string_view to) {
  std::string text = small;
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

Record record(std::string name, std::string unit, wire::senml::Value value) {
  return {.name = std::move(name), .unit = std::move(unit), .value = std::move(value), .time = from_micros(0)};
}

TEST(Profile, IsReadWithAllItSays) {
  const auto profile = Profile::parse(small, "probe.toml");
  ASSERT_TRUE(profile) << profile.error().text();
  EXPECT_EQ(profile->id.value, "probe");
  EXPECT_EQ(profile->device_class, DeviceClass::sensor);
  EXPECT_EQ(profile->interval, std::chrono::seconds{60});
  EXPECT_TRUE(profile->keys.p256);
  EXPECT_FALSE(profile->keys.p384);
  EXPECT_FALSE(profile->keys.ed25519);
  EXPECT_EQ(profile->keys.rsa_bits_min, 3072U);
  EXPECT_EQ(profile->keys.certificate_life, std::chrono::hours{24 * 90});
  EXPECT_EQ(profile->retention, std::chrono::hours{24 * 30});
  ASSERT_NE(profile->may_publish("telemetry"), nullptr);
  EXPECT_EQ(profile->may_publish("telemetry")->bytes_max, 4096U);
  EXPECT_EQ(profile->may_publish("telemetry")->per_minute_max, 12U);
  EXPECT_TRUE(profile->may_publish("log")->personal);
  EXPECT_EQ(profile->may_publish("event"), nullptr);
  EXPECT_TRUE(profile->may_subscribe("command"));
  EXPECT_FALSE(profile->may_subscribe("config"));
  ASSERT_NE(profile->reading("temperature"), nullptr);
  EXPECT_EQ(profile->reading("temperature")->max, 85.5);
  EXPECT_EQ(profile->reading("door"), nullptr);
  EXPECT_NE(profile->event("door"), nullptr);
  EXPECT_EQ(profile->toml, small);
}

struct Wrong {
  std::string name;
  std::string from;
  std::string to;
  std::string reason;
  std::string place;  // start of the sentence
  std::string says;   // part of it
};

void PrintTo(const Wrong& wrong, std::ostream* out) {
  *out << wrong.name;
}

class WrongProfile : public testing::TestWithParam<Wrong> {};

TEST_P(WrongProfile, IsRefusedWithThePlaceAndTheReason) {
  const auto refused = Profile::parse(with(GetParam().from, GetParam().to), "p.toml");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, GetParam().reason);
  EXPECT_THAT(refused.error().detail, StartsWith(GetParam().place));
  EXPECT_THAT(refused.error().detail, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongProfile,
    testing::Values(
        Wrong{"NotToml", "format = 1", "format == 1", "bad-toml", "p.toml:1:9: ", ""},
        Wrong{"UnknownKey", "title =", "titel =", "missing-key", "p.toml:1:1: title: ", "missing"},
        Wrong{"UnknownKeyBeside", "title =", "colour = 1\ntitle =", "unknown-key",
              "p.toml:3:1: colour: ", "unknown key"},
        Wrong{"UnknownKeyOfAReading", "min = -40", "minn = -40", "unknown-key",
              "p.toml:23:1: reading.minn: ", "did you mean 'min'?"},
        Wrong{"UnknownTopic", "[publish.log]", "[publish.logs]", "unknown-key",
              "p.toml:16:10: publish.logs: ", "did you mean 'log'?"},
        Wrong{"WrongVersion", "format = 1", "format = 2", "bad-value", "p.toml:1:10: format: ", "between 1 and 1"},
        Wrong{"WrongType", "\"Probe\"", "7", "wrong-type", "p.toml:3:9: title: ", "text in quotes"},
        Wrong{"FractionForAWholeNumber", "= 4096", "= 4096.5", "wrong-type",
              "p.toml:14:13: publish.telemetry.bytes_max: ", "whole number"},
        Wrong{"UnknownClass", "\"sensor\"", "\"sensors\"", "bad-value",
              "p.toml:4:9: class: ", "did you mean 'sensor'?"},
        Wrong{"BadId", "\"probe\"", "\"a/b\"", "bad-value", "p.toml:2:6: id: ", ""},
        Wrong{"IntervalOfZero", "\"60s\"", "\"0s\"", "bad-value", "p.toml:5:12: interval: ", "between"},
        Wrong{"IntervalThatIsNoDuration", "\"60s\"", "\"often\"", "bad-value", "p.toml:5:12: interval: ", "often"},
        Wrong{"NoAlgorithm", "[\"p256\", \"rsa-3072\"]", "[]", "bad-value", "p.toml:8:14: keys.algorithms: ", ""},
        Wrong{"UnknownAlgorithm", "\"p256\"", "\"p2566\"", "bad-value",
              "p.toml:8:14: keys.algorithms: ", "did you mean 'p256'?"},
        Wrong{"AlgorithmTwice", "\"rsa-3072\"", "\"p256\"", "duplicate-name",
              "p.toml:8:14: keys.algorithms: ", "twice"},
        Wrong{"UnknownSubscription", "[\"command\"]", "[\"comand\"]", "bad-value",
              "p.toml:6:13: subscribe: ", "did you mean 'command'?"},
        Wrong{"UnknownNetwork", "[\"command\"]", "[\"command\"]\nnetworks = [\"private_apn\"]", "bad-value",
              "p.toml:7:12: networks: ", "did you mean 'private-apn'?"},
        Wrong{"NetworkTwice", "[\"command\"]", "[\"command\"]\nnetworks = [\"vpn\", \"vpn\"]", "duplicate-name",
              "p.toml:7:12: networks: ", "twice"},
        Wrong{"NoNetwork", "[\"command\"]", "[\"command\"]\nnetworks = []", "bad-value",
              "p.toml:7:12: networks: ", "without the key all are allowed"},
        Wrong{"PersonalTelemetry", "per_minute_max = 12", "per_minute_max = 12\npersonal = true", "bad-value",
              "p.toml:16:12: publish.telemetry.personal: ", "mark the names"},
        Wrong{"PayloadLargerThanAnEntry", "= 4096", "= 70000", "bad-value", "p.toml:14:13: ", "between"},
        Wrong{"NoTable", "[keys]", "keys = 1\n[other]", "wrong-type", "p.toml:7:8: keys: ", "a table: [keys]"}),
    [](const auto& info) { return info.param.name; });

INSTANTIATE_TEST_SUITE_P(
    Readings, WrongProfile,
    testing::Values(
        Wrong{"UnitNotOfSenml", "\"Cel\"", "\"C°\"", "unknown-unit", "p.toml:22:8: reading.unit: ", "not a SenML unit"},
        Wrong{"UnitMisspelt", "\"Cel\"", "\"cel\"", "unknown-unit",
              "p.toml:22:8: reading.unit: ", "did you mean 'Cel'?"},
        Wrong{"RangeUpsideDown", "min = -40", "min = 100", "bad-range", "p.toml:23:7: reading.min: ", "above max"},
        Wrong{"RangeOfAText", "type = \"text\"", "type = \"text\"\nmax = 3", "bad-range",
              "p.toml:32:7: reading.max: ", "only numbers"},
        Wrong{"UnitOfAText", "type = \"text\"", "type = \"text\"\nunit = \"m\"", "bad-value",
              "p.toml:32:8: ", "only numbers"},
        Wrong{"NameTwice", "\"lat\"", "\"temperature\"", "duplicate-name", "p.toml:26:8: reading.name: ", "twice"},
        Wrong{"NameNotOfSenml", "\"firmware\"", "\"firm ware\"", "bad-value",
              "p.toml:30:8: reading.name: ", "SenML name"},
        Wrong{"InfiniteRange", "max = 85.5", "max = inf", "wrong-type", "p.toml:24:7: reading.max: ", "finite"},
        Wrong{"UnknownType", "type = \"text\"", "type = \"string\"", "bad-value",
              "p.toml:31:8: reading.type: ", "number, text, boolean"},
        Wrong{"NotTables", "[[event]]", "[event]", "wrong-type", "p.toml:32:1: event: ", "[[event]]"}),
    [](const auto& info) { return info.param.name; });

TEST(Profile, MaySayFromWhereItsSessionsCome) {
  using facts::NetworkKind;
  const auto anywhere = Profile::parse(small, "p.toml").value();
  EXPECT_TRUE(anywhere.check_network(NetworkKind::open, ""));
  const auto confined =
      Profile::parse(with("[\"command\"]", "[\"command\"]\nnetworks = [\"vpn\", \"private-apn\"]"), "p.toml").value();
  EXPECT_TRUE(confined.check_network(NetworkKind::vpn, "office"));
  EXPECT_TRUE(confined.check_network(NetworkKind::private_apn, ""));
  const auto refused = confined.check_network(NetworkKind::carrier, "roaming").error();
  EXPECT_EQ(refused.reason, "network-not-allowed");
  EXPECT_EQ(refused.detail,
            "profile 'probe' allows sessions from vpn, private-apn; this one comes from carrier network 'roaming'");
}

TEST(Profile, SaysWhatDetectionMayHoldItTo) {
  const auto silent = Profile::parse(small, "probe.toml");
  ASSERT_TRUE(silent);
  EXPECT_FALSE(silent->detection.transport);
  EXPECT_TRUE(silent->detection.channels.empty());

  const auto profile = Profile::parse(small + R"([detect]
transport = "rail"
speed_max = 44.5
thermal = true
channels = ["temperature"]
rate_max = { temperature = 5 }
)",
                                      "probe.toml");
  ASSERT_TRUE(profile) << profile.error().text();
  EXPECT_EQ(profile->detection.transport, Transport::rail);
  EXPECT_EQ(profile->detection.speed_max, 44.5);
  EXPECT_TRUE(profile->detection.thermal);
  EXPECT_EQ(profile->detection.channels, std::vector<std::string>{"temperature"});
  EXPECT_EQ(profile->detection.rate_max, (std::map<std::string, double>{{"temperature", 5}}));
}

TEST(Profile, WhoseDetectionHasNothingToLookAtIsRefused) {
  const std::vector<std::tuple<std::string, std::string, std::string>> wrong{
      {R"(transport = "raod")", "bad-value", "did you mean 'road'?"},
      {"speed_max = 0", "bad-value", "at most 400 m/s"},
      {"speed_max = 401", "bad-value", "at most 400 m/s"},
      {"thermal = 1", "wrong-type", "true or false"},
      {R"(channels = ["temprature"])", "bad-value", "did you mean 'temperature'?"},
      {R"(channels = ["firmware"])", "bad-value", "no [[reading]] of type number"},
      {R"(channels = ["lat", "lat"])", "duplicate-name", "'lat' twice"},
      {R"(channels = ["a", "b", "c", "d"])", "too-many", "3"},
      {"rate_max = { temperature = 0 }", "bad-value", "above 0"},
      {"rate_max = { lat = 1 }", "unknown-key", "lat"},
      {"rate_max = { battery_v = 1 }", "bad-value", "no [[reading]]"},
      {"speed = 3", "unknown-key", "speed"},
  };
  for (const auto& [line, reason, sentence] : wrong) {
    const auto profile = Profile::parse(small + "[detect]\n" + line + "\n", "probe.toml");
    ASSERT_FALSE(profile) << line;
    EXPECT_EQ(profile.error().reason, reason) << line << ": " << profile.error().text();
    EXPECT_THAT(profile.error().text(), HasSubstr(sentence)) << line;
    EXPECT_THAT(profile.error().text(), HasSubstr("detect")) << line;
  }
}

TEST(Profile, SaysWhichFirmwareIsReleased) {
  const auto profile = Profile::parse(small + R"([detect.firmware]
versions = ["2.0.0", "nightly-77", "2.1.0"]
current = "2.1.0"
since = 2026-11-01T07:00:00+01:00
by = 2026-11-15T06:00:00Z
)",
                                      "probe.toml");
  ASSERT_TRUE(profile) << profile.error().text();
  const FirmwareRule& rule = profile->detection.firmware;
  EXPECT_EQ(rule.versions, (std::vector<std::string>{"2.0.0", "nightly-77", "2.1.0"}));
  EXPECT_EQ(rule.current, "2.1.0");
  EXPECT_EQ(rule.since, *from_rfc3339("2026-11-01T06:00:00Z"));
  EXPECT_EQ(rule.by, *from_rfc3339("2026-11-15T06:00:00Z"));
  EXPECT_TRUE(Profile::parse(small, "probe.toml")->detection.firmware.versions.empty());
}

TEST(Profile, WhoseListOfFirmwareMeansNothingIsRefused) {
  std::string many = "\"0\"";
  for (int i = 1; i <= 64; ++i) many += ", \"b" + std::to_string(i) + "\"";
  const std::vector<std::tuple<std::string, std::string, std::string>> wrong{
      {R"(versions = ["2.0"])", "missing-key", "current"},
      {R"(current = "2.0")", "missing-key", "versions"},
      {R"(versions = "2.0"
current = "2.0")",
       "wrong-type", "a list of texts"},
      {R"(versions = []
current = "2.0")",
       "bad-value", "is none of the versions"},
      {R"(versions = ["2.0"]
current = "2.0.0")",
       "bad-value", "is none of the versions"},
      {R"(versions = ["2.1.0", "nightly", "2.0.0"]
current = "2.1.0")",
       "bad-value", "'2.0.0' stands after '2.1.0'"},
      {R"(versions = ["2.0", "v2.0.0"]
current = "2.0")",
       "bad-value", "'v2.0.0' stands after '2.0'"},
      {R"(versions = ["a", "a"]
current = "a")",
       "duplicate-name", "'a' twice"},
      {R"(versions = ["", "a"]
current = "a")",
       "bad-value", "1 to 64 bytes"},
      {"versions = [\"" + std::string(65, 'x') + R"(", "a"]
current = "a")",
       "bad-value", "1 to 64 bytes"},
      {"versions = [" + many + R"(]
current = "0")",
       "too-many", "64"},
      {R"(versions = ["a"]
current = "a"
by = 2026-11-15)",
       "wrong-type", "a time with its offset"},
      {R"(versions = ["a"]
current = "a"
by = 2026-11-15T06:00:00)",
       "wrong-type", "a time with its offset"},
      {R"(versions = ["a"]
current = "a"
by = "2026-11-15T06:00:00Z")",
       "wrong-type", "without quotes"},
      {R"(versions = ["a"]
current = "a"
since = 2026-11-16T00:00:00Z
by = 2026-11-15T00:00:00Z)",
       "bad-value", "before it was released"},
      {R"(versions = ["a"]
current = "a"
before = 2026-11-15T00:00:00Z)",
       "unknown-key", "before"},
  };
  for (const auto& [lines, reason, sentence] : wrong) {
    const auto profile = Profile::parse(small + "[detect.firmware]\n" + lines + "\n", "probe.toml");
    ASSERT_FALSE(profile) << lines;
    EXPECT_EQ(profile.error().reason, reason) << lines << ": " << profile.error().text();
    EXPECT_THAT(profile.error().text(), HasSubstr(sentence)) << lines;
    EXPECT_THAT(profile.error().text(), HasSubstr("detect.firmware")) << lines;
  }
}

TEST(Profile, CannotListFirmwareThatNobodyReports) {
  std::string text = small + "[detect.firmware]\nversions = [\"1\"]\ncurrent = \"1\"\n";
  text.replace(text.find("name = \"firmware\""), 17, "name = \"firmwara\"");
  const auto profile = Profile::parse(text, "probe.toml");
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().text(), HasSubstr("nobody says what runs"));
}

TEST(Profile, CannotPromiseACooledBoxThatMeasuresNoTemperature) {
  std::string text = small + "[detect]\nthermal = true\n";
  text.replace(text.find("name = \"temperature\""), 20, "name = \"temperaturf\"");
  const auto profile = Profile::parse(text, "probe.toml");
  ASSERT_FALSE(profile);
  EXPECT_THAT(profile.error().text(), HasSubstr("needs the reading 'temperature'"));
}

TEST(Profile, ThatIsTooLargeIsRefusedBeforeItIsRead) {
  EXPECT_EQ(Profile::parse(std::string(profile_bytes_max + 1, '#'), "p.toml").error().reason, "profile-too-large");
}

TEST(Profile, WithTooManyNamesIsRefused) {
  std::string text = small;
  for (int i = 0; i < 130; ++i) text += "[[reading]]\nname = \"n" + std::to_string(i) + "\"\n";
  EXPECT_EQ(Profile::parse(text, "p.toml").error().reason, "too-many");
}

TEST(Profile, NestedBeyondReasonIsRefused) {
  EXPECT_EQ(Profile::parse("x = " + std::string(10'000, '['), "p.toml").error().reason, "bad-toml");
}

class ReportCheck : public testing::Test {
 protected:
  Profile profile_ = *Profile::parse(small, "p.toml");
};

TEST_F(ReportCheck, AReportThatKeepsTheProfilePasses) {
  EXPECT_TRUE(
      profile_.check_telemetry({record("temperature", "Cel", 85.5), record("firmware", "", std::string("1.0"))}));
  EXPECT_TRUE(profile_.check_event({record("door", "", true)}));
}

TEST_F(ReportCheck, AnUnknownNameIsRefusedAndTheRightOneSuggested) {
  const auto refused = profile_.check_telemetry({record("temperature", "Cel", 1.0), record("temprature", "Cel", 1.0)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "unknown-name");
  EXPECT_THAT(refused.error().detail, HasSubstr("record 2, 'temprature'"));
  EXPECT_THAT(refused.error().detail, HasSubstr("did you mean 'temperature'?"));
}

TEST_F(ReportCheck, ANameOfAnEventIsUnknownInTelemetry) {
  EXPECT_EQ(profile_.check_telemetry({record("door", "", true)}).error().reason, "unknown-name");
}

TEST_F(ReportCheck, AWrongOrMissingUnitIsRefused) {
  EXPECT_EQ(profile_.check_telemetry({record("temperature", "K", 300.0)}).error().reason, "wrong-unit");
  EXPECT_EQ(profile_.check_telemetry({record("temperature", "", 20.0)}).error().reason, "wrong-unit");
  EXPECT_EQ(profile_.check_telemetry({record("firmware", "m", std::string("1"))}).error().reason, "wrong-unit");
}

TEST_F(ReportCheck, AValueOfAnotherTypeIsRefused) {
  EXPECT_EQ(profile_.check_telemetry({record("temperature", "Cel", std::string("20"))}).error().reason, "wrong-type");
  EXPECT_EQ(profile_.check_telemetry({record("firmware", "", Bytes{1})}).error().reason, "wrong-type");
  EXPECT_EQ(profile_.check_telemetry({record("temperature", "Cel", std::monostate{})}).error().reason, "wrong-type");
}

TEST_F(ReportCheck, AValueThatPhysicsDoesNotAllowIsRefused) {
  EXPECT_EQ(profile_.check_telemetry({record("temperature", "Cel", 85.6)}).error().reason, "out-of-range");
  const auto refused = profile_.check_telemetry({record("temperature", "Cel", -40.1)});
  EXPECT_EQ(refused.error().reason, "out-of-range");
  EXPECT_THAT(refused.error().detail, HasSubstr("-40.1 is below -40"));
  EXPECT_TRUE(profile_.check_telemetry({record("temperature", "Cel", -40.0)}));
}

TEST_F(ReportCheck, AReportIsPersonalWhenOneOfItsNamesIs) {
  EXPECT_EQ(profile_.privacy_of({record("temperature", "Cel", 1.0)}), ledger::Privacy::open);
  EXPECT_EQ(profile_.privacy_of({record("temperature", "Cel", 1.0), record("lat", "lat", 1.0)}),
            ledger::Privacy::personal);
}

TEST(BuiltinProfiles, AreTheSevenKindsWithContainersDryAndReeferApart) {
  std::vector<std::string> ids;
  for (const auto& builtin : builtin_profiles()) {
    const auto profile = Profile::parse(builtin.toml, builtin.file);
    ASSERT_TRUE(profile) << profile.error().text();
    EXPECT_EQ(profile->id.value + ".toml", builtin.file);
    EXPECT_FALSE(profile->readings.empty());
    EXPECT_NE(profile->may_publish("telemetry"), nullptr);
    ids.push_back(profile->id.value);
  }
  EXPECT_THAT(ids, testing::ElementsAre("container-dry", "container-reefer", "drone-sensor", "field-sensor",
                                        "fleet-tracker", "handheld", "medical-wearable", "payment-terminal"));
}

TEST(BuiltinProfiles, SayHowTheirDevicesMove) {
  for (const auto& builtin : builtin_profiles()) {
    const auto profile = Profile::parse(builtin.toml, builtin.file);
    ASSERT_TRUE(profile);
    EXPECT_TRUE(profile->detection.transport) << builtin.file;
    EXPECT_EQ(profile->detection.thermal, profile->id.value == "container-reefer") << builtin.file;
  }
}

TEST(BuiltinProfiles, GuardWhatTellsWhereAPersonIs) {
  for (const auto& builtin : builtin_profiles()) {
    const auto profile = *Profile::parse(builtin.toml, builtin.file);
    if (std::ranges::find(profile.data_categories, "person-location") == profile.data_categories.end()) continue;
    for (const std::string_view name : {"lat", "lon", "cell", "tac"}) {
      ASSERT_NE(profile.reading(name), nullptr) << builtin.file << ' ' << name;
      EXPECT_TRUE(profile.reading(name)->personal) << builtin.file << ' ' << name;
    }
  }
}

}  // namespace
}  // namespace outrider::fleet
