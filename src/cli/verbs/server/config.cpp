#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/input/settings.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"
#include "server/config/config.h"

namespace outrider::cli {
namespace {

constexpr Option option_config{
    "config", "FILE",
    "the configuration file (default: OUTRIDER_CONFIG, then /etc/outrider/outrider.toml when it exists)"};

json::Array lines_of(const std::vector<std::string>& lines) {
  json::Array out;
  for (const std::string& line : lines) out.emplace_back(line);
  return out;
}

Result<void> check(Context& context) {
  const auto loaded = load_settings(context.args);
  if (context.json()) {
    context.out.value(json::Object{
        {"ok", loaded.ok()}, {"problems", lines_of(loaded.problems)}, {"warnings", lines_of(loaded.warnings)}});
  } else {
    for (const std::string& problem : loaded.problems) context.out.line(escape(problem));
    for (const std::string& warning : loaded.warnings) context.out.line("warning: " + escape(warning));
    if (loaded.ok()) context.out.line("The configuration is good.");
  }
  if (loaded.ok()) return {};
  const std::size_t count = loaded.problems.size();
  return fail(Errc::malformed, "bad-config",
              fmt::format("the configuration has {} problem{}", count, count == 1 ? "" : "s"));
}

json::Value value_of(const server::Config& config, const server::Setting& setting) {
  return std::visit(
      [&](auto member) -> json::Value {
        const auto& value = config.*member;
        using T = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::same_as<T, std::chrono::milliseconds>) {
          return json::Value(format_duration(value));
        } else if constexpr (std::same_as<T, log::Level>) {
          std::string text = server::value_text(config, setting);
          std::erase(text, '"');
          return json::Value(text);
        } else {
          return json::from(value);
        }
      },
      setting.member);
}

Result<void> show_running(Context& context) {
  TRY(Api * server, context.api());
  TRY(const auto answer, object_of(server->get(path_of("config"))));
  if (context.json()) {
    context.out.value(answer);
    return {};
  }
  Table table({{"SETTING"}, {"VALUE"}, {"FROM"}});
  for (const auto& item : list_at(answer, "items")) {
    if (!item.is_object()) continue;
    const auto& setting = item.get_object();
    table.add({text_at(setting, "key"), text_at(setting, "value"), text_at(setting, "origin")});
  }
  table.print(context.out);
  return {};
}

Result<void> show(Context& context) {
  if (context.args.flag("running")) return show_running(context);
  const auto loaded = load_settings(context.args);
  if (!loaded.ok()) return fail(Errc::malformed, "bad-config", loaded.text());
  for (const std::string& warning : loaded.warnings) context.out.note("warning: " + escape(warning));
  if (!context.json()) {
    context.out.text(server::show(loaded));
    return {};
  }
  json::Object out;
  for (const server::Setting& setting : server::settings()) {
    const auto origin = loaded.origins.find(setting.key);
    out[setting.key] = json::Object{{"value", value_of(loaded.config, setting)},
                                    {"origin", origin == loaded.origins.end() ? "default" : origin->second}};
  }
  context.out.value(out);
  return {};
}

}  // namespace

std::vector<Command> config_commands() {
  return {
      {.path = "config check",
       .summary = "Check a configuration file",
       .about = "Every problem is a line with file, line and key. Needs no server.",
       .arguments = {},
       .options = {option_config},
       .examples = {{"before a restart",
                     "outrider config check --config /etc/outrider/outrider.toml && systemctl restart outrider"}},
       .traits = {},
       .run = check},
      {.path = "config show",
       .summary = "Show the configuration in effect and where each value comes from",
       .about = "Reads the file and the OUTRIDER_ environment variables; with --running it asks the server for what it "
                "started with.",
       .arguments = {},
       .options = {option_config, {"running", "", "of the running server instead"}},
       .examples = {{"every setting, with file and line or 'default'", "outrider config show"},
                    {"one value", "outrider config show --json | jq '.\"mqtt.port\".value'"}},
       .traits = {.remote = true},
       .run = show},
  };
}

}  // namespace outrider::cli
