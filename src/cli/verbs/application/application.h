#pragma once
// What the sources of the noun `app` share.
#include "base/ids.h"
#include "cli/command/command.h"
#include "cli/command/context.h"

namespace outrider::cli {

// The argument APP; a usage error when it is no id.
Result<ApplicationId> application_of(const Args& args);

// application_enrol.cpp: commands that lead to a certificate.
Command application_add_command();
Command application_code_command();
Command application_enrol_command();

}  // namespace outrider::cli
