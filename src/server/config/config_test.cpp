#include "server/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/file.h"

namespace outrider::server {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string only_problem(std::string_view toml, const Environment& environment = {}) {
  const auto loaded = parse_config(toml, "o.toml", environment);
  EXPECT_EQ(loaded.problems.size(), 1U) << loaded.text();
  return loaded.problems.empty() ? "" : loaded.problems.front();
}

TEST(Config, AnEmptyFileGivesTheDefaults) {
  const auto loaded = parse_config("", "o.toml");
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.config, Config{});
}

TEST(Config, EveryTypeOfSettingIsRead) {
  const auto loaded = parse_config(R"(
data = "/srv/outrider"
threads = 3
[log]
level = "debug"
[mqtt]
port = 0
[https]
names = ["a.example", "::1"]
[ledger]
checkpoint_interval = "250ms"
)",
                                   "o.toml");
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.config.data_directory, "/srv/outrider");
  EXPECT_EQ(loaded.config.threads, 3U);
  EXPECT_EQ(loaded.config.log_level, log::Level::debug);
  EXPECT_EQ(loaded.config.mqtt_port, 0U);
  EXPECT_THAT(loaded.config.https_names, ElementsAre("a.example", "::1"));
  EXPECT_EQ(loaded.config.ledger_checkpoint_interval, 250ms);
  EXPECT_EQ(loaded.origins.at("mqtt.port"), "o.toml:7");
}

TEST(Config, AnUnknownKeyIsNamedWithItsLineAndWhatWasProbablyMeant) {
  EXPECT_EQ(only_problem("\n[mqtt]\nprot = 1\n"), "o.toml:3: mqtt.prot: unknown key (did you mean 'mqtt.port'?)");
  EXPECT_EQ(only_problem("sever_name = \"x\"\n"), "o.toml:1: sever_name: unknown key (did you mean 'server_name'?)");
}

TEST(Config, AKeyInTheWrongTableIsRecognised) {
  EXPECT_EQ(only_problem("level = \"info\"\n"), "o.toml:1: level: unknown key (did you mean 'log.level'?)");
}

TEST(Config, AnUnknownTableAndOneTooDeepAreRefused) {
  EXPECT_THAT(only_problem("[http]\nport = 1\n"), HasSubstr("o.toml:1: http: unknown key"));
  EXPECT_THAT(only_problem("[mqtt.tls]\nport = 1\n"), HasSubstr("mqtt.tls: unknown key"));
}

TEST(Config, AllProblemsAreShownAtOnce) {
  const auto loaded =
      parse_config("threads = 9999\ndata = \"here\"\n[mqtt]\nport = \"x\"\nlisten = \"localhost\"\n", "o.toml");
  EXPECT_THAT(loaded.problems,
              testing::UnorderedElementsAre(
                  "o.toml:1: threads: must be 0 to 256",
                  "o.toml:2: data: must be an absolute path, such as /var/lib/outrider, not 'here'",
                  "o.toml:4: mqtt.port: must be a whole number, not negative",
                  "o.toml:5: mqtt.listen: must be an IPv4 or IPv6 address, such as 0.0.0.0 or ::, not 'localhost'"));
}

struct BadValue {
  const char* name;
  const char* toml;
  const char* problem;
};
class ConfigRefuses : public testing::TestWithParam<BadValue> {};
TEST_P(ConfigRefuses, WithTheReason) {
  EXPECT_THAT(only_problem(GetParam().toml), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Values, ConfigRefuses,
    testing::Values(BadValue{"PortTooLarge", "[mqtt]\nport = 65536", "must be 0 to 65535"},
                    BadValue{"NegativeNumber", "threads = -1", "whole number, not negative"},
                    BadValue{"DecimalNumber", "threads = 1.5", "whole number"},
                    BadValue{"NumberForDuration", "[shutdown]\ndrain = 5", "duration in quotes"},
                    BadValue{"DurationWithoutUnit", "[shutdown]\ndrain = \"5\"", "must be a duration such as"},
                    BadValue{"DurationTooLong", "[shutdown]\ndrain = \"2h\"", "must be 0s to 10m"},
                    BadValue{"UnknownLevel", "[log]\nlevel = \"imfo\"", "not 'imfo' (did you mean 'info'?)"},
                    BadValue{"TextForList", "[https]\nnames = \"a\"", "must be a list of texts"},
                    BadValue{"NumberInList", "[https]\nnames = [1]", "must be a list of texts"},
                    BadValue{"BadNameInList", "[https]\nnames = [\"a\", \"-b\"]", "must be a DNS name"},
                    BadValue{"EmptyName", "server_name = \"\"", "must be 1 to 253 bytes"},
                    BadValue{"NameWithSpace", "server_name = \"a b\"", "must be a DNS name"},
                    BadValue{"NameEndingInDot", "server_name = \"a.\"", "must be a DNS name"},
                    BadValue{"MetricsForEverybody", "[metrics]\nlisten = \"0.0.0.0\"", "must be a loopback address"},
                    BadValue{"NotToml", "port == 3", "o.toml:1: "},
                    BadValue{"SameKeyTwice", "threads = 1\nthreads = 2", "o.toml:2: "}),
    [](const auto& each) { return each.param.name; });

TEST(Config, AControlByteInAKeyDoesNotReachTheTerminal) {
  const auto problem = only_problem("\"a\\u001b[31m\" = 1\n");
  EXPECT_EQ(problem.find('\x1b'), std::string::npos);
}

TEST(Config, TheEnvironmentWinsOverTheFile) {
  const auto loaded = parse_config(
      "[mqtt]\nport = 1\n", "o.toml",
      {{"OUTRIDER_MQTT_PORT", "2"}, {"OUTRIDER_SHUTDOWN_DRAIN", "2s"}, {"OUTRIDER_HTTPS_NAMES", "a.example, ::1"}});
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.config.mqtt_port, 2U);
  EXPECT_EQ(loaded.config.shutdown_drain, 2s);
  EXPECT_THAT(loaded.config.https_names, ElementsAre("a.example", "::1"));
  EXPECT_EQ(loaded.origins.at("mqtt.port"), "OUTRIDER_MQTT_PORT");
}

TEST(Config, AWrongValueInTheEnvironmentNamesTheVariable) {
  EXPECT_THAT(only_problem("", {{"OUTRIDER_MQTT_PORT", "12x"}}),
              HasSubstr("OUTRIDER_MQTT_PORT: mqtt.port: must be a whole number, not '12x'"));
}

TEST(Config, AVariableThatIsNoSettingIsAWarning) {
  const auto loaded = parse_config("", "o.toml", {{"OUTRIDER_MQTT_PROT", "1"}, {"OUTRIDER_SERVER", "https://x"}});
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_THAT(loaded.warnings, ElementsAre(HasSubstr("did you mean 'OUTRIDER_MQTT_PORT'?")));
}

TEST(Config, NoTwoSettingsShareAnEnvironmentName) {
  std::set<std::string> names;
  for (const Setting& setting : settings()) EXPECT_TRUE(names.insert(setting.environment_name()).second);
}

TEST(Config, EveryDefaultIsWithinItsOwnBounds) {
  Environment all;
  for (const Setting& setting : settings()) {
    if (setting.type() == "tables") continue;  // not for the environment
    std::string text = value_text(Config{}, setting);
    std::erase_if(text, [](char c) { return c == '"' || c == '[' || c == ']'; });
    all.emplace(setting.environment_name(), text);
  }
  const auto loaded = parse_config("", "o.toml", all);
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.config, Config{});
}

TEST(Config, WhatIsShownReadsBackToTheSame) {
  auto loaded = parse_config("threads = 7\n[https]\nnames = []\n[enrolment]\ncode_life = \"90m\"\n", "o.toml");
  const auto again = parse_config(show(loaded), "shown.toml");
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(again.config, loaded.config);
  EXPECT_THAT(show(loaded), HasSubstr("threads = 7  # o.toml:1"));
}

constexpr std::string_view two_networks = R"(
[[network]]
name = "fleet-apn"
kind = "private-apn"
cidrs = ["10.20.0.0/16", "2001:db8::/32"]
[[network]]
name = "office"
kind = "vpn"
cidrs = ["10.20.30.0/24"]
)";

TEST(Config, NetworksAreTables) {
  const auto loaded = parse_config(two_networks, "o.toml");
  EXPECT_THAT(loaded.problems, IsEmpty());
  ASSERT_EQ(loaded.config.networks.size(), 2U);
  EXPECT_EQ(loaded.config.networks[0].name, "fleet-apn");
  EXPECT_EQ(loaded.config.networks[1].kind, "vpn");
  EXPECT_THAT(loaded.config.networks[0].cidrs, ElementsAre("10.20.0.0/16", "2001:db8::/32"));
  const auto again = parse_config(show(loaded), "shown.toml");
  EXPECT_THAT(again.problems, IsEmpty());
  EXPECT_EQ(again.config, loaded.config);
}

TEST(Config, NetworksCannotBeSetByTheEnvironmentAndItIsSaidWhy) {
  EXPECT_THAT(only_problem("", {{"OUTRIDER_NETWORK", "[]"}}), HasSubstr("in the file only, as [[network]]"));
}

INSTANTIATE_TEST_SUITE_P(
    Networks, ConfigRefuses,
    testing::Values(
        BadValue{"NoTables", "network = \"a\"", "must be tables"},
        BadValue{"OneTable", "[network]\nname = \"a\"", "must be tables"},
        BadValue{"NoName", "[[network]]\nkind = \"vpn\"", "o.toml:1: network: number 1: name must be"},
        BadValue{"NameWithControls", "[[network]]\nname = \"a\\u001bb\"", "name must be"},
        BadValue{"UnknownKind", "[[network]]\nname = \"a\"\nkind = \"private_apn\"", "did you mean 'private-apn'?"},
        BadValue{"UnknownKey", "[[network]]\nname = \"a\"\nkind = \"vpn\"\ncidr = []", "did you mean 'cidrs'?"},
        BadValue{"NoRanges", "[[network]]\nname = \"a\"\nkind = \"vpn\"\ncidrs = []", "cidrs must be a list"},
        BadValue{"BadRange", "[[network]]\nname = \"a\"\nkind = \"vpn\"\ncidrs = [\"10.1.0.0/8\"]", "write 10.0.0.0/8"},
        BadValue{"RangeTwice",
                 "network = [{name = \"a\", kind = \"vpn\", cidrs = [\"10.0.0.0/8\"]},"
                 " {name = \"b\", kind = \"vpn\", cidrs = [\"10.0.0.0/8\"]}]",
                 "10.0.0.0/8 is in 'a' and in 'b'"},
        BadValue{"BadTrusted", "[proxy]\ntrusted = [\"lb\"]", "must be an address or a range"},
        BadValue{"BadListener", "[proxy]\nlisteners = [\"metrics\"]", "must be mqtt or https"}),
    [](const auto& each) { return each.param.name; });

TEST(Config, AMissingFileMattersOnlyWhenItWasNamed) {
  EXPECT_TRUE(load_config("/nonexistent/o.toml", false, {}).ok());
  EXPECT_FALSE(load_config("/nonexistent/o.toml", true, {}).ok());
}

std::string source_file(std::string_view path) {
  auto text = read_text_file(std::string(OUTRIDER_SOURCE_DIR "/") + std::string(path), 1024 * 1024);
  EXPECT_TRUE(text) << text.error().detail;
  return text.value_or("");
}

TEST(Config, TheShippedFileIsWhatTheTableSays) {
  EXPECT_EQ(source_file("packaging/outrider.toml"), commented_default());
  EXPECT_TRUE(parse_config(commented_default(), "o.toml").ok());
}

TEST(Config, TheManualListsEverySetting) {
  EXPECT_THAT(source_file("docs/configuration.md"), HasSubstr(settings_markdown()));
}

}  // namespace
}  // namespace outrider::server
