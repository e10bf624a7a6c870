// From TOML and environment to a Config. Everything wrong is collected, so that one look mends the file.
#include "server/config/config.h"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/file.h"
#include "base/suggest.h"
#include "base/time.h"
#include "server/config/network_reader.h"

extern char** environ;

namespace outrider::server {
namespace {

constexpr std::size_t file_bytes_max = 1024 * 1024;  // a configuration is a few KiB; more is a mistake
constexpr std::size_t list_item_bytes_max = 253;     // a DNS name
constexpr std::size_t problems_max = 50;             // further ones help nobody
constexpr std::size_t shown_bytes_max = 64;          // of a key or value in a problem
constexpr std::string_view environment_prefix = "OUTRIDER_";
// Read by the command, not settings of the server.
constexpr std::array<std::string_view, 4> command_variables{"OUTRIDER_CONFIG", "OUTRIDER_SERVER", "OUTRIDER_TOKEN_FILE",
                                                            "OUTRIDER_CA"};

using Value = std::variant<std::string, std::uint64_t, std::chrono::milliseconds, std::vector<std::string>, log::Level,
                           std::vector<NetworkSetting>, bool>;

std::string shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, shown_bytes_max)) {
    const auto byte = static_cast<unsigned char>(c);
    out += byte < 0x20 || byte == 0x7f ? '?' : c;
  }
  return text.size() > shown_bytes_max ? out + "…" : out;
}

std::optional<log::Level> level_from(std::string_view text) {
  if (text == "debug") return log::Level::debug;
  if (text == "info") return log::Level::info;
  if (text == "warn") return log::Level::warn;
  if (text == "error") return log::Level::error;
  return std::nullopt;
}

std::unexpected<Error> wrong(std::string detail) {
  return fail(Errc::malformed, std::move(detail));
}

Result<log::Level> parse_level(std::string_view text) {
  if (const auto level = level_from(text)) return *level;
  constexpr std::array<std::string_view, 4> names{"debug", "info", "warn", "error"};
  return wrong(fmt::format("must be debug, info, warn or error, not '{}'{}", shown(text), did_you_mean(text, names)));
}

Result<std::chrono::milliseconds> parse_duration_setting(std::string_view text) {
  auto parsed = parse_duration(text);
  if (!parsed)
    return wrong(fmt::format("must be a duration such as \"30s\", \"15m\" or \"7d\", not '{}'", shown(text)));
  return *parsed;
}

// What a TOML node says for a setting of this type.
Result<Value> value_of(const toml::node& node, const Setting& setting) {
  if (std::holds_alternative<std::uint64_t Config::*>(setting.member)) {
    const auto number = node.value_exact<std::int64_t>();
    if (!number || *number < 0) return wrong("must be a whole number, not negative");
    return Value(static_cast<std::uint64_t>(*number));
  }
  if (std::holds_alternative<std::vector<std::string> Config::*>(setting.member)) {
    const auto* list = node.as_array();
    if (list == nullptr) return wrong("must be a list of texts, such as [\"a\", \"b\"]");
    std::vector<std::string> items;
    for (const auto& item : *list) {
      auto text = item.value_exact<std::string>();
      if (!text) return wrong("must be a list of texts, such as [\"a\", \"b\"]");
      items.push_back(*std::move(text));
    }
    return Value(std::move(items));
  }
  if (std::holds_alternative<std::vector<NetworkSetting> Config::*>(setting.member)) {
    TRY(auto networks, read_networks(node));
    return Value(std::move(networks));
  }
  if (std::holds_alternative<bool Config::*>(setting.member)) {
    const auto truth = node.value_exact<bool>();
    if (!truth) return wrong("must be true or false");
    return Value(*truth);
  }
  auto text = node.value_exact<std::string>();
  if (std::holds_alternative<std::chrono::milliseconds Config::*>(setting.member)) {
    if (!text) return wrong("must be a duration in quotes, such as \"30s\", \"15m\" or \"7d\"");
    TRY(auto duration, parse_duration_setting(*text));
    return Value(duration);
  }
  if (!text) return wrong("must be a text in quotes");
  if (std::holds_alternative<log::Level Config::*>(setting.member)) {
    TRY(auto level, parse_level(*text));
    return Value(level);
  }
  return Value(*std::move(text));
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> items;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) items.emplace_back(item);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

// What an environment variable says for a setting of this type. A list is separated by commas.
Result<Value> value_of(std::string_view text, const Setting& setting) {
  if (std::holds_alternative<std::uint64_t Config::*>(setting.member)) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
      return wrong(fmt::format("must be a whole number, not '{}'", shown(text)));
    return Value(number);
  }
  if (std::holds_alternative<std::chrono::milliseconds Config::*>(setting.member)) {
    TRY(auto duration, parse_duration_setting(text));
    return Value(duration);
  }
  if (std::holds_alternative<log::Level Config::*>(setting.member)) {
    TRY(auto level, parse_level(text));
    return Value(level);
  }
  if (std::holds_alternative<std::vector<std::string> Config::*>(setting.member)) return Value(split_list(text));
  if (std::holds_alternative<bool Config::*>(setting.member)) {
    if (text != "true" && text != "false") return wrong(fmt::format("must be true or false, not '{}'", shown(text)));
    return Value(text == "true");
  }
  if (std::holds_alternative<std::vector<NetworkSetting> Config::*>(setting.member))
    return wrong(fmt::format("is set in the file only, as [[{}]]: tables do not fit a variable", setting.key));
  return Value(std::string(text));
}

Result<void> within(std::uint64_t amount, const Setting& setting) {
  if (amount >= setting.least && amount <= setting.most) return {};
  return wrong(fmt::format("must be {}", setting.bounds()));
}

Result<void> check_text(const std::string& text, const Setting& setting) {
  if (setting.check == nullptr) return {};
  auto checked = setting.check(text);
  if (!checked) return wrong(fmt::format("{}, not '{}'", checked.error().detail, shown(text)));
  return {};
}

// Checks the bounds and stores.
Result<void> assign(Config& config, const Setting& setting, Value value) {
  if (const auto* text = std::get_if<std::string>(&value)) {
    CHECK(within(text->size(), setting));
    CHECK(check_text(*text, setting));
  } else if (const auto* number = std::get_if<std::uint64_t>(&value)) {
    CHECK(within(*number, setting));
  } else if (const auto* duration = std::get_if<std::chrono::milliseconds>(&value)) {
    CHECK(within(static_cast<std::uint64_t>(duration->count()), setting));
  } else if (const auto* items = std::get_if<std::vector<std::string>>(&value)) {
    CHECK(within(items->size(), setting));
    for (const auto& item : *items) {
      if (item.size() > list_item_bytes_max)
        return wrong(fmt::format("'{}' is longer than {} bytes", shown(item), list_item_bytes_max));
      CHECK(check_text(item, setting));
    }
  }
  std::visit(
      [&]<class T>(T Config::* member) {
        if (auto* typed = std::get_if<T>(&value)) config.*member = std::move(*typed);
      },
      setting.member);
  return {};
}

const Setting* find(std::string_view key) {
  for (const Setting& setting : settings())
    if (setting.key == key) return &setting;
  return nullptr;
}

bool is_table(std::string_view name) {
  for (const Setting& setting : settings())
    if (setting.key.size() > name.size() && setting.key.starts_with(name) && setting.key[name.size()] == '.')
      return true;
  return false;
}

class Reader {
 public:
  explicit Reader(std::string_view file_name) : file_(file_name) {}

  void read_toml(std::string_view text) {
    if (text.size() > file_bytes_max) return problem(0, fmt::format("larger than {} bytes", file_bytes_max));
    try {
      const toml::table root = toml::parse(text, file_);
      read_table(root, "");
    } catch (const toml::parse_error& error) {
      problem(error.source().begin.line, shown(error.description()));
    }
  }

  void read_environment(const Environment& environment) {
    std::vector<std::string> names;
    for (const Setting& setting : settings()) {
      names.push_back(setting.environment_name());
      const auto found = environment.find(names.back());
      if (found != environment.end()) take(setting, value_of(found->second, setting), names.back());
    }
    std::vector<std::string_view> known(names.begin(), names.end());
    known.insert(known.end(), command_variables.begin(), command_variables.end());
    for (const auto& [name, ignored] : environment) {
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      out_.warnings.push_back(
          fmt::format("{} in the environment is no setting{}", shown(name), did_you_mean(name, known)));
    }
  }

  void problem(std::uint32_t line, std::string_view what) { add_problem(where(line), what); }
  LoadedConfig take() && { return std::move(out_); }

 private:
  // Line 0: the file as a whole.
  std::string where(std::uint32_t line) const { return line == 0 ? file_ : fmt::format("{}:{}", file_, line); }

  void add_problem(std::string_view place, std::string_view what) {
    if (out_.problems.size() < problems_max) out_.problems.push_back(fmt::format("{}: {}", place, what));
  }

  void take(const Setting& setting, Result<Value> value, const std::string& origin) {
    auto stored = value ? assign(out_.config, setting, *std::move(value)) : std::unexpected(std::move(value).error());
    if (!stored) {
      out_.faulty.emplace(setting.key);
      return add_problem(origin, fmt::format("{}: {}", setting.key, stored.error().detail));
    }
    out_.origins.insert_or_assign(std::string(setting.key), origin);
  }

  void read_table(const toml::table& table, const std::string& prefix) {
    for (const auto& [key, node] : table) {
      const std::string name = prefix + std::string(key.str());
      if (const Setting* setting = find(name)) {
        take(*setting, value_of(node, *setting), where(node.source().begin.line));
      } else if (const auto* inner = node.as_table(); inner != nullptr && prefix.empty() && is_table(name)) {
        read_table(*inner, name + ".");
      } else {
        unknown(name, key.source().begin.line);
      }
    }
  }

  void unknown(const std::string& name, std::uint32_t line) {
    std::vector<std::string_view> known;
    for (const Setting& setting : settings()) known.push_back(setting.key);
    std::string hint = did_you_mean(name, known);
    if (hint.empty()) {  // the right name in the wrong table: "port" for "mqtt.port"
      for (const std::string_view key : known)
        if (key.ends_with("." + name)) hint = fmt::format(" (did you mean '{}'?)", key);
    }
    add_problem(where(line), fmt::format("{}: unknown key{}", shown(name), hint));
  }

  std::string file_;
  LoadedConfig out_;
};

}  // namespace

Environment process_environment() {
  Environment out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (!text.starts_with(environment_prefix) || equals == std::string_view::npos) continue;
    out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

std::string LoadedConfig::text() const {
  std::string out;
  for (const auto& problem : problems) out += (out.empty() ? "" : "\n") + problem;
  return out;
}

LoadedConfig parse_config(std::string_view toml, std::string_view file_name, const Environment& environment) {
  Reader reader(file_name);
  reader.read_toml(toml);
  reader.read_environment(environment);
  return std::move(reader).take();
}

LoadedConfig load_config(const std::filesystem::path& file, bool required, const Environment& environment) {
  auto text = read_text_file(file, file_bytes_max);
  if (text) return parse_config(*text, file.string(), environment);
  Reader reader(file.string());
  if (text.error().code != Errc::not_found || required) reader.problem(0, text.error().detail);
  reader.read_environment(environment);
  return std::move(reader).take();
}

}  // namespace outrider::server
