#pragma once
// What route and fence take alike.
#include "cli/command/args.h"

namespace outrider::cli {

// A length in metres; the server knows the bounds.
Result<double> metres_of(const Args& args, std::string_view option);

}  // namespace outrider::cli
