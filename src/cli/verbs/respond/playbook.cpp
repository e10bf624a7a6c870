// Playbooks: what is done when an alert is raised.
#include "respond/playbook/playbook.h"

#include <fmt/format.h>

#include <filesystem>

#include "api/handlers/respond/threats.h"
#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

std::string steps_of(const json::Object& playbook) {
  std::string out;
  for (const auto& step : list_at(playbook, "steps")) {
    if (!step.is_object()) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("{} ({})", text_at(step.get_object(), "action"), text_at(step.get_object(), "mode"));
  }
  for (const auto& rule : list_at(playbook, "rules")) {
    if (!rule.is_object()) continue;
    if (!out.empty()) out += ", ";
    out += fmt::format("rule {}", text_at(rule.get_object(), "name"));
  }
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "playbooks"),
                    .columns = {{"PLAYBOOK"}, {"LEVEL"}, {"THREATS", Align::left, true}, {"STEPS", Align::left, true}},
                    .none = "There are none: nothing is done about alerts."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     const auto* const threats = item.if_contains("threats");
                     const auto words = threats == nullptr ? std::string() : shown(*threats);
                     return {text_at(item, "playbook"), text_at(item, "level"), words.empty() ? "any" : words,
                             steps_of(item)};
                   }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto playbook,
      object_of(server->get(path_of("fleets", fleet, "playbooks", context.args.text("PLAYBOOK")))));
  if (context.json()) {
    context.out.value(playbook);
    return {};
  }
  const std::string toml = text_at(playbook, "toml");
  for (std::string_view rest = toml; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    context.out.line(context.out.terminal().out_tty ? escape(rest.substr(0, end)) : std::string(rest.substr(0, end)));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return {};
}

// Checked here first: the error then names the operator's own file and line.
Result<respond::Playbook> read_playbook(const std::string& file) {
  TRY(const auto text, read_text_file(file, respond::playbook_bytes_max));
  TRY(auto playbook, respond::Playbook::parse(text, file));
  CHECK(api::check_threats(playbook, file));
  return playbook;
}

std::string base_name(const std::string& file) {
  return std::filesystem::path(file).filename().string();
}

Result<void> add(Context& context) {
  const std::string file(context.args.text("FILE"));
  TRY(const auto playbook, read_playbook(file));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto text,
      server->post_text(path_of("fleets", fleet, "playbooks"), "application/toml", playbook.toml,
                        {{"file", base_name(file)}, {"dry_run", context.dry_run() ? "true" : "false"}}));
  TRY(const auto answer, json::parse(text));
  return print_outcome(
      context, answer,
      {.would = fmt::format("Would add playbook {} to fleet {}.", playbook.id, fleet),
       .done = fmt::format("Playbook {} is in force in fleet {}, for alerts from now on.", playbook.id, fleet)});
}

Result<void> remove(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string id(context.args.text("PLAYBOOK"));
  TRY(const auto answer,
      object_of(server->post(path_of("fleets", fleet, "playbooks", id, "remove"),
                             json::Object{{"why", context.args.text("reason")}, {"dry_run", context.dry_run()}})));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would remove playbook {}.", escape(id)),
                        .done = fmt::format("Playbook {} is not in force any more. What it has done stays until it is "
                                            "released.",
                                            escape(id))});
}

Result<void> test(Context& context) {
  const std::string file(context.args.text("FILE"));
  TRY(const auto playbook, read_playbook(file));
  if (!context.args.has("alert")) {
    context.out.note(
        fmt::format("{}: good ({} steps, {} rules)", escape(file), playbook.steps.size(), playbook.rules.size()));
    if (context.json()) context.out.value(json::Object{{"playbook", playbook.id}, {"ok", true}});
    return {};
  }
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto text,
      server->post_text(path_of("fleets", fleet, "playbooks", "test"), "application/toml", playbook.toml,
                        {{"file", base_name(file)}, {"alert", std::string(context.args.text("alert"))}}));
  TRY(const auto answer, object_of(json::parse(text)));
  if (context.json()) {
    context.out.value(list_at(answer, "items"));
    return {};
  }
  print_section(context, {{"STEP", Align::right}, {"ACTION"}, {"WOULD"}, {"BECAUSE"}, {"DETAIL", Align::left, true}},
                list_at(answer, "items"), [](const json::Object& item) -> std::vector<Cell> {
                  return {fmt::format("{}", number_at(item, "step") + 1), text_at(item, "action"),
                          text_at(item, "verdict"), text_at(item, "because"), text_at(item, "detail")};
                });
  context.out.note("Nothing was done.");
  return {};
}

}  // namespace

std::vector<Command> playbook_commands() {
  return {
      {.path = "playbook list",
       .summary = "List what is done about alerts",
       .about = "Each step observes, proposes or acts by itself. What cannot be taken back is proposed, and two people "
                "approve it.",
       .arguments = {},
       .options = {},
       .examples = {{"what would happen", "outrider playbook list"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "playbook show",
       .summary = "Print a playbook's file",
       .about = "",
       .arguments = {{"PLAYBOOK", "its id"}},
       .options = {},
       .examples = {{"a copy to start your own from", "outrider playbook show theft > theft.toml"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "playbook test",
       .summary = "Check a playbook's file, and say what it would do about an alert",
       .about = "Without --alert the file is only read, which needs no server. Nothing is done.",
       .arguments = {{"FILE", "a TOML file"}},
       .options = {{"alert", "ALERT", "an alert that was raised, from 'alert list'"}},
       .examples = {{"before adding it", "outrider playbook test theft.toml --alert 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true},
       .run = test},
      {.path = "playbook add",
       .summary = "Add a playbook to a fleet, or replace it",
       .about = "It is for alerts from then on. One with the id of a built-in playbook replaces that.",
       .arguments = {{"FILE", "a TOML file"}},
       .options = {},
       .examples = {{"put it in force", "outrider playbook add theft.toml"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = add},
      {.path = "playbook remove",
       .summary = "Remove a playbook, or switch a built-in one off",
       .about = "",
       .arguments = {{"PLAYBOOK", "its id"}},
       .options = {{"reason", "TEXT", "why, in plain words; kept in the ledger", "", true}},
       .examples = {{"it proposes too much", "outrider playbook remove misuse --reason \"handled by the carrier\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = remove},
  };
}

}  // namespace outrider::cli
