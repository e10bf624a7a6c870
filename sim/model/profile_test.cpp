// The models against the contracts of their device types: profiles/*.toml is the authority on names, units and ranges.
#include <gtest/gtest.h>

#include <toml++/toml.h>
#include <map>
#include <optional>
#include <string>

#include "base/time.h"
#include "sim/model/catalogue.h"
#include "sim/model/world/climate.h"
#include "sim/stage/circumstances.h"

namespace outrider::sim {
namespace {

struct Rule {
  std::string unit;
  std::string type;
  std::optional<double> min;
  std::optional<double> max;
};

toml::table load(std::string_view profile) {
  return toml::parse_file(std::string(OUTRIDER_SOURCE_DIR "/profiles/") + std::string(profile) + ".toml");
}

std::map<std::string, Rule> rules_of(const toml::table& profile) {
  std::map<std::string, Rule> out;
  for (const auto& node : *profile["reading"].as_array()) {
    const auto& entry = *node.as_table();
    out[entry["name"].value_or("")] = {entry["unit"].value_or(""), entry["type"].value_or("number"),
                                       entry["min"].value<double>(), entry["max"].value<double>()};
  }
  return out;
}

void expect_kept(const std::map<std::string, Rule>& rules, const Report& report, const std::string& when) {
  for (const auto& reading : report.readings()) {
    const auto found = rules.find(std::string(reading.name));
    ASSERT_NE(found, rules.end()) << reading.name << " is not in the profile";
    const Rule& rule = found->second;
    ASSERT_EQ(reading.unit, rule.unit) << reading.name;
    const auto* number = std::get_if<double>(&reading.value);
    ASSERT_EQ(number != nullptr                             ? "number"
              : std::holds_alternative<bool>(reading.value) ? "boolean"
                                                            : "text",
              rule.type)
        << reading.name;
    if (number == nullptr) continue;
    if (rule.min) ASSERT_GE(*number, *rule.min) << reading.name << ", " << when;
    if (rule.max) ASSERT_LE(*number, *rule.max) << reading.name << ", " << when;
  }
}

class ProfileContract : public testing::TestWithParam<ModelEntry> {};

TEST_P(ProfileContract, IsKeptByTheModelForADay) {
  const auto rules = rules_of(load(GetParam().profile));
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    auto model = GetParam().make({.seed = seed, .boot_count = 1});
    Report report;
    for (double t = 0; t < day_s; t += 300) {
      report.clear();
      model->report(report);
      ASSERT_NO_FATAL_FAILURE(expect_kept(rules, report, "seed " + std::to_string(seed) + ", " + std::to_string(t)));
      model->advance(300);
    }
  }
}

// Otherwise the server would refuse what is to be noticed.
TEST_P(ProfileContract, IsKeptWhateverBefallsTheDevice) {
  const auto rules = rules_of(load(GetParam().profile));
  auto model = GetParam().make({.seed = 3, .boot_count = 1});
  for (const Order& order : {Order{Deed::calm}, Order{Deed::jam, {}, 25}, Order{Deed::drag, {}, 10},
                             Order{Deed::twin_cell}, Order{Deed::downgrade}, Order{Deed::cold, {}, 15},
                             Order{Deed::update}, Order{Deed::open_box}, Order{Deed::cut_power}}) {
    Circumstances circumstances("d", 3);
    circumstances.obey(order, 0);
    for (double t = 0; t < 600; t += 60) {
      Report report;
      model->report(report);
      circumstances.alter(report, t);
      ASSERT_NO_FATAL_FAILURE(expect_kept(rules, report, std::to_string(static_cast<int>(order.what))));
      model->advance(60);
    }
  }
}

TEST_P(ProfileContract, GivesTheModelItsInterval) {
  const auto interval = parse_duration(load(GetParam().profile)["interval"].value_or(""));
  ASSERT_TRUE(interval);
  EXPECT_EQ(*interval, GetParam().interval);
}

INSTANTIATE_TEST_SUITE_P(Profiles, ProfileContract, testing::ValuesIn(catalogue().begin(), catalogue().end()),
                         [](const auto& info) {
                           std::string out;
                           for (const char c : info.param.profile) out += c == '-' ? '_' : c;
                           return out;
                         });

}  // namespace
}  // namespace outrider::sim
