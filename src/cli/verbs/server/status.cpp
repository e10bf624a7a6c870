#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

void print_refusals(Context& context, const json::Object& status) {
  Table table({{"WHEN", Align::right},
               {"DEVICE"},
               {"ADDRESS"},
               {"ACTION"},
               {"RULE"},
               {"COUNT", Align::right},
               {"DETAIL", Align::left, true}});
  for (const auto& item : list_at(status, "refusals")) {
    if (!item.is_object()) continue;
    const auto& refusal = item.get_object();
    const auto time = time_at(refusal, "time");
    table.add({time ? relative(*time, context.now()) : std::string(),
               text_at(refusal, "device"),
               text_at(refusal, "address"),
               text_at(refusal, "action"),
               {text_at(refusal, "rule"), Colour::yellow},
               text_at(refusal, "count"),
               text_at(refusal, "detail")});
  }
  context.out.line();
  if (table.empty()) {
    context.out.line("No refusals since the start.");
    return;
  }
  context.out.line(context.out.paint(Colour::bold, "Last refusals"));
  table.print(context.out);
}

// The next end of a certificate of ours, and devices that sleep past theirs.
void print_expiry(Context& context, const json::Object& status) {
  const auto* expiry = status.if_contains("expiry");
  if (expiry == nullptr || !expiry->is_object()) return;
  Table table({{"CERTIFICATE"}, {"ENDS", Align::right}, {"AT"}});
  for (const auto& item : list_at(expiry->get_object(), "certificates")) {
    if (!item.is_object()) continue;
    const auto& each = item.get_object();
    const auto end = time_at(each, "not_after");
    const std::string fleet = text_at(each, "fleet");
    table.add(
        {fleet.empty() ? text_at(each, "role") : fmt::format("{} of {}", text_at(each, "role"), fleet),
         {end ? relative(*end, context.now()) : std::string(), flag_at(each, "soon") ? Colour::yellow : Colour::none},
         text_at(each, "not_after")});
  }
  if (!table.empty()) {
    context.out.line();
    table.print(context.out);
  }
  for (const auto& item : list_at(expiry->get_object(), "devices")) {
    if (!item.is_object()) continue;
    const auto& each = item.get_object();
    const auto ended = number_at(each, "ended");
    const auto soon = number_at(each, "within_7_days");
    if (ended + soon == 0) continue;
    context.out.line();
    context.out.line(context.out.paint(
        Colour::yellow, fmt::format("Fleet {}: the last identity of {} devices ends within 7 days, of {} it has ended.",
                                    text_at(each, "fleet"), grouped(soon), grouped(ended))));
  }
}

Result<void> status(Context& context) {
  TRY(Api * server, context.api());
  TRY(const auto status, object_of(server->get(path_of("status"))));
  if (context.json()) {
    context.out.value(status);
    return {};
  }
  const bool healthy = flag_at(status, "healthy");
  const auto up = std::chrono::seconds(number_at(status, "uptime_s"));
  print_fields(context.out,
               {{"health", healthy ? Cell("healthy", Colour::green) : Cell(text_at(status, "problem"), Colour::red)},
                {"version", text_at(status, "version")},
                {"running for", format_duration(up)},
                {"devices online", fmt::format("{} of {}", grouped(number_at(status, "devices_online")),
                                               grouped(number_at(status, "devices_total")))},
                {"sessions", grouped(number_at(status, "sessions"))},
                {"reports acknowledged", grouped(number_at(status, "reports_acknowledged"))},
                {"entries durable", grouped(number_at(status, "entries_durable"))}});
  Table table({{"FLEET"}, {"DEVICES", Align::right}, {"ENTRIES", Align::right}});
  for (const auto& item : list_at(status, "fleets")) {
    if (!item.is_object()) continue;
    const auto& fleet = item.get_object();
    table.add({text_at(fleet, "fleet"), grouped(number_at(fleet, "devices")), grouped(number_at(fleet, "entries"))});
  }
  if (!table.empty()) {
    context.out.line();
    table.print(context.out);
  }
  print_expiry(context, status);
  print_refusals(context, status);
  return {};
}

}  // namespace

std::vector<Command> status_commands() {
  return {{.path = "status",
           .summary = "Show how the server is, and what it refused last",
           .about = "",
           .arguments = {},
           .options = {},
           .examples = {{"at a glance", "outrider status"},
                        {"which rules refuse how much",
                         "outrider status --json | jq '.refusals[] | {rule, device, count}'"}},
           .traits = {.remote = true},
           .run = status}};
}

}  // namespace outrider::cli
