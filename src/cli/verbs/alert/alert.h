#pragma once
// The verbs about alerts, by file.
#include <vector>

#include "cli/command/command.h"
#include "cli/command/context.h"
#include "cli/output/table.h"

namespace outrider::cli {

std::vector<Command> alert_look_commands();      // alert.cpp: list, show
std::vector<Command> alert_decide_commands();    // alert_decide.cpp: ack, resolve, assign, comment
std::vector<Command> alert_suppress_commands();  // suppression.cpp: suppress, unsuppress, suppressions

// alert_follow.cpp: prints each alert as it is raised or grows, until the server ends the stream.
Result<void> follow_alerts(Context& context, const std::string& fleet);

// "page" stands out.
Cell level_cell(const json::Object& alert);

}  // namespace outrider::cli
