#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

Result<void> create(Context& context) {
  auto id = FleetId::parse(context.args.text("FLEET"));
  if (!id) return std::unexpected(usage_error(id.error().detail));
  TRY(Api * server, context.api());
  json::Object body{{"fleet", id->value}};
  if (context.args.has("title")) body["title"] = context.args.text("title");
  if (context.dry_run()) {
    bool exists = false;
    CHECK(server->each(path_of("fleets"), {}, all_items, [&](const json::Object& item) {
      exists = text_at(item, "fleet") == id->value;
      return !exists;
    }));
    if (exists) return fail(Errc::conflict, "fleet-exists", fmt::format("fleet '{}' exists already", id->value));
    body["dry_run"] = true;
    return print_outcome(context, body, {.would = fmt::format("Would create fleet {}.", id->value)});
  }
  TRY(const auto answer, server->post(path_of("fleets"), body));
  return print_outcome(
      context, answer,
      {.done = fmt::format("Created fleet {} with its own issuing CA, log and the built-in profiles.", id->value)});
}

Result<void> list(Context& context) {
  CHECK(print_list(
      context,
      {.path = path_of("fleets"),
       .columns =
           {{"FLEET"}, {"DEVICES", Align::right}, {"ENTRIES", Align::right}, {"CREATED"}, {"TITLE", Align::left, true}},
       .none = "There is no fleet yet; make one: outrider fleet create NAME"},
      [&](const json::Object& item) -> std::vector<Cell> {
        return {text_at(item, "fleet"), text_at(item, "devices"), text_at(item, "entries"),
                age_at(item, "created", context.now()), text_at(item, "title")};
      }));
  return {};
}

}  // namespace

std::vector<Command> fleet_commands() {
  return {
      {.path = "fleet create",
       .summary = "Create a fleet",
       .about = "A fleet is a tenant: it gets an issuing CA, a ledger and the built-in profiles of its own.",
       .arguments = {{"FLEET", "its name: letters, digits, '.', '_' and '-', at most 64"}},
       .options = {{"title", "TEXT", "what people call it"}},
       .examples = {{"the first one", "outrider fleet create north --title \"Northern depots\""}},
       .traits = {.remote = true, .mutates = true},
       .run = create},
      {.path = "fleet list",
       .summary = "List the fleets",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"their names alone", "outrider fleet list --json | jq -r '.[].fleet'"}},
       .traits = {.remote = true},
       .run = list},
  };
}

}  // namespace outrider::cli
