#include <fmt/format.h>

#include <algorithm>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/escape.h"
#include "cli/verbs/answer.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Query query_of(const Args& args) {
  Query query{{"action", std::string(args.text("ACTION"))}};
  for (const auto& [argument, parameter] :
       {std::pair{"TOPIC", "topic"}, std::pair{"serial", "serial"}, std::pair{"address", "address"}}) {
    if (args.has(argument)) query[parameter] = args.text(argument);
  }
  if (args.has("as-of")) {
    const auto moment = args.text("as-of");
    query[is_number(moment) ? "entry" : "time"] = moment;
  }
  return query;
}

void print_facts(Context& context, const json::Object& answer) {
  print_section(context, {{"FACT", Align::left, true}, {"ENTRY", Align::right}, {"KIND"}, {"SINCE", Align::right}},
                list_at(answer, "facts"), [&](const json::Object& fact) -> std::vector<Cell> {
                  return {text_at(fact, "says"), text_at(fact, "entry"), text_at(fact, "kind"),
                          age_at(fact, "time", context.now())};
                });
}

Result<void> why(Context& context) {
  TRY(const auto fleet, context.fleet());
  TRY(Api * server, context.api());
  TRY(const auto answer, object_of(server->get(path_of("fleets", fleet, "why", std::string(context.args.text("WHO"))),
                                               query_of(context.args))));
  const bool allowed = flag_at(answer, "allowed");
  if (context.json()) {
    context.out.value(answer);
  } else {
    const std::string topic = text_at(answer, "topic");
    context.out.line(fmt::format("{} {} {}{}: {}", escape(text_at(answer, "who")),
                                 context.out.paint(allowed ? Colour::green : Colour::red, allowed ? "may" : "may not"),
                                 escape(text_at(answer, "action")), topic.empty() ? "" : " " + escape(topic),
                                 escape(text_at(answer, "detail"))));
    context.out.line(fmt::format("Rule: {}. As of entry {}, {}.", escape(text_at(answer, "rule")),
                                 text_at(answer, "entry"), escape(text_at(answer, "time"))));
    if (const std::string remedy = text_at(answer, "remedy"); !remedy.empty())
      context.out.line("Remedy: " + escape(remedy));
    print_facts(context, answer);
  }
  if (allowed) return {};
  return fail(Errc::conflict, std::string(reason_not_allowed), text_at(answer, "rule"));
}

}  // namespace

std::vector<Command> why_commands() {
  return {
      {.path = "why",
       .summary = "Say why a device or application may do something, or may not",
       .about =
           "Judged by the rules that judge live, on what the ledger says: with the fact and the entry that decide, "
           "and what can be done about a refusal. With --as-of it answers for the past.\n\n"
           "The exit status is 0 when it is allowed and 1 when it is not.",
       .arguments = {{"WHO", "a device's id, or an application's (app:ID when a device has the same)"},
                     {"ACTION", "connect, publish, subscribe, receive, enrol or renew"},
                     {"TOPIC", "the topic of publish and receive, the filter of subscribe", true}},
       .options = {{"as-of", "MOMENT", "an entry's number, a time (RFC 3339) or an age (2h) instead of now"},
                   {"serial", "SERIAL", "with this certificate (default: the newest that is not revoked)"},
                   {"address", "IP", "from this address, so that networks are judged too"}},
       .examples = {{"a device that cannot connect", "outrider why truck-7 connect"},
                    {"a filter that is refused", "outrider why truck-7 subscribe 'd/+/telemetry'"},
                    {"what was so when it happened", "outrider why billing receive d/truck-7/telemetry --as-of 1234"}},
       .traits = {.remote = true, .fleet = true},
       .run = why},
  };
}

}  // namespace outrider::cli
