#pragma once
#include <string>
#include <string_view>

#include "cli/command/command.h"

namespace outrider::cli {

// `outrider device add --help`.
std::string help_of(const Command& command);
// `outrider device --help`; an empty noun: `outrider --help`.
std::string help_of_noun(std::string_view noun);
// docs/cli.md: every command, and the exit codes.
std::string manual();

}  // namespace outrider::cli
