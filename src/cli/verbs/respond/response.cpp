// What was done about alerts, what is proposed, and actuation that waits for a person.
#include <fmt/format.h>

#include <algorithm>

#include "cli/command/context.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::uint64_t items_max = 10'000;

std::string spaced(std::string text) {
  std::ranges::replace(text, '_', ' ');
  return text;
}

Cell state_cell(const json::Object& item) {
  const std::string state = text_at(item, "state");
  if (state == "proposed" || state == "held") return {spaced(state), Colour::yellow};
  if (state == "failed" || state == "unknown") return {spaced(state), Colour::red};
  return spaced(state);
}

std::string who_decides(const json::Object& item) {
  const auto needs = number_at(item, "needs");
  if (needs == 0) return text_at(item, "by");
  return fmt::format("{} of {}", list_at(item, "approvals").size(), needs);
}

Query query_of(Context& context, std::initializer_list<std::string_view> names) {
  Query out;
  for (const auto name : names)
    if (context.args.has(name)) out[std::string(name)] = context.args.text(name);
  return out;
}

Result<void> list(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "responses"),
                    .query = query_of(context, {"state", "device", "alert"}),
                    .items_max = items_max,
                    .columns = {{"RESPONSE"},
                                {"STATE"},
                                {"ACTION"},
                                {"DEVICE"},
                                {"SINCE", Align::right},
                                {"APPROVED"},
                                {"PLAYBOOK"},
                                {"DETAIL", Align::left, true}},
                    .none = "None."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     return {text_at(item, "response"),
                             state_cell(item),
                             text_at(item, "action"),
                             text_at(item, "device"),
                             age_at(item, "changed", context.now()),
                             who_decides(item),
                             text_at(item, "playbook"),
                             text_at(item, "detail")};
                   }));
  return {};
}

Result<void> show(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto item, object_of(server->get(path_of("fleets", fleet, "responses", context.args.text("RESPONSE")))));
  if (context.json()) {
    context.out.value(item);
    return {};
  }
  const auto* const approvals = item.if_contains("approvals");
  print_fields(context.out,
               {{"response", text_at(item, "response")},
                {"state", state_cell(item)},
                {"in force", flag_at(item, "in_force") ? "yes" : ""},
                {"action", text_at(item, "action")},
                {"device", text_at(item, "device")},
                {"alert", text_at(item, "alert")},
                {"playbook", fmt::format("{}, step {}", text_at(item, "playbook"), number_at(item, "step") + 1)},
                {"proposed because", text_at(item, "because")},
                {"approved", who_decides(item)},
                {"approved by", approvals == nullptr ? std::string() : shown(*approvals)},
                {"decided by", text_at(item, "by")},
                {"detail", text_at(item, "detail")},
                {"message", text_at(item, "message")},
                {"alert's entry", text_at(item, "cause")},
                {"created", text_at(item, "created")},
                {"changed", text_at(item, "changed")}});
  return {};
}

// What a decision came to: it may need another person, and it may have failed.
std::string came_to(const json::Object& item) {
  const std::string state = text_at(item, "state");
  const std::string id = escape(text_at(item, "response"));
  if (state == "proposed")
    return fmt::format("Approved by {} of {}: somebody else must approve {}, too.", list_at(item, "approvals").size(),
                       number_at(item, "needs"), id);
  if (state == "started") return fmt::format("{} has begun.", id);
  return fmt::format("{} is {}: {}.", id, spaced(state), escape(text_at(item, "detail")));
}

template <bool approve>
Result<void> decide(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string id(context.args.text("RESPONSE"));
  constexpr std::string_view word = approve ? "approve" : "reject";
  TRY(const auto answer,
      object_of(server->post(
          path_of("fleets", fleet, "responses", id, "decide"),
          json::Object{{"decision", word}, {"why", context.args.text("reason")}, {"dry_run", context.dry_run()}})));
  CHECK(print_outcome(context, answer,
                      {.would = fmt::format("Would {} {}.", word, escape(id)), .done = came_to(answer)}));
  // Who approves wants it done; a script must hear that it was not.
  const std::string state = text_at(answer, "state");
  if (context.dry_run() || !approve || (state != "failed" && state != "unknown")) return {};
  return fail(Errc::unavailable, "response-" + state, text_at(answer, "detail"));
}

Result<void> release(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string id(context.args.text("RESPONSE"));
  TRY(const auto answer,
      object_of(server->post(path_of("fleets", fleet, "responses", id, "release"),
                             json::Object{{"why", context.args.text("reason")}, {"dry_run", context.dry_run()}})));
  return print_outcome(context, answer, {.would = fmt::format("Would undo {}.", escape(id)), .done = came_to(answer)});
}

Result<void> list_actuations(Context& context) {
  TRY(const auto fleet, context.fleet());
  CHECK(print_list(context,
                   {.path = path_of("fleets", fleet, "actuations"),
                    .query = query_of(context, {"state", "device"}),
                    .items_max = items_max,
                    .columns = {{"ACTUATION"},
                                {"STATE"},
                                {"DEVICE"},
                                {"RULE"},
                                {"SINCE", Align::right},
                                {"TOPIC"},
                                {"DETAIL", Align::left, true}},
                    .none = "None."},
                   [&](const json::Object& item) -> std::vector<Cell> {
                     return {text_at(item, "actuation"),
                             state_cell(item),
                             text_at(item, "device"),
                             fmt::format("{}/{}", text_at(item, "playbook"), text_at(item, "rule")),
                             age_at(item, "changed", context.now()),
                             text_at(item, "topic"),
                             text_at(item, "detail")};
                   }));
  return {};
}

template <bool approve>
Result<void> decide_actuation(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  const std::string id(context.args.text("ACTUATION"));
  constexpr std::string_view word = approve ? "approve" : "reject";
  TRY(const auto answer,
      object_of(server->post(
          path_of("fleets", fleet, "actuations", id, "decide"),
          json::Object{{"decision", word}, {"why", context.args.text("reason")}, {"dry_run", context.dry_run()}})));
  return print_outcome(context, answer,
                       {.would = fmt::format("Would {} {}.", word, escape(id)),
                        .done = fmt::format("{}: {}.", escape(id), escape(spaced(text_at(answer, "state"))))});
}

constexpr Option reason{"reason", "TEXT", "why, in plain words; kept in the ledger", "", true};
constexpr Option reason_or_none{"reason", "TEXT", "why, in plain words; kept in the ledger"};

}  // namespace

std::vector<Command> response_commands() {
  const Argument id{"RESPONSE", "its id, from 'response list'"};
  return {
      {.path = "response list",
       .summary = "List what was done about alerts, and what is proposed",
       .about = "",
       .arguments = {},
       .options = {{"state", "STATE",
                    "only proposed, started, done, failed, observed, rejected, withdrawn, released …"},
                   {"device", "DEVICE", "only of this device"},
                   {"alert", "ALERT", "only of this alert"}},
       .examples = {{"what waits for a person", "outrider response list --state proposed"}},
       .traits = {.remote = true, .fleet = true},
       .run = list},
      {.path = "response show",
       .summary = "Show one response",
       .about = "",
       .arguments = {id},
       .options = {},
       .examples = {{"before deciding", "outrider response show 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true},
       .run = show},
      {.path = "response approve",
       .summary = "Approve a proposal; what cannot be taken back needs a second person",
       .about = "A person is an API token, or a local user. The same one counts once.",
       .arguments = {id},
       .options = {reason_or_none},
       .examples = {{"after looking at the alert", "outrider response approve 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = decide<true>},
      {.path = "response reject",
       .summary = "Reject a proposal",
       .about = "",
       .arguments = {id},
       .options = {reason},
       .examples = {{"the workshop has it", "outrider response reject 5f3a9c0e11d27b84 --reason \"in the workshop\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = decide<false>},
      {.path = "response release",
       .summary = "Undo a quarantine or held actuation that a playbook has brought about",
       .about = "",
       .arguments = {id},
       .options = {reason},
       .examples = {{"it was looked at", "outrider response release 5f3a9c0e11d27b84 --reason \"cleared\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = release},
  };
}

std::vector<Command> actuation_commands() {
  const Argument id{"ACTUATION", "its id, from 'actuation list'"};
  return {
      {.path = "actuation list",
       .summary = "List what acted on devices' words, or waits for a person",
       .about =
           "A playbook's [[actuate]] rules act on readings of at least a class of trust; what falls short, or comes "
           "from a device with a standing alert, is held.",
       .arguments = {},
       .options = {{"state", "STATE", "only held, published, nobody-listens, rejected, superseded, unknown"},
                   {"device", "DEVICE", "only of this device"}},
       .examples = {{"what waits", "outrider actuation list --state held"}},
       .traits = {.remote = true, .fleet = true},
       .run = list_actuations},
      {.path = "actuation approve",
       .summary = "Let held actuation happen",
       .about = "",
       .arguments = {id},
       .options = {reason_or_none},
       .examples = {{"the driver was asked", "outrider actuation approve 5f3a9c0e11d27b84"}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = decide_actuation<true>},
      {.path = "actuation reject",
       .summary = "Let held actuation not happen",
       .about = "",
       .arguments = {id},
       .options = {reason},
       .examples = {{"the position was false", "outrider actuation reject 5f3a9c0e11d27b84 --reason \"spoofed\""}},
       .traits = {.remote = true, .fleet = true, .mutates = true},
       .run = decide_actuation<false>},
  };
}

}  // namespace outrider::cli
