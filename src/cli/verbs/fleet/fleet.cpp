#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
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
    if (context.json()) {
      context.out.value(body);
    } else {
      context.out.line(fmt::format("Would create fleet {}. Nothing was changed.", id->value));
    }
    return {};
  }
  TRY(const auto answer, server->post(path_of("fleets"), body));
  if (context.json()) {
    context.out.value(answer);
  } else {
    context.out.line(
        fmt::format("Created fleet {} with its own issuing CA, log and the built-in profiles.", id->value));
  }
  return {};
}

Result<void> list(Context& context) {
  TRY(Api * server, context.api());
  json::Array all;
  Table table(
      {{"FLEET"}, {"DEVICES", Align::right}, {"ENTRIES", Align::right}, {"CREATED"}, {"TITLE", Align::left, true}});
  CHECK(server->each(path_of("fleets"), {}, all_items, [&](const json::Object& item) {
    all.emplace_back(item);
    const auto created = time_at(item, "created");
    table.add({text_at(item, "fleet"), text_at(item, "devices"), text_at(item, "entries"),
               created ? relative(*created, context.now()) : std::string(), text_at(item, "title")});
    return true;
  }));
  if (context.json()) {
    context.out.value(all);
  } else if (table.empty()) {
    context.out.line("There is no fleet yet; make one: outrider fleet create NAME");
  } else {
    table.print(context.out);
  }
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
