#include "server/doctor/doctor.h"

#include <fmt/format.h>

#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/input/settings.h"
#include "cli/output/escape.h"
#include "cli/verbs/verbs.h"

namespace outrider::cli {
namespace {

using server::doctor::Diagnosis;
using server::doctor::Finding;
using server::doctor::Severity;

constexpr std::string_view mark_of(Severity severity) {
  switch (severity) {
    case Severity::problem:
      return "PROBLEM";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "";
}

constexpr Colour colour_of(Severity severity) {
  return severity == Severity::problem ? Colour::red : severity == Severity::warning ? Colour::yellow : Colour::dim;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

void print(Context& context, const Diagnosis& diagnosis) {
  for (const Finding& finding : diagnosis.findings) {
    context.out.line(fmt::format("{}  {}: {}",
                                 context.out.paint(colour_of(finding.severity), mark_of(finding.severity)),
                                 finding.check, escape(finding.what)));
    context.out.line(fmt::format("         because  {}", escape(finding.why)));
    context.out.line(fmt::format("         remedy   {}", escape(finding.remedy)));
    context.out.line();
  }
}

json::Value as_json(const Diagnosis& diagnosis) {
  json::Array looked_at;
  for (const auto& check : server::doctor::checks())
    looked_at.push_back(json::Object{{"check", check.name}, {"looks_at", check.looks_at}});
  json::Array findings;
  for (const Finding& finding : diagnosis.findings) findings.push_back(json::from(finding));
  return json::Object{{"problems", diagnosis.count(Severity::problem)},
                      {"warnings", diagnosis.count(Severity::warning)},
                      {"notes", diagnosis.count(Severity::note)},
                      {"findings", std::move(findings)},
                      {"checks", std::move(looked_at)}};
}

Result<void> doctor(Context& context) {
  const auto diagnosis =
      server::doctor::diagnose(server::doctor::examine(load_settings(context.args), context.args.flag("deep")));
  const std::size_t problems = diagnosis.count(Severity::problem);
  const std::size_t warnings = diagnosis.count(Severity::warning);
  if (context.json()) {
    context.out.value(as_json(diagnosis));
  } else {
    print(context, diagnosis);
    context.out.line(fmt::format("{}: {}, {}.", counted(server::doctor::checks().size(), "check"),
                                 counted(problems, "problem"), counted(warnings, "warning")));
  }
  if (problems != 0)
    return fail(Errc::unavailable, "doctor-problems", fmt::format("found {}", counted(problems, "problem")));
  if (warnings != 0)
    return fail(Errc::unavailable, std::string(reason_warnings), fmt::format("found {}", counted(warnings, "warning")));
  return {};
}

}  // namespace

std::vector<Command> doctor_commands() {
  return {{.path = "doctor",
           .summary = "Look the installation over and say what is wrong, why it matters and what helps",
           .about = "Checks the configuration, clock, disk, files, ports, ledger, database and certificates of this "
                    "machine, with "
                    "the server running or not, and changes nothing. Run it as the owner of the data directory. Ends "
                    "with status "
                    "0 when there is nothing but notes, 7 with warnings, 1 with problems.",
           .arguments = {},
           .options =
               {{"config", "FILE",
                 "the configuration file (default: OUTRIDER_CONFIG, then /etc/outrider/outrider.toml when it exists)"},
                {"data", "DIR", "the data directory, instead of the configuration's"},
                {"deep", "", "read everything: verify the whole ledger, check every page of the database"}},
           .examples = {{"when something seems wrong, and after every change", "outrider doctor"},
                        {"for a monitoring system",
                         "outrider doctor --json | jq -r '.findings[] | [.severity, .check, .what] | @tsv'"}},
           .traits = {},
           .run = doctor}};
}

}  // namespace outrider::cli
