#include <fmt/format.h>

#include "base/ids.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/application/application.h"
#include "cli/verbs/identity/identity.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

std::string filters_at(const json::Object& object, std::string_view key) {
  std::string out;
  for (const auto& item : list_at(object, key)) {
    if (!item.is_object()) continue;
    out += (out.empty() ? "" : ", ") + text_at(item.get_object(), "filter");
  }
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "applications"),
                    .columns = {{"APPLICATION"},
                                {"ADDED", Align::right},
                                {"ONLINE"},
                                {"PUBLISH", Align::left, true},
                                {"SUBSCRIBE", Align::left, true}},
                    .none = "No applications."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     const bool online = flag_at(item, "online");
                     const bool removed = item.contains("removed");
                     return {{text_at(item, "application"), removed ? Colour::dim : Colour::none},
                             age_at(item, "added", context.now()),
                             {removed  ? "revoked"
                              : online ? "yes"
                                       : "no",
                              online ? Colour::green : Colour::dim},
                             filters_at(item, "publish"),
                             filters_at(item, "subscribe")};
                   }));
  return {};
}

void print_grants(Context& context, const json::Object& application) {
  Table table({{"MAY"}, {"FILTER", Align::left, true}, {"SINCE", Align::right}, {"ENTRY", Align::right}});
  for (const std::string way : {"publish", "subscribe"}) {
    for (const auto& item : list_at(application, way)) {
      if (!item.is_object()) continue;
      const auto& grant = item.get_object();
      table.add({way, text_at(grant, "filter"), age_at(grant, "since", context.now()), text_at(grant, "entry")});
    }
  }
  if (table.empty()) return;
  context.out.line();
  table.print(context.out);
}

Result<void> show(Context& context) {
  TRY(const auto id, application_of(context.args));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto known, object_of(server->get(path_of("fleets", fleet, "applications", id.value))));
  if (context.json()) {
    context.out.value(known);
    return {};
  }
  print_fields(context.out, {{"application", text_at(known, "application")},
                             {"label", text_at(known, "label")},
                             {"added", age_at(known, "added", context.now())},
                             {"revoked", {age_at(known, "removed", context.now()), Colour::red}},
                             {"online", flag_at(known, "online") ? "yes" : "no"}});
  print_grants(context, known);
  print_identities(context, list_at(known, "identities"));
  return {};
}

// The filters after APP, for the ways that are named.
Result<json::Object> filters_of(const Context& context) {
  json::Array filters;
  for (const auto& filter : context.args.list("FILTER")) filters.emplace_back(filter);
  json::Object body{{"dry_run", context.dry_run()}};
  for (const std::string way : {"publish", "subscribe"}) {
    if (context.args.flag(way)) body[way] = filters;
  }
  if (body.size() == 1) return std::unexpected(usage_error("say --publish, --subscribe or both"));
  return body;
}

Result<void> change_grants(Context& context, std::string_view verb, std::string_view done) {
  TRY(const auto id, application_of(context.args));
  TRY(const auto body, filters_of(context));
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto now, object_of(server->post(path_of("fleets", fleet, "applications", id.value, verb), body)));
  const auto shown_or_nothing = [&](std::string_view way) {
    const std::string filters = filters_at(now, way);
    return filters.empty() ? std::string("nothing") : escape(filters);
  };
  return print_outcome(context, now,
                       {.would = "That is possible.",
                        .done = fmt::format("{}. {} now publishes to {} and subscribes to {}.", done, id.value,
                                            shown_or_nothing("publish"), shown_or_nothing("subscribe"))});
}

Result<void> grant(Context& context) {
  return change_grants(context, "grant", "Granted");
}

Result<void> withdraw(Context& context) {
  return change_grants(context, "withdraw", "Withdrawn");
}

Result<void> revoke(Context& context) {
  TRY(const auto id, application_of(context.args));
  TRY(const auto fleet, context.fleet());
  return act(context, path_of("fleets", fleet, "applications", id.value, "remove"),
             {.would = fmt::format("Would revoke application {}.", id.value),
              .done = fmt::format("Revoked {}: its certificates and grants are gone, its sessions are closed, and it "
                                  "cannot enrol again.",
                                  id.value)});
}

}  // namespace

std::vector<Command> application_commands() {
  return {
      application_add_command(),
      {.path = "app grant",
       .summary = "Let an application publish or subscribe",
       .about = "Filters are MQTT topic filters; quote them. Grants work at once, in open sessions too. Nobody can "
                "publish what devices say: below d/<device>/ an application publishes to command and config alone.",
       .arguments = {{"APP", "its id"}, {"FILTER", "topic filters, e.g. 'd/+/telemetry'", false, true}},
       .options = {{"publish", "", "it may publish there"}, {"subscribe", "", "it may subscribe to it"}},
       .examples = {{"all telemetry of the fleet", "outrider app grant billing --subscribe 'd/+/telemetry'"},
                    {"commands to all devices", "outrider app grant dispatch --publish 'd/+/command'"},
                    {"everything an application can do", "outrider app grant admin --publish --subscribe '#'"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = grant},
      {.path = "app withdraw",
       .summary = "Take grants back from an application, at once",
       .about = "Filters are given as they were granted ('outrider app show APP').",
       .arguments = {{"APP", "its id"}, {"FILTER", "topic filters as they were granted", false, true}},
       .options = {{"publish", "", "it may no longer publish there"},
                   {"subscribe", "", "it may no longer subscribe to it"}},
       .examples = {{"no more events", "outrider app withdraw billing --subscribe 'd/+/event'"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = withdraw},
      {.path = "app list",
       .summary = "List applications and their grants",
       .about = "",
       .arguments = {},
       .options = {},
       .examples = {{"who may read telemetry",
                     "outrider app list --json | jq '.[] | select(any(.subscribe[]; .filter == \"d/+/telemetry\"))'"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "app show",
       .summary = "Show an application, its grants and its certificates",
       .about = "",
       .arguments = {{"APP", "its id"}},
       .options = {},
       .examples = {{"one application", "outrider app show billing"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      application_code_command(),
      application_enrol_command(),
      {.path = "app revoke",
       .summary = "End an application: its sessions close, its certificates and grants are gone, for good",
       .about = "",
       .arguments = {{"APP", "its id"}},
       .options = {{"why", "TEXT", "the reason, kept in the ledger", "", true}},
       .examples = {{"a service that was switched off", "outrider app revoke billing --why \"replaced by invoicing\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = revoke},
  };
}

}  // namespace outrider::cli
