#include "fleet/profile/detection_parse.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/suggest.h"
#include "facts/firmware.h"
#include "fleet/profile/toml_reader.h"

namespace outrider::fleet {
namespace {

using Presence = TomlReader::Presence;

// In the order of Transport.
constexpr std::array<std::string_view, 6> transport_words{"fixed", "person", "road", "rail", "sea", "air"};
// An airliner with the wind behind it; what reports more is no device of ours.
constexpr double speed_max_most = 400;

bool is_number(const Profile& profile, std::string_view name) {
  const ReadingRule* const rule = profile.reading(name);
  return rule != nullptr && rule->type == ValueType::number;
}

std::string not_a_number(const Profile& profile, std::string_view name) {
  std::vector<std::string_view> names;
  for (const auto& rule : profile.readings)
    if (rule.type == ValueType::number) names.push_back(rule.name);
  return fmt::format("'{}' is no [[reading]] of type number{}", name, did_you_mean(name, names));
}

void read_channels(TomlReader& reader, const Profile& profile, std::vector<std::string>& out) {
  if (!reader.words("channels", out, detection_channels_max, Presence::optional)) return;
  for (const auto& name : out)
    if (!is_number(profile, name)) return reader.refuse("channels", "bad-value", not_a_number(profile, name));
}

// Names that nobody limits are as wrong as names that do not exist: nothing would look at them.
Result<void> read_rates(std::string_view file, const toml::table* table, Profile& out) {
  if (table == nullptr) return {};
  TomlReader reader(file, *table, "detect.rate_max");
  std::set<std::string> names{"temperature", "battery_v"};
  names.insert(out.detection.channels.begin(), out.detection.channels.end());
  for (const auto& name : names) {
    std::optional<double> rate;
    reader.number(name, rate);
    if (!rate) continue;
    if (!is_number(out, name)) reader.refuse(name, "bad-value", not_a_number(out, name));
    if (*rate <= 0) reader.refuse(name, "bad-value", "must be above 0: so much may change in a minute");
    out.detection.rate_max.emplace(name, *rate);
  }
  return reader.finish();
}

bool reports_firmware(const Profile& profile) {
  const auto* const rule = profile.reading("firmware");
  const auto* const event = profile.event("firmware");
  return (rule != nullptr && rule->type == ValueType::text) || (event != nullptr && event->type == ValueType::text);
}

// Order is what "older" means, so a list that runs the other way would find rollbacks in updates.
void check_order(TomlReader& reader, const std::vector<std::string>& versions) {
  std::string_view before;
  std::optional<std::uint64_t> highest;
  for (const auto& version : versions) {
    if (version.empty() || version.size() > firmware_bytes_max)
      return reader.refuse("versions", "bad-value",
                           fmt::format("a version is a text of 1 to {} bytes", firmware_bytes_max));
    const auto number = facts::version_number(version);
    if (number && highest && *number <= *highest)
      return reader.refuse("versions", "bad-value",
                           fmt::format("from the oldest to the newest: '{}' stands after '{}'", version, before));
    if (!number) continue;
    highest = number;
    before = version;
  }
}

Result<void> read_firmware(std::string_view file, const toml::table* table, Profile& out) {
  if (table == nullptr) return {};
  TomlReader reader(file, *table, "detect.firmware");
  FirmwareRule& rule = out.detection.firmware;
  reader.words("versions", rule.versions, firmware_versions_max);
  reader.text("current", rule.current, firmware_bytes_max);
  reader.moment("since", rule.since);
  reader.moment("by", rule.by);
  if (!reader.ok()) return reader.finish();
  check_order(reader, rule.versions);
  if (std::ranges::find(rule.versions, rule.current) == rule.versions.end())
    reader.refuse("current", "bad-value", "is none of the versions");
  if (rule.since && rule.by && *rule.by < *rule.since)
    reader.refuse("by", "bad-value", "has to run before it was released ('since')");
  if (!reports_firmware(out))
    reader.refuse("versions", "bad-value",
                  "nobody says what runs: no [[reading]] or [[event]] 'firmware' of type text");
  return reader.finish();
}

}  // namespace

Result<void> read_detection(std::string_view file, const toml::table* table, Profile& out) {
  if (table == nullptr) return {};
  TomlReader reader(file, *table, "detect");
  DetectionRule& rule = out.detection;
  if (const auto word = reader.choice("transport", transport_words, Presence::optional))
    rule.transport = static_cast<Transport>(*word);
  reader.number("speed_max", rule.speed_max);
  if (rule.speed_max && (*rule.speed_max <= 0 || *rule.speed_max > speed_max_most))
    reader.refuse("speed_max", "bad-value", fmt::format("must be above 0 and at most {} m/s", speed_max_most));
  reader.truth("thermal", rule.thermal);
  if (rule.thermal && !is_number(out, "temperature"))
    reader.refuse("thermal", "bad-value", "a cooled box needs the reading 'temperature'");
  read_channels(reader, out, rule.channels);
  const auto* const rates = reader.table("rate_max", Presence::optional);
  const auto* const firmware = reader.table("firmware", Presence::optional);
  CHECK(reader.finish());
  CHECK(read_rates(file, rates, out));
  return read_firmware(file, firmware, out);
}

}  // namespace outrider::fleet
