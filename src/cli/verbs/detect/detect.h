#pragma once
// The commands of `outrider detect`, by file.
#include "base/json.h"
#include "cli/command/command.h"

namespace outrider::cli {

Command detect_tune_command();    // detect_tune.cpp
Command detect_replay_command();  // detect_replay.cpp

// Runs detection over history as `body` says, shows how far it is, and prints its report.
Result<void> run_replay(Context& context, const std::string& fleet, const json::Object& body);

}  // namespace outrider::cli
