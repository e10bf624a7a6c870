#pragma once
#include <span>
#include <string>

#include "base/time.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/output.h"

namespace outrider::cli {

// The whole command but for the process around it: parses `words` (without the program's name), runs, reports, and says
// how to exit.
Exit run(std::span<const std::string> words, Output& output, const Connect& connect, const Clock& clock);

}  // namespace outrider::cli
