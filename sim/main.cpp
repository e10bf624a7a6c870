// outrider-sim: a fleet of devices in one process. docs/simulator.md
#include <fmt/format.h>

#include <cstdio>

#include "base/json.h"
#include "sim/options.h"
#include "sim/run/run.h"

namespace {

using namespace outrider;

int complain(const Error& error, int code) {
  fmt::print(stderr, "outrider-sim: {}\n", error.text());
  return code;
}

// Whose fault it is decides the exit code: the input's, or the world's.
int exit_code_of(const Error& error) {
  switch (error.code) {
    case Errc::malformed:
    case Errc::too_large:
    case Errc::not_found:
    case Errc::conflict:
      return sim::exit_usage;
    default:
      return sim::exit_failed;
  }
}

}  // namespace

int main(int argc, char** argv) {
  auto options = sim::parse_options({argv + 1, argv + argc});
  if (!options) return complain(options.error(), sim::exit_usage);
  if (options->text) {
    fmt::print("{}", *options->text);
    return sim::exit_done;
  }
  if (options->breach) {
    const auto report = sim::play_breach(*options->breach);
    if (!report) return complain(report.error(), exit_code_of(report.error()));
    fmt::print("{}\n", options->breach->json ? json::write(*report) : sim::to_text(*report));
    return report->held ? sim::exit_done : sim::exit_failed;
  }
  const auto summary = sim::run_fleet(options->settings);
  if (!summary) return complain(summary.error(), exit_code_of(summary.error()));
  if (options->settings.json) {
    fmt::print("{}\n", json::write(*summary));
  } else {
    fmt::print(
        "{} devices enrolled, {} online at the end\n{} reports sent, {} acknowledged, {} missed\n{} refused, {} "
        "reconnects\n",
        summary->devices_enrolled, summary->devices_online, summary->reports_sent, summary->reports_acknowledged,
        summary->reports_missed, summary->refused, summary->reconnects);
    if (summary->enrol_seconds > 0) {
      fmt::print("enrolled in {:.1f} s, {:.0f} a second\n", summary->enrol_seconds, summary->enrolments_per_second);
    }
  }
  return sim::exit_done;
}
