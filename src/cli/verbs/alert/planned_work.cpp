// Work that excuses alerts.
#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

std::string whose(const json::Object& one) {
  if (const auto device = text_at(one, "device"); !device.empty()) return "device " + device;
  if (const auto profile = text_at(one, "profile"); !profile.empty()) return "profile " + profile;
  return "the whole fleet";
}

std::string excuses(const json::Object& one) {
  std::string out;
  for (const auto& threat : list_at(one, "threats")) out += (out.empty() ? "" : ", ") + shown(threat);
  return out.empty() ? "tampering, silence, firmware-rollback" : out;
}

Result<void> plan(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  json::Object body{
      {"reason", context.args.text("reason")}, {"until", context.args.text("until")}, {"dry_run", context.dry_run()}};
  for (const std::string_view name : {"device", "profile", "from"})
    if (const auto value = context.args.text(name); !value.empty()) body[name] = value;
  json::Array threats;
  for (std::string_view rest = context.args.text("threats"); !rest.empty();) {
    const auto comma = rest.find(',');
    if (const auto one = rest.substr(0, comma); !one.empty()) threats.emplace_back(one);
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  body["threats"] = std::move(threats);
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "maintenance"), body)));
  const std::string what = fmt::format("{} of {} from {} until {}", escape(excuses(answer)), escape(whose(answer)),
                                       escape(text_at(answer, "from")), escape(text_at(answer, "until")));
  return print_outcome(
      context, answer,
      {.would = fmt::format("Would excuse {}.", what),
       .done = fmt::format("Maintenance {}: {} is excused.", escape(text_at(answer, "maintenance")), what)});
}

Result<void> end(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const auto id = context.args.text("MAINTENANCE");
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "maintenance", id, "end"),
                                                json::Object{{"dry_run", context.dry_run()}})));
  return print_outcome(
      context, answer,
      {.would = fmt::format("Would end {}.", escape(id)),
       .done = fmt::format("Ended {}: nothing of {} is excused by it any more.", escape(id), escape(whose(answer)))});
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  Query query;
  if (context.args.flag("all")) query["all"] = "true";
  CHECK(print_list(
      context,
      {.path = path_of("fleets", fleet, "maintenance"),
       .query = std::move(query),
       .columns = {{"MAINTENANCE"},
                   {"STATE"},
                   {"OF"},
                   {"EXCUSES"},
                   {"FROM"},
                   {"UNTIL"},
                   {"BY"},
                   {"REASON", Align::left, true}},
       .none = "No maintenance is planned."},
      [](const json::Object& one) -> std::vector<Cell> {
        return {text_at(one, "maintenance"), text_at(one, "state"), whose(one),         excuses(one),
                text_at(one, "from"),        text_at(one, "until"), text_at(one, "by"), text_at(one, "reason")};
      }));
  return {};
}

}  // namespace

std::vector<Command> maintenance_commands() {
  return {{.path = "maintenance plan",
           .summary = "Plan work, so that what it brings about is no alert",
           .about = "Of a device, a profile or, with neither, the whole fleet. It excuses tampering, silence and "
                    "firmware unless --threats names others; a cloned identity stays an alert in the middle of it. "
                    "A work order is maintenance of one device whose reason names the order.",
           .arguments = {},
           .options = {{"device", "DEVICE", "of this device"},
                       {"profile", "PROFILE", "of all devices of this profile"},
                       {"threats", "THREATS", "what is excused, separated by commas"},
                       {"from", "WHEN", "a time, or how long from now: 2h (default: now)"},
                       {"until", "WHEN", "a time, or how long it takes: 4h; a year at most", "", true},
                       {"reason", "TEXT", "why, in plain words; kept in the ledger", "", true}},
           .examples = {{"a work order",
                         "outrider maintenance plan --device truck-7 --until 4h --reason \"order 4711: new battery\""},
                        {"tomorrow's update",
                         "outrider maintenance plan --profile fleet-tracker --from "
                         "2026-11-23T01:00:00Z --until 6h --reason \"release 2.4\""}},
           .traits = {.remote = true, .fleet = true, .mutates = true},
           .run = plan},
          {.path = "maintenance end",
           .summary = "Say that the work is done",
           .about = "",
           .arguments = {{"MAINTENANCE", "its id, from 'maintenance list'"}},
           .options = {},
           .examples = {{"done early", "outrider maintenance end m2"}},
           .traits = {.remote = true, .fleet = true, .mutates = true},
           .run = end},
          {.path = "maintenance list",
           .summary = "List work that is planned or under way",
           .about = "",
           .arguments = {},
           .options = {{"all", "", "also what is over"}},
           .examples = {{"what is excused", "outrider maintenance list"}},
           .traits = {.remote = true, .fleet = true},
           .run = list}};
}

}  // namespace outrider::cli
