#include "cli/verbs/detect/detect.h"

#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/output/age.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t shown_checks_max = 20;

Cell behind_cell(const json::Object& status) {
  const auto behind = number_at(status, "behind");
  if (!flag_at(status, "enabled")) return {"switched off (detection.enabled)", Colour::yellow};
  if (behind == 0) return {"up to date", Colour::green};
  return {fmt::format("{} entries behind", grouped(behind)), Colour::yellow};
}

Result<void> status(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto status, object_of(server->get(path_of("fleets", fleet, "detection"))));
  if (context.json()) {
    context.out.value(status);
    return {};
  }
  const auto snapshot = time_at(status, "snapshot_at");
  print_fields(context.out,
               {{"detection", behind_cell(status)},
                {"problem", {text_at(status, "problem"), Colour::red}},
                {"next entry", grouped(number_at(status, "entry"))},
                {"devices", fmt::format("{} ({} of state)", grouped(number_at(status, "devices")),
                                        bytes_text(number_at(status, "state_bytes")))},
                {"since the start", fmt::format("{} pages, {} tickets", grouped(number_at(status, "pages")),
                                                grouped(number_at(status, "tickets")))},
                {"snapshot", snapshot ? fmt::format("{}, at entry {} ({})", relative(*snapshot, context.now()),
                                                    grouped(number_at(status, "snapshot_entry")),
                                                    bytes_text(number_at(status, "snapshot_bytes")))
                                      : "none yet"},
                {"levels", fmt::format("page at risk {}, ticket at {}, {} pages per 1,000 devices and day",
                                       text_at(status, "page_risk"), text_at(status, "ticket_risk"),
                                       text_at(status, "page_budget"))}});
  Table table({{"CHECK"}, {"IN FINDINGS", Align::right}});
  std::size_t rows = 0;
  for (const auto& item : list_at(status, "checks")) {
    if (!item.is_object() || rows++ == shown_checks_max) continue;
    table.add({text_at(item.get_object(), "check"), grouped(number_at(item.get_object(), "findings"))});
  }
  if (table.empty()) return {};
  context.out.line();
  table.print(context.out);
  return {};
}

std::string dials_text(const json::Object& check) {
  std::string out;
  for (const auto& item : list_at(check, "dials")) {
    if (!item.is_object()) continue;
    const auto& dial = item.get_object();
    const auto profile = text_at(dial, "profile");
    out += fmt::format("{}{}{}", out.empty() ? "" : ", ",
                       flag_at(dial, "enabled") ? fmt::format("x{}", text_at(dial, "factor")) : "off",
                       profile.empty() ? "" : " for " + profile);
  }
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  Listing listing{
      .path = path_of("fleets", fleet, "detection", "checks"),
      .columns = {
          {"CHECK"}, {"FAMILY"}, {"THREAT"}, {"ALONE"}, {"DIAL"}, {"TECHNIQUES"}, {"LOOKS AT", Align::left, true}}};
  CHECK(print_list(context, std::move(listing), [](const json::Object& check) -> std::vector<Cell> {
    std::string techniques;
    for (const auto& each : list_at(check, "techniques")) techniques += (techniques.empty() ? "" : " ") + shown(each);
    return {text_at(check, "check"),
            text_at(check, "family"),
            text_at(check, "threat"),
            flag_at(check, "proof") ? "pages" : "",
            {dials_text(check), Colour::yellow},
            techniques,
            text_at(check, "summary")};
  }));
  return {};
}

}  // namespace

std::vector<Command> detect_commands() {
  return {{.path = "detect status",
           .summary = "Show how far detection is and what it found",
           .about = "",
           .arguments = {},
           .options = {},
           .examples = {{"is it up to date", "outrider detect status"},
                        {"for a script", "outrider detect status --json | jq .behind"}},
           .traits = {.remote = true, .fleet = true},
           .run = status},
          {.path = "detect list",
           .summary = "List what detection looks at, and its dials",
           .about = "A check says how surprising something is; it never alerts by itself, unless what it finds cannot "
                    "happen by chance (ALONE). What becomes an alert is in docs/detection.md.",
           .arguments = {},
           .options = {},
           .examples = {{"every check", "outrider detect list"},
                        {"what is turned", "outrider detect list --json | jq '.[] | select(.dials != [])'"}},
           .traits = {.remote = true, .fleet = true},
           .run = list},
          detect_tune_command(),
          detect_replay_command()};
}

}  // namespace outrider::cli
