#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/table.h"
#include "cli/quickstart/show.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

constexpr std::uint64_t devices_max = 100'000;  // what one machine serves
constexpr std::uint64_t devices_usual = 100;
constexpr std::uint64_t devices_of_breach = 200;
constexpr std::string_view interval_usual = "5s";  // a scenario has its own

void print(Context& context, const ShowSummary& summary) {
  context.out.line();
  print_fields(context.out,
               {{"devices enrolled", grouped(summary.devices_enrolled)},
                {"devices online", grouped(summary.devices_online)},
                {"reports sent", grouped(summary.reports_sent)},
                {"reports acknowledged", grouped(summary.reports_acknowledged)},
                {"entries durable", grouped(summary.entries_durable)},
                {"refused", grouped(summary.refused)},
                {"ledger", summary.ledger_verified ? Cell("verified: every hash and signature fits", Colour::green)
                                                   : Cell("not verified", Colour::red)}});
}

Result<void> quickstart(Context& context) {
  ShowOptions options;
  options.scenario = context.args.text("scenario");
  options.breach = context.args.flag("breach") || !options.scenario.empty();
  options.devices = options.breach ? devices_of_breach : devices_usual;
  if (context.args.has("devices")) {
    TRY(options.devices, context.args.number("devices", 1, devices_max));
  }
  TRY(options.run_for, context.args.duration("for"));
  CHECK(context.args.duration("interval"));
  options.interval = context.args.text("interval");
  if (options.interval.empty() && !options.breach) options.interval = interval_usual;
  options.data_as_typed = context.args.text("data");
  options.data = options.data_as_typed;
  ShowSummary summary;
  auto outcome = run_show(context, options, summary);
  if (options.breach) return outcome;  // its report has been printed, as a table or as JSON
  if (context.json()) {
    context.out.value(json::from(summary));
  } else if (outcome) {
    print(context, summary);
  }
  return outcome;
}

}  // namespace

std::vector<Command> quickstart_commands() {
  return {
      {.path = "quickstart",
       .summary = "See it all: a server, a simulated fleet and a live picture",
       .about =
           "Starts a server of its own on this machine, enrols simulated devices of all profiles in the fleet 'demo', "
           "lets "
           "them report, and shows what happens. Ctrl-C, or the time given with --for, ends it: the whole ledger is "
           "then "
           "verified and the server stopped. Everything is kept in the data directory; the next run goes on from "
           "there. "
           "Ports are the default ones, or any others when those are taken.\n\nWith --json the last line on standard "
           "output is "
           "one JSON object: devices_enrolled, devices_online, reports_sent, reports_acknowledged, entries_durable, "
           "ledger_verified, refused. With --breach or --scenario it is the scenario's report (docs/scenarios.md), and "
           "the "
           "exit code says whether of every step came what has to come of it.",
       .arguments = {},
       .options = {{"devices", "N", "how many devices are simulated (default: 100, with --breach 200)"},
                   {"data", "DIR", "where everything is kept", "./data"},
                   {"for", "DURATION", "end by itself so long after all devices are online (default: until Ctrl-C)"},
                   {"interval", "DURATION", "time between two reports of a device (default: 5s, or the scenario's)"},
                   {"breach", "", "play the freight breach on the fleet: an attacker with a stolen device's keys"},
                   {"scenario", "NAME", "play another one than the freight breach (outrider-sim breach --list)"}},
       .examples = {{"a hundred devices until Ctrl-C", "outrider quickstart"},
                    {"watch an attack: what is refused, noticed and done about it",
                     "outrider quickstart --breach --devices 200"},
                    {"another attack: a jammer at a car park", "outrider quickstart --scenario car-park-jammer"},
                    {"for a script: end after 20 seconds, one JSON line",
                     "outrider quickstart --devices 50 --for 20s --json --data ./demo"}},
       .traits = {},
       .run = quickstart}};
}

}  // namespace outrider::cli
