#pragma once
#include <memory>
#include <string>

#include "base/result.h"
#include "cli/command/args.h"
#include "cli/remote/api.h"

namespace outrider::cli {

// The transport meant by --server/--token-file/--ca, or the local socket of the data directory. Connects with the
// first request. No answer at all is an error with the reason "server-unreachable" that says what to do.
Result<std::unique_ptr<Transport>> connect(const Args& args);

}  // namespace outrider::cli
