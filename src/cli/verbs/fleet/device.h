#pragma once
// The verbs of `device`; device_commands() in device.cpp puts them in the table.
#include "base/result.h"
#include "cli/command/command.h"
#include "cli/command/context.h"

namespace outrider::cli {

// fleet/device_add.cpp: one device, or a whole file.
Command device_add_command();
// fleet/device_labels.cpp: a file of codes as labels to print.
Command device_labels_command();
// fleet/device_state.cpp: quarantine, release, lost, stolen, found, retire.
std::vector<Command> device_state_commands();

}  // namespace outrider::cli
