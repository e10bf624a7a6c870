#include "respond/playbook/readers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wire/mqtt/topic.h"
#include "wire/senml/senml.h"

namespace outrider::respond {
namespace {

using wire::TomlReader;
using Presence = TomlReader::Presence;

constexpr std::size_t profiles_max = 32;
constexpr std::size_t url_bytes_max = 1024;
constexpr std::size_t receivers_max = 16;
constexpr std::size_t address_bytes_max = 254;  // RFC 5321, 4.5.3.1.3, without the angle brackets
constexpr std::size_t name_bytes_max = 64;
constexpr std::size_t message_bytes_max = 1024;
constexpr std::size_t topic_bytes_max = 256;
// What else a message says of itself.
constexpr std::array<std::string_view, 8> members{"actuation", "rule", "device",   "text",
                                                  "lat",       "lon",  "measured", "trust"};
constexpr double radius_max_m = 20'100'000;  // half way around the earth
constexpr std::string_view device_mark = "<device>";
constexpr std::array<std::string_view, 4> condition_words{"leaves-route", "leaves-area", "above", "below"};

// "https://host[:port][/path]". No user information: a password would stand in the ledger.
bool good_url(std::string_view url) {
  if (!url.starts_with("https://")) return false;
  const auto authority = url.substr(8, url.substr(8).find_first_of("/?#"));
  const auto printable = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; };
  return !authority.empty() && authority.find('@') == std::string_view::npos && std::ranges::all_of(url, printable);
}

// The part of RFC 5321's Mailbox that is in use: no quoting, no address literals, nothing a header could be made of.
bool good_address(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at + 1 == text.size() || text.size() > address_bytes_max) return false;
  const auto atom = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  };
  const auto host = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '.';
  };
  return std::ranges::all_of(text.substr(0, at), atom) && std::ranges::all_of(text.substr(at + 1), host);
}

void check_topic(TomlReader& reader, const std::string& topic) {
  if (!reader.ok() || topic == "d/<device>/command") return;
  const bool application = topic.starts_with("app/") && topic.size() > 4;
  const bool marked = topic.find(device_mark) != std::string::npos;
  std::string plain = topic;
  if (marked) plain.replace(plain.find(device_mark), device_mark.size(), "x");
  // Once: and so the device's id is the only thing in a topic that does not stand in the file.
  const bool again = plain.find(device_mark) != std::string::npos;
  if (again || topic.size() > topic_bytes_max || !application || !wire::mqtt::check_topic_name(plain) ||
      !wire::mqtt::check_topic_name_limits(plain))
    reader.refuse("topic", "bad-value", "expected app/<application>/… or d/<device>/command");
}

void read_number(TomlReader& reader, std::string_view key, double& out, double least, double most) {
  std::optional<double> value;
  reader.number(key, value);
  if (!reader.ok()) return;
  if (!value) return reader.refuse(key, "missing-key", "missing");
  if (*value < least || *value > most)
    return reader.refuse(key, "bad-value", fmt::format("{} is not between {} and {}", *value, least, most));
  out = *value;
}

void read_condition(TomlReader& reader, ActuatingRule& out) {
  const auto word = reader.choice("when", condition_words);
  if (!word) return;
  out.when = static_cast<Condition>(*word);
  if (out.when == Condition::leaves_area) {
    read_number(reader, "lat", out.lat, -90, 90);
    read_number(reader, "lon", out.lon, -180, 180);
    read_number(reader, "radius_m", out.radius_m, 1, radius_max_m);
  } else if (out.when == Condition::above || out.when == Condition::below) {
    reader.text("reading", out.reading, name_bytes_max);
    if (reader.ok() && !wire::senml::valid_name(out.reading))
      reader.refuse("reading", "bad-value", "not a SenML name (RFC 8428, 4.5.1)");
    if (reader.ok() && std::ranges::find(members, out.reading) != members.end())
      reader.refuse("reading", "bad-value", "a member of the message has that name");
    read_number(reader, "limit", out.limit, -1e15, 1e15);
  }
}

}  // namespace

void check_plain(TomlReader& reader, std::string_view key, std::string_view text) {
  const auto control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
  if (reader.ok() && std::ranges::any_of(text, control))
    reader.refuse(key, "bad-value", "control characters and line breaks are not allowed here");
}

void read_profiles(TomlReader& reader, std::vector<ProfileId>& out) {
  std::vector<std::string> words;
  reader.words("profiles", words, profiles_max, Presence::optional);
  for (const auto& word : words) {
    auto id = ProfileId::parse(word);
    if (!id) return reader.refuse("profiles", "bad-value", id.error().detail);
    out.push_back(*std::move(id));
  }
}

void read_receivers(TomlReader& reader, Step& out) {
  reader.text("url", out.url, url_bytes_max, Presence::optional);
  reader.words("to", out.to, receivers_max, Presence::optional);
  if (!reader.ok()) return;
  if (out.url.empty() == out.to.empty())
    return reader.refuse("url", "bad-value", "a notification has either a 'url' or mail addresses in 'to'");
  if (!out.url.empty() && !good_url(out.url))
    return reader.refuse("url", "bad-value", "expected https://host[:port][/path], without a user name");
  for (const auto& address : out.to)
    if (!good_address(address)) reader.refuse("to", "bad-value", "expected mail addresses, such as soc@example.com");
}

Result<ActuatingRule> read_rule(std::string_view file, const toml::table& table) {
  TomlReader reader(file, table, "actuate");
  ActuatingRule out;
  reader.text("name", out.name, id_bytes_max);
  if (reader.ok())
    if (const auto good = check_id("rule", out.name); !good) reader.refuse("name", "bad-value", good.error().detail);
  read_condition(reader, out);
  const std::array trust_words{word_of(Trust::unsigned_), word_of(Trust::mutual_tls), word_of(Trust::device_signed),
                               word_of(Trust::device_signed_attested)};
  if (const auto trust = reader.choice("trust", trust_words)) out.trust = static_cast<Trust>(*trust);
  read_profiles(reader, out.profiles);
  reader.text("topic", out.topic, wire::mqtt::topic_bytes_max);
  check_topic(reader, out.topic);
  reader.text("message", out.message, message_bytes_max, Presence::optional);
  check_plain(reader, "message", out.message);
  CHECK(reader.finish());
  return out;
}

}  // namespace outrider::respond
