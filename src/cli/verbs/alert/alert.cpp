#include "cli/verbs/alert/alert.h"

#include <fmt/format.h>

#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/output/table.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::size_t devices_shown_max = 20;
constexpr std::uint64_t list_max = 10'000;

Cell state_cell(const json::Object& alert) {
  const auto state = text_at(alert, "state");
  const auto outcome = text_at(alert, "outcome");
  if (outcome == "true_alarm") return {"resolved: true", Colour::dim};
  if (outcome == "false_alarm") return {"resolved: false", Colour::dim};
  if (outcome == "expected") return {"resolved: expected", Colour::dim};
  return {state, state == "open" ? Colour::yellow : Colour::none};
}

std::string who(const json::Object& alert) {
  const auto device = text_at(alert, "device");
  if (!device.empty()) return device;
  const auto count = number_at(alert, "device_count");
  return count == 0 ? "(unknown names)" : fmt::format("{} devices", grouped(count));
}

std::string risk(const json::Object& alert) {
  const auto* value = alert.if_contains("risk");
  const double nats = value != nullptr && value->is_number() ? value->to_number<double>() : 0;
  return fmt::format("{:.1f}{}", nats, flag_at(alert, "proof") ? " (proof)" : "");
}

std::string joined(const json::Array& items, std::string_view between) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : std::string(between)) + shown(item);
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  if (context.args.flag("follow")) return follow_alerts(context, fleet);
  TRY(const auto limit, context.args.number("limit", 1, list_max));
  Query query{{"limit", fmt::format("{}", std::min<std::uint64_t>(limit, 1000))}};
  for (const std::string_view name : {"level", "threat", "device", "state", "since"})
    if (const auto value = context.args.text(name); !value.empty()) query[std::string(name)] = value;
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "alerts"),
                    .query = std::move(query),
                    .items_max = limit,
                    .columns = {{"ALERT"},
                                {"LEVEL"},
                                {"RAISED", Align::right},
                                {"STATE"},
                                {"THREAT"},
                                {"DEVICE"},
                                {"RISK", Align::right},
                                {"ASSIGNEE"},
                                {"TITLE", Align::left, true}},
                    .none = "No alerts."},
                   [&](const json::Object& alert) -> std::vector<Cell> {
                     return {text_at(alert, "alert"),
                             level_cell(alert),
                             age_at(alert, "raised", context.now()),
                             state_cell(alert),
                             text_at(alert, "threat"),
                             who(alert),
                             risk(alert),
                             text_at(alert, "assignee"),
                             text_at(alert, "title")};
                   }));
  return {};
}

std::string devices_of(const json::Object& alert) {
  const auto& all = list_at(alert, "devices");
  json::Array first(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(all.size(), devices_shown_max)));
  std::string out = joined(first, ", ");
  const auto count = number_at(alert, "device_count");
  if (count > first.size() && !first.empty()) out += fmt::format(" and {} more", grouped(count - first.size()));
  return out;
}

// A figure of a check, as short as it can be.
std::string figure(const json::Object& evidence, std::string_view key) {
  const auto* value = evidence.if_contains(key);
  return value != nullptr && value->is_number() ? fmt::format("{:.4g}", value->to_number<double>()) : std::string();
}

void print_alert(Context& context, const json::Object& alert) {
  print_fields(
      context.out,
      {{"alert", text_at(alert, "alert")},
       {"title", {text_at(alert, "title"), Colour::bold}},
       {"level", level_cell(alert)},
       {"state", state_cell(alert)},
       {"threat", text_at(alert, "threat")},
       {"device", text_at(alert, "device")},
       {"devices", devices_of(alert)},
       {"risk", risk(alert)},
       {"techniques", joined(list_at(alert, "techniques"), " ")},
       {"raised", fmt::format("{} ({})", text_at(alert, "raised"), age_at(alert, "raised", context.now()))},
       {"grown", number_at(alert, "grown") == 0 ? std::string() : fmt::format("{} times", number_at(alert, "grown"))},
       {"assignee", text_at(alert, "assignee")},
       {"incident", text_at(alert, "incident")},
       {"entry", fmt::format("{}", number_at(alert, "entry"))}});
  context.out.line();
  context.out.line(escape(text_at(alert, "explanation")));
  print_section(context,
                {{"FAMILY"},
                 {"CHECK"},
                 {"NATS", Align::right},
                 {"OBSERVED", Align::right},
                 {"EXPECTED", Align::right},
                 {"LIMIT", Align::right},
                 {"ENTRIES"}},
                list_at(alert, "evidence"), [](const json::Object& one) -> std::vector<Cell> {
                  return {text_at(one, "family"),
                          text_at(one, "check"),
                          figure(one, "nats"),
                          figure(one, "observed"),
                          figure(one, "expected"),
                          figure(one, "limit"),
                          joined(list_at(one, "entries"), " ")};
                });
  print_section(context,
                {{"ENTRY", Align::right}, {"TIME"}, {"KIND"}, {"WHY HERE"}, {"BY"}, {"TEXT", Align::left, true}},
                list_at(alert, "timeline"), [](const json::Object& one) -> std::vector<Cell> {
                  const auto part = text_at(one, "part");
                  return {fmt::format("{}", number_at(one, "entry")),
                          text_at(one, "at"),
                          text_at(one, "kind"),
                          {part == "around" ? "" : part, part == "evidence" ? Colour::cyan : Colour::none},
                          text_at(one, "by"),
                          text_at(one, "text")};
                });
  context.out.note(
      "'outrider ledger show N' shows an entry, 'outrider ledger prove N' proves that it is in the ledger.");
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto alert, object_of(server->get(path_of("fleets", fleet, "alerts", context.args.text("ALERT")))));
  if (context.json()) {
    context.out.value(alert);
  } else {
    print_alert(context, alert);
  }
  return {};
}

}  // namespace

Cell level_cell(const json::Object& alert) {
  const auto level = text_at(alert, "level");
  return {level, level == "page" ? Colour::red : Colour::none};
}

std::vector<Command> alert_look_commands() {
  return {{.path = "alert list",
           .summary = "List alerts, the newest first",
           .about = "Those that stand (open or acknowledged), unless --state says otherwise. A page wakes somebody; a "
                    "ticket can wait for the morning. What becomes which is in docs/detection.md.",
           .arguments = {},
           .options = {{"level", "LEVEL", "page or ticket"},
                       {"threat", "THREAT", "cloned-identity, false-position … ('outrider detect list')"},
                       {"device", "DEVICE", "about this device, incidents that list it included"},
                       {"state", "STATE", "open, acknowledged, resolved, standing or all"},
                       {"since", "WHEN", "raised or changed since: 2h, 7d or a time"},
                       {"limit", "N", "at most so many", "100"},
                       {"follow", "", "print each as it is raised or grows, until Ctrl-C"}},
           .examples = {{"what stands", "outrider alert list"},
                        {"who must get up", "outrider alert list --level page --state open"},
                        {"live", "outrider alert list --follow"}},
           .traits = {.remote = true, .fleet = true},
           .run = list},
          {.path = "alert show",
           .summary = "Show an alert: risk by family, evidence with figures, entries to look at, its timeline",
           .about = "",
           .arguments = {{"ALERT", "its id, or an unambiguous beginning of six digits and more"}},
           .options = {},
           .examples = {{"the case", "outrider alert show 5f3a9c0e11d27b84"}},
           .traits = {.remote = true, .fleet = true},
           .run = show}};
}

std::vector<Command> alert_commands() {
  std::vector<Command> out;
  for (auto* group : {alert_look_commands, alert_decide_commands, alert_suppress_commands})
    for (Command& command : group()) out.push_back(std::move(command));
  return out;
}

}  // namespace outrider::cli
