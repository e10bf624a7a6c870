// What people say of an alert: they look after it, what it was, whose it is.
#include <fmt/format.h>

#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/alert/alert.h"
#include "cli/verbs/answer.h"

namespace outrider::cli {
namespace {

Result<void> decide(Context& context, std::string_view verb, json::Object body, const Outcome& outcome) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  body["dry_run"] = context.dry_run();
  if (const auto comment = context.args.text("comment"); !comment.empty()) body["comment"] = comment;
  TRY(const auto answer,
      object_of(server->post(path_of("fleets", fleet, "alerts", context.args.text("ALERT"), verb), body)));
  return print_outcome(context, answer, outcome);
}

std::string id(Context& context) {
  return escape(context.args.text("ALERT"));
}

Result<void> acknowledge(Context& context) {
  return decide(context, "acknowledge", {},
                {.would = fmt::format("Would acknowledge {}.", id(context)),
                 .done = fmt::format("Acknowledged {}: somebody looks after it.", id(context))});
}

Result<void> resolve(Context& context) {
  const auto word = context.args.text("OUTCOME");
  const std::string_view outcome = word == "true" ? "true_alarm" : word == "false" ? "false_alarm" : word;
  if (outcome != "true_alarm" && outcome != "false_alarm" && outcome != "expected")
    return std::unexpected(usage_error(
        fmt::format("OUTCOME: expected true (it was one), false (it was none) or expected (it was work), not '{}'",
                    escape(word.substr(0, 64)))));
  return decide(context, "resolve", {{"outcome", outcome}},
                {.would = fmt::format("Would resolve {} as {}.", id(context), escape(word)),
                 .done = fmt::format("Resolved {} as {}.", id(context), escape(word))});
}

Result<void> assign(Context& context) {
  const auto whom = context.args.text("WHOM");
  const auto assignee = whom == "nobody" ? std::string_view() : whom;
  return decide(context, "note", {{"assignee", assignee}},
                {.would = fmt::format("Would assign {} to {}.", id(context), escape(whom)),
                 .done = fmt::format("Assigned {} to {}.", id(context), escape(whom))});
}

Result<void> comment(Context& context) {
  return decide(context, "note", {{"comment", context.args.text("TEXT")}},
                {.would = fmt::format("Would comment on {}.", id(context)),
                 .done = fmt::format("Commented on {}.", id(context))});
}

constexpr Option comment_option{"comment", "TEXT", "kept in the ledger with it"};
constexpr Argument alert_argument{"ALERT", "its id, or an unambiguous beginning"};
constexpr Traits traits{.remote = true, .fleet = true, .mutates = true};

}  // namespace

std::vector<Command> alert_decide_commands() {
  return {{.path = "alert ack",
           .summary = "Acknowledge an alert: somebody looks after it",
           .about = "A ticket that becomes a page afterwards is open again.",
           .arguments = {alert_argument},
           .options = {comment_option},
           .examples = {{"on it", "outrider alert ack 5f3a9c0e11d27b84 --comment \"calling the driver\""}},
           .traits = traits,
           .run = acknowledge},
          {.path = "alert resolve",
           .summary = "Close an alert as true, false or expected",
           .about = "What comes after that is a new alert. The outcome is what detection is measured by.",
           .arguments = {alert_argument, {"OUTCOME", "true, false or expected"}},
           .options = {comment_option},
           .examples = {{"it was a workshop",
                         "outrider alert resolve 5f3a9c0e11d27b84 expected --comment \"planned, order 4711\""}},
           .traits = traits,
           .run = resolve},
          {.path = "alert assign",
           .summary = "Say whose an alert is",
           .about = "",
           .arguments = {alert_argument, {"WHOM", "a name; 'nobody' takes it back"}},
           .options = {comment_option},
           .examples = {{"hers", "outrider alert assign 5f3a9c0e11d27b84 alice"}},
           .traits = traits,
           .run = assign},
          {.path = "alert comment",
           .summary = "Add a comment to an alert",
           .about = "",
           .arguments = {alert_argument, {"TEXT", "at most 2,000 bytes"}},
           .options = {},
           .examples = {{"for the file", "outrider alert comment 5f3a9c0e11d27b84 \"driver confirms the stop\""}},
           .traits = traits,
           .run = comment}};
}

}  // namespace outrider::cli
