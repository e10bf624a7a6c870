#pragma once
// The verbs of `identity`; identity_commands() in identity.cpp puts them in the table.
#include "base/result.h"
#include "cli/command/command.h"
#include "cli/command/context.h"

namespace outrider::cli {

// identity_revoke.cpp: one identity by its serial number, or all that a description means.
Command identity_revoke_command();
// Hex in either case, with or without the colons that openssl prints.
Result<std::string> serial_of(const Args& args);
// The identities of one holder, within what is shown of it.
void print_identities(Context& context, const json::Array& identities);

}  // namespace outrider::cli
