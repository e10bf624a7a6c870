#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sim/breach/breach.h"
#include "sim/run/settings.h"

namespace outrider::sim {

// Exit codes of outrider-sim; docs/simulator.md promises them.
inline constexpr int exit_done = 0;    // the run ended as ordered, by time or by a signal
inline constexpr int exit_failed = 1;  // nothing could enrol or connect, or the run had to be given up
inline constexpr int exit_usage = 2;   // the command line or an input file is wrong

// What a command line asks for.
struct Options {
  RunSettings settings;
  std::optional<BreachSettings> breach;  // play a scenario instead; `settings` is then unused
  std::optional<std::string> text;       // --help, --version: print this and leave
};

// Arguments without the program's name. An Error (malformed) says which option is wrong and why.
Result<Options> parse_options(std::vector<std::string> arguments);

}  // namespace outrider::sim
