#pragma once
// The verbs of `ca`; ca_commands() in ca.cpp puts them in the table.
#include "cli/command/command.h"

namespace outrider::cli {

// ca_keys.cpp: the root's key goes offline and comes back, and what was signed offline comes in.
Command ca_export_command();
Command ca_import_command();

}  // namespace outrider::cli
