#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/detect/detect.h"

namespace outrider::cli {
namespace {

Result<std::string> moment(Context& context, std::string_view option) {
  const auto when = parse_moment(context.args.text(option), context.now());
  if (!when) return std::unexpected(usage_error(fmt::format("--{}: {}", option, when.error().detail)));
  return to_rfc3339(*when);
}

// `both`: with a column that says whether the other side says it, too.
void print_alerts(Context& context, std::string_view title, const json::Array& alerts, bool both) {
  std::vector<Column> columns{{"AT"}, {"LEVEL"}, {"DEVICE"}, {"THREAT"}, {"RISK", Align::right}};
  if (both) columns.push_back({"BOTH"});
  columns.push_back({"WHY", Align::left, true});
  Table table(std::move(columns));
  for (const auto& item : alerts) {
    if (!item.is_object()) continue;
    const auto& alert = item.get_object();
    const bool page = text_at(alert, "level") == "page";
    const auto device = text_at(alert, "device");
    std::vector<Cell> row{text_at(alert, "at"),
                          {page ? "page" : "ticket", page ? Colour::red : Colour::yellow},
                          device.empty() ? "(many)" : device,
                          text_at(alert, "threat"),
                          text_at(alert, "risk")};
    if (both) row.emplace_back(flag_at(alert, "both") ? "yes" : "no");
    row.emplace_back(text_at(alert, "explanation"));
    table.add(std::move(row));
  }
  if (table.empty()) return;
  context.out.line();
  context.out.line(context.out.paint(Colour::bold, title));
  table.print(context.out);
}

void print_report(Context& context, const json::Object& report) {
  context.out.line(fmt::format("From {} to {}: {} entries, after {} to warm up from {}.", text_at(report, "since"),
                               text_at(report, "until"), grouped(number_at(report, "entries")),
                               grouped(number_at(report, "entries_warm_up")), text_at(report, "begun_at")));
  const auto other = text_at(report, "compared_with");
  context.out.line(fmt::format("Would say {} pages and {} tickets; {}: {} and {}.", grouped(number_at(report, "pages")),
                               grouped(number_at(report, "tickets")), other, grouped(number_at(report, "other_pages")),
                               grouped(number_at(report, "other_tickets"))));
  print_alerts(context, "Would be said", list_at(report, "alerts"), true);
  print_alerts(context, "Only the other side says", list_at(report, "missing"), false);
}

Result<void> replay(Context& context) {
  json::Object body;
  TRY(const auto since, moment(context, "since"));
  body["since"] = since;
  if (context.args.has("until")) {
    TRY(const auto until, moment(context, "until"));
    body["until"] = until;
  }
  if (context.args.has("detectors")) {
    json::Array checks;
    std::string_view rest = context.args.text("detectors");
    while (!rest.empty()) {
      const auto comma = rest.find(',');
      if (comma != 0) checks.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
    if (checks.empty()) return std::unexpected(usage_error("--detectors: names of checks, separated by commas"));
    body["checks"] = std::move(checks);
  }
  TRY(const auto fleet, context.fleet());
  return run_replay(context, fleet, body);
}

}  // namespace

Result<void> run_replay(Context& context, const std::string& fleet, const json::Object& body) {
  TRY(Api * server, context.api());
  Progress bar(context.out, "replaying");
  TRY(const auto report, server->report(
                             path_of("fleets", fleet, "detection", "replay"), body,
                             [&](std::uint64_t done, std::uint64_t total) { bar.update(done, total); },
                             "the connection ended before the report"));
  bar.finish();
  if (context.json()) {
    context.out.value(report);
  } else {
    print_report(context, report);
  }
  return {};
}

Command detect_replay_command() {
  return {.path = "detect replay",
          .summary = "Run detection over history and compare",
          .about =
              "Runs the code that runs live over what the ledger holds, and prints what it would say against what "
              "was said. Nothing is changed. It first reads what came before, to know what is usual; that may "
              "take a while.",
          .arguments = {},
          .options = {{"since", "TIME", "where to begin, e.g. 7d or 2026-11-20T00:00:00Z", {}, true},
                      {"until", "TIME", "where to end (default: now)"},
                      {"detectors", "CHECKS", "only these checks, separated by commas (outrider detect list)"}},
          .examples = {{"last week", "outrider detect replay --since 7d"},
                       {"two checks alone, before they are trusted",
                        "outrider detect replay --since 90d --detectors corridor,geofence"}},
          .traits = {.remote = true, .fleet = true},
          .run = replay};
}

}  // namespace outrider::cli
