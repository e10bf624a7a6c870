#include <fmt/format.h>

#include "cli/output/escape.h"
#include "cli/verbs/alert/alert.h"
#include "cli/verbs/answer.h"

namespace outrider::cli {
namespace {

// "threat tampering, device truck-7".
std::string matches(const json::Object& one) {
  std::string out;
  for (const std::string_view name : {"threat", "check", "device", "profile"})
    if (const auto value = text_at(one, name); !value.empty())
      out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, value);
  return out;
}

Result<void> suppress(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  json::Object body{
      {"reason", context.args.text("reason")}, {"expires", context.args.text("for")}, {"dry_run", context.dry_run()}};
  for (const std::string_view name : {"threat", "check", "device", "profile"})
    if (const auto value = context.args.text(name); !value.empty()) body[name] = value;
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "suppressions"), body)));
  const std::string what = escape(matches(answer));
  const std::string until = escape(text_at(answer, "expires"));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would not alert {} until {}.", what, until),
                        .done = fmt::format("Suppression {}: {} is not alerted until {}.",
                                            escape(text_at(answer, "suppression")), what, until)});
}

Result<void> unsuppress(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const auto id = context.args.text("SUPPRESSION");
  TRY(const auto answer, object_of(server->post(path_of("fleets", fleet, "suppressions", id, "lift"),
                                                json::Object{{"dry_run", context.dry_run()}})));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would alert {} again.", escape(matches(answer))),
                        .done = fmt::format("Lifted {}: {} is alerted again.", escape(id), escape(matches(answer)))});
}

Result<void> suppressions(Context& context) {
  TRY(const auto fleet, context.fleet());
  Query query;
  if (context.args.flag("all")) query["all"] = "true";
  CHECK(print_list(
      context,
      {.path = path_of("fleets", fleet, "suppressions"),
       .query = std::move(query),
       .columns = {{"SUPPRESSION"}, {"STATE"}, {"NOT ALERTED"}, {"UNTIL"}, {"BY"}, {"REASON", Align::left, true}},
       .none = "Nothing is suppressed."},
      [](const json::Object& one) -> std::vector<Cell> {
        return {text_at(one, "suppression"), text_at(one, "state"), matches(one),
                text_at(one, "expires"),     text_at(one, "by"),    text_at(one, "reason")};
      }));
  return {};
}

}  // namespace

std::vector<Command> alert_suppress_commands() {
  return {
      {.path = "alert suppress",
       .summary = "Alert something no longer, for a while",
       .about = "Everything that is named must match. Suppressing a check leaves alerts that other checks are "
                "reason enough for. Evidence is weighed all the same, and 'alert suppressions --all' keeps what was "
                "said and by whom.",
       .arguments = {},
       .options = {{"threat", "THREAT", "alerts of this threat"},
                   {"check", "CHECK", "what this check says ('outrider detect list')"},
                   {"device", "DEVICE", "about this device"},
                   {"profile", "PROFILE", "about devices of this profile"},
                   {"reason", "TEXT", "why, in plain words; kept in the ledger", "", true},
                   {"for", "TIME", "how long (4h, 7d), or until when; a year at most", "", true}},
       .examples = {{"a lamp in the box",
                     "outrider alert suppress --check light --device truck-7 --reason \"lamp "
                     "fitted, order 4711\" --for 30d"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = suppress},
      {.path = "alert unsuppress",
       .summary = "End a suppression before its time",
       .about = "",
       .arguments = {{"SUPPRESSION", "its id, from 'alert suppressions'"}},
       .options = {},
       .examples = {{"again", "outrider alert unsuppress s3"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = unsuppress},
      {.path = "alert suppressions",
       .summary = "List what is not alerted, why and until when",
       .about = "",
       .arguments = {},
       .options = {{"all", "", "also those that are over"}},
       .examples = {{"in force", "outrider alert suppressions"}},
       .traits = {.remote = true, .fleet = true},
       .run = suppressions}};
}

}  // namespace outrider::cli
