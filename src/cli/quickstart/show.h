#pragma once
// The demonstration from its start to its end: server, fleet, simulator, live picture, verification.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/json.h"
#include "base/result.h"
#include "cli/command/context.h"

namespace outrider::cli {

struct ShowOptions {
  std::filesystem::path data;
  std::string data_as_typed;  // for the commands that are suggested
  std::size_t devices = 0;
  std::string interval;                              // between reports, for the simulator
  std::optional<std::chrono::milliseconds> run_for;  // counted from when all devices are online; nothing: until Ctrl-C
  std::string scenario;                              // of the breach; empty: the freight breach
  bool breach = false;  // a scenario is played on the fleet, and its end is the end (docs/simulator.md)
};

// How it went: the last line with --json.
struct ShowSummary {
  std::uint64_t devices_enrolled = 0;
  std::uint64_t devices_online = 0;  // just before the simulator was stopped
  std::uint64_t reports_sent = 0;
  std::uint64_t reports_acknowledged = 0;
  std::uint64_t entries_durable = 0;
  bool ledger_verified = false;  // after every hash was recomputed
  std::uint64_t refused = 0;
  bool operator==(const ShowSummary&) const = default;
};
BOOST_DESCRIBE_STRUCT(ShowSummary, (),
                      (devices_enrolled, devices_online, reports_sent, reports_acknowledged, entries_durable,
                       ledger_verified, refused))

// Runs to the end; whatever it started has ended when it returns. The summary is as far as it got, also with an error.
Result<void> run_show(Context& context, const ShowOptions& options, ShowSummary& summary);

// The numbers of the simulator's last line of output.
void take_simulator_summary(std::string_view output, ShowSummary& summary);

}  // namespace outrider::cli
