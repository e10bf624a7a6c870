// Profile::parse: TOML to Profile, with the place of whatever is wrong. docs/format/profile.md describes every key.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "base/time.h"
#include "fleet/profile/detection_parse.h"
#include "fleet/profile/profile.h"
#include "fleet/profile/toml_reader.h"
#include "wire/senml/units.h"

namespace outrider::fleet {
namespace {

using Presence = TomlReader::Presence;

constexpr std::int64_t format_version = 1;
constexpr std::size_t title_bytes_max = 128;
constexpr std::size_t description_bytes_max = 1024;
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t categories_max = 32;
// A report must fit an entry with room for encryption.
constexpr std::int64_t topic_bytes_max = 60L * 1024;
constexpr std::int64_t topic_per_minute_max = 60'000;
constexpr std::chrono::seconds interval_min{1};
constexpr std::chrono::seconds interval_max{std::chrono::hours{24 * 7}};
// Shorter than an hour no renewal comes in time; longer than two years a stolen certificate outlives its device.
constexpr std::chrono::seconds certificate_life_min{std::chrono::hours{1}};
constexpr std::chrono::seconds certificate_life_max{std::chrono::hours{24 * 730}};
constexpr std::chrono::seconds retention_min{std::chrono::hours{24}};
constexpr std::chrono::seconds retention_max{std::chrono::hours{24L * 365 * 10}};

constexpr std::array<std::string_view, 7> class_words{"vehicle", "container", "wearable", "terminal",
                                                      "drone",   "sensor",    "handheld"};
// In the order of facts::KeyHome.
constexpr std::array<std::string_view, 5> home_words{"software", "tee", "tpm", "secure_element", "sim"};
constexpr std::array<std::string_view, 3> type_words{"number", "text", "boolean"};
// Longer, and a device found in a drawer years later would be let in.
constexpr std::chrono::seconds renew_after_expiry_max{std::chrono::hours{24L * 365}};
constexpr std::array<std::string_view, 5> key_words{"p256", "p384", "ed25519", "rsa-3072", "rsa-4096"};
// Design of the MQTT surface: what a device may say, and hear.
constexpr std::array<std::string_view, 6> publish_words{"telemetry",   "event",  "log",
                                                        "attestation", "update", "command/ack"};
// Beside what is meant for it, a device with several connections may let them hear each other's reports.
constexpr std::array<std::string_view, 4> subscribe_words{"command", "config", "telemetry", "event"};

void read_duration(TomlReader& reader, std::string_view key, std::chrono::seconds& out, std::chrono::seconds min,
                   std::chrono::seconds max) {
  std::string text;
  reader.text(key, text, 32);
  if (!reader.ok()) return;
  const auto parsed = parse_duration(text);
  if (!parsed) return reader.refuse(key, "bad-value", parsed.error().detail);
  out = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
  if (out < min || out > max) {
    reader.refuse(key, "bad-value",
                  fmt::format("'{}' is not between {} and {}", text, format_duration(min), format_duration(max)));
  }
}

constexpr std::array<std::string_view, 2> signed_words{"accepted", "required"};

void read_keys(TomlReader& reader, KeyPolicy& out) {
  std::vector<std::string> algorithms;
  reader.words("algorithms", algorithms, key_words.size());
  if (reader.ok() && algorithms.empty()) reader.refuse("algorithms", "bad-value", "no algorithm: nothing could enrol");
  for (const auto& word : algorithms) {
    if (word == "p256") {
      out.p256 = true;
    } else if (word == "p384") {
      out.p384 = true;
    } else if (word == "ed25519") {
      out.ed25519 = true;
    } else if (word == "rsa-3072" || word == "rsa-4096") {
      const unsigned bits = word == "rsa-3072" ? 3072 : 4096;
      out.rsa_bits_min = out.rsa_bits_min == 0 ? bits : std::min(out.rsa_bits_min, bits);
    } else {
      reader.refuse("algorithms", "bad-value",
                    fmt::format("unknown algorithm '{}'{}", word, did_you_mean(word, key_words)));
    }
  }
  read_duration(reader, "certificate_life", out.certificate_life, certificate_life_min, certificate_life_max);
  if (const auto home = reader.choice("home_min", home_words, Presence::optional))
    out.home_min = static_cast<facts::KeyHome>(*home);
  reader.truth("home_attested", out.home_attested);
}

void read_enrolment(TomlReader& reader, const toml::table& table, Profile& out) {
  if (table.contains("renew_after_expiry"))
    read_duration(reader, "renew_after_expiry", out.renew_after_expiry, std::chrono::hours{1}, renew_after_expiry_max);
  reader.truth("by_approval", out.by_approval);
}

void read_data(TomlReader& reader, Profile& out) {
  reader.words("categories", out.data_categories, categories_max);
  std::chrono::seconds retention{};
  read_duration(reader, "retention", retention, retention_min, retention_max);
  out.retention = std::chrono::duration_cast<std::chrono::hours>(retention);
}

Result<void> read_publish(std::string_view file, const toml::table& topics, std::vector<TopicRule>& out) {
  TomlReader reader(file, topics, "publish");
  for (const auto name : publish_words) {
    const toml::table* const table = reader.table(name, Presence::optional);
    if (table == nullptr) continue;
    TomlReader topic(file, *table, fmt::format("publish.{}", name));
    std::int64_t bytes = 0;
    std::int64_t per_minute = 0;
    TopicRule rule{.name = std::string(name)};
    topic.whole("bytes_max", bytes, 1, topic_bytes_max);
    topic.whole("per_minute_max", per_minute, 1, topic_per_minute_max);
    topic.truth("personal", rule.personal);
    if (rule.personal && (name == "telemetry" || name == "event")) {
      topic.refuse("personal", "bad-value", "mark the names instead: each report is judged by those it holds");
    }
    CHECK(topic.finish());
    rule.bytes_max = static_cast<std::size_t>(bytes);
    rule.per_minute_max = static_cast<unsigned>(per_minute);
    out.push_back(std::move(rule));
  }
  return reader.finish();
}

void read_subscribe(TomlReader& reader, std::vector<std::string>& out) {
  reader.words("subscribe", out, subscribe_words.size());
  for (const auto& name : out) {
    // A profile's topics lie below the device's own root; nothing it says can reach another device.
    if (name.find_first_of("+#/$") != std::string::npos) {
      reader.refuse("subscribe", "bad-value",
                    fmt::format("'{}': topics here are below d/<device>/, by name and without wildcards ({}); what "
                                "hears many devices is an application",
                                name, fmt::join(subscribe_words, ", ")));
    } else if (std::ranges::find(subscribe_words, name) == subscribe_words.end()) {
      reader.refuse("subscribe", "bad-value",
                    fmt::format("unknown topic '{}'{}", name, did_you_mean(name, subscribe_words)));
    }
  }
}

void read_networks(TomlReader& reader, std::vector<facts::NetworkKind>& out) {
  std::vector<std::string> words;
  if (!reader.words("networks", words, facts::network_kind_words.size(), Presence::optional)) return;
  if (words.empty()) reader.refuse("networks", "bad-value", "no kind of network: without the key all are allowed");
  for (const auto& word : words) {
    if (const auto kind = facts::network_kind_from(word)) {
      out.push_back(*kind);
    } else {
      reader.refuse("networks", "bad-value",
                    fmt::format("unknown kind of network '{}'{}", word, did_you_mean(word, facts::network_kind_words)));
    }
  }
}

void check_rule(TomlReader& reader, const ReadingRule& rule) {
  if (!reader.ok()) return;
  if (!wire::senml::valid_name(rule.name)) {
    return reader.refuse("name", "bad-value", fmt::format("'{}' is not a SenML name (RFC 8428, 4.5.1)", rule.name));
  }
  if (!rule.unit.empty() && !wire::senml::known_unit(rule.unit)) {
    return reader.refuse("unit", "unknown-unit",
                         fmt::format("'{}' is not a SenML unit{}", rule.unit, wire::senml::suggest_unit(rule.unit)));
  }
  if (rule.type != ValueType::number && !rule.unit.empty()) {
    return reader.refuse("unit", "bad-value", "only numbers have a unit");
  }
  if (rule.type != ValueType::number && (rule.min || rule.max)) {
    return reader.refuse(rule.min ? "min" : "max", "bad-range", "only numbers have a range");
  }
  if (rule.min && rule.max && *rule.min > *rule.max) {
    return reader.refuse("min", "bad-range", fmt::format("min {} is above max {}", *rule.min, *rule.max));
  }
}

Result<void> read_rules(std::string_view file, const toml::array* list, std::string_view key,
                        std::vector<ReadingRule>& out) {
  if (list == nullptr) return {};
  if (list->size() > profile_readings_max) {
    return std::unexpected(
        toml_error(file, list->source(), key, "too-many", fmt::format("more than {} names", profile_readings_max)));
  }
  for (const auto& item : *list) {
    TomlReader reader(file, *item.as_table(), std::string(key));
    ReadingRule rule;
    reader.text("name", rule.name, name_bytes_max);
    reader.text("unit", rule.unit, name_bytes_max, Presence::optional);
    if (const auto type = reader.choice("type", type_words, Presence::optional))
      rule.type = static_cast<ValueType>(*type);
    reader.number("min", rule.min);
    reader.number("max", rule.max);
    reader.truth("personal", rule.personal);
    reader.text("description", rule.description, description_bytes_max, Presence::optional);
    check_rule(reader, rule);
    if (std::ranges::find(out, rule.name, &ReadingRule::name) != out.end()) {
      reader.refuse("name", "duplicate-name", fmt::format("'{}' twice", rule.name));
    }
    CHECK(reader.finish());
    out.push_back(std::move(rule));
  }
  std::ranges::sort(out, {}, &ReadingRule::name);
  return {};
}

void read_head(TomlReader& reader, Profile& out) {
  std::int64_t version = 0;
  std::string id;
  reader.whole("format", version, format_version, format_version);
  reader.text("id", id, id_bytes_max);
  reader.text("title", out.title, title_bytes_max);
  reader.text("description", out.description, description_bytes_max, Presence::optional);
  if (const auto word = reader.choice("class", class_words)) out.device_class = static_cast<DeviceClass>(*word);
  read_duration(reader, "interval", out.interval, interval_min, interval_max);
  if (reader.ok()) {
    auto parsed = ProfileId::parse(id);
    if (parsed) {
      out.id = *std::move(parsed);
    } else {
      reader.refuse("id", "bad-value", parsed.error().detail);
    }
  }
}

Result<Profile> read_profile(const toml::table& document, std::string_view file) {
  Profile profile;
  TomlReader reader(file, document);
  read_head(reader, profile);
  const auto* const keys = reader.table("keys");
  const auto* const enrolment = reader.table("enrolment", Presence::optional);
  const auto* const data = reader.table("data");
  const auto* const publish = reader.table("publish");
  const auto* const detect = reader.table("detect", Presence::optional);
  read_subscribe(reader, profile.subscribe);
  read_networks(reader, profile.networks);
  const auto* const readings = reader.tables("reading");
  const auto* const events = reader.tables("event");
  CHECK(reader.finish());

  TomlReader key_reader(file, *keys, "keys");
  read_keys(key_reader, profile.keys);
  if (const auto word = key_reader.choice("signed_readings", signed_words, Presence::optional))
    profile.signed_readings_required = *word == 1;
  CHECK(key_reader.finish());
  if (enrolment != nullptr) {
    TomlReader enrolment_reader(file, *enrolment, "enrolment");
    read_enrolment(enrolment_reader, *enrolment, profile);
    CHECK(enrolment_reader.finish());
  }
  TomlReader data_reader(file, *data, "data");
  read_data(data_reader, profile);
  CHECK(data_reader.finish());
  CHECK(read_publish(file, *publish, profile.publish));
  CHECK(read_rules(file, readings, "reading", profile.readings));
  CHECK(read_rules(file, events, "event", profile.events));
  CHECK(read_detection(file, detect, profile));
  return profile;
}

}  // namespace

Result<Profile> Profile::parse(std::string_view toml, std::string_view file) {
  if (toml.size() > profile_bytes_max) {
    return fail(Errc::too_large, "profile-too-large", fmt::format("{}: larger than {} bytes", file, profile_bytes_max));
  }
  try {
    const toml::table document = toml::parse(toml, file);
    TRY(auto profile, read_profile(document, file));
    profile.toml = toml;
    return profile;
  } catch (const toml::parse_error& e) {
    return std::unexpected(toml_error(file, e.source(), "", "bad-toml", e.description()));
  }
}

}  // namespace outrider::fleet
