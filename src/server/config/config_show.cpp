// The configuration as text: `config show`, the shipped file, the manual's table.
#include <fmt/format.h>

#include "base/time.h"
#include "server/config/config.h"

namespace outrider::server {
namespace {

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

// A TOML basic string (TOML 1.0, "String").
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + '"';
}

// A duration that parse_duration reads back exactly: the largest unit that divides it.
std::string exact_duration(std::chrono::milliseconds duration) {
  constexpr std::pair<std::int64_t, std::string_view> units[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}};
  const std::int64_t ms = duration.count();
  for (const auto& [size, name] : units)
    if (ms != 0 && ms % size == 0) return fmt::format("{}{}", ms / size, name);
  return fmt::format("{}ms", ms);
}

std::string_view name_of(log::Level level) {
  switch (level) {
    case log::Level::debug:
      return "debug";
    case log::Level::info:
      return "info";
    case log::Level::warn:
      return "warn";
    case log::Level::error:
      return "error";
  }
  return "info";
}

std::pair<std::string_view, std::string_view> split(std::string_view key) {
  const auto dot = key.find('.');
  if (dot == std::string_view::npos) return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

// Calls `line(setting, name)` for each setting, after a "[table]" line where a table begins.
template <class Line>
std::string by_table(const Line& line) {
  std::string out;
  std::string_view current;
  for (const Setting& setting : settings()) {
    const auto [table, name] = split(setting.key);
    if (table != current) {
      out += fmt::format("\n[{}]\n", table);
      current = table;
    }
    out += line(setting, name);
  }
  return out;
}

// Breaks a sentence into comment lines.
std::string comment(std::string_view text) {
  constexpr std::size_t columns_max = 100;
  std::string out;
  std::string line = "#";
  while (!text.empty()) {
    const auto space = text.find(' ');
    const std::string_view word = text.substr(0, space);
    if (line.size() + 1 + word.size() > columns_max) {
      out += line + "\n";
      line = "#";
    }
    line += ' ';
    line += word;
    text.remove_prefix(space == std::string_view::npos ? text.size() : space + 1);
  }
  return out + line + "\n";
}

}  // namespace

std::string value_text(const Config& config, const Setting& setting) {
  return std::visit(
      Overload{
          [&](std::string Config::* member) { return toml_string(config.*member); },
          [&](std::uint64_t Config::* member) { return fmt::format("{}", config.*member); },
          [&](std::chrono::milliseconds Config::* member) { return toml_string(exact_duration(config.*member)); },
          [&](std::vector<std::string> Config::* member) {
            std::string out = "[";
            for (const auto& item : config.*member) out += (out.size() > 1 ? ", " : "") + toml_string(item);
            return out + "]";
          },
          [&](log::Level Config::* member) { return toml_string(name_of(config.*member)); },
          [&](std::vector<NetworkSetting> Config::* member) { return networks_text(config.*member); },
          [&](bool Config::* member) { return std::string(config.*member ? "true" : "false"); },
      },
      setting.member);
}

std::string show(const LoadedConfig& loaded) {
  return by_table([&](const Setting& setting, std::string_view name) {
    const auto origin = loaded.origins.find(setting.key);
    return fmt::format("{} = {}  # {}\n", name, value_text(loaded.config, setting),
                       origin == loaded.origins.end() ? "default" : origin->second);
  });
}

std::string commented_default() {
  const Config defaults;
  std::string out =
      "# Outrider's configuration. Every setting is optional; what stands here, commented out, is the default.\n"
      "# An environment variable wins over the file: OUTRIDER_MQTT_PORT for port in [mqtt].\n"
      "# `outrider config check` says what is wrong; `outrider config show` says what is in force.\n";
  return out + by_table([&](const Setting& setting, std::string_view name) {
           return fmt::format("\n{}# {}\n#{} = {}\n", comment(setting.help), setting.bounds(), name,
                              value_text(defaults, setting));
         });
}

std::string settings_markdown() {
  const Config defaults;
  std::string out = "| setting | type | default | bounds | meaning |\n|---|---|---|---|---|\n";
  for (const Setting& setting : settings()) {
    out += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", setting.key, setting.type(), value_text(defaults, setting),
                       setting.bounds(), setting.help);
  }
  return out;
}

}  // namespace outrider::server
