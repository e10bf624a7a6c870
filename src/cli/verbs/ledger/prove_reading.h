#pragma once
// Checking a bundle of 'prove reading', for 'outrider verify'.
#include <string>
#include <string_view>

#include "cli/command/context.h"
#include "identity/signed/reading_proof.h"

namespace outrider::cli {

// `log_key`: a note verifier key, or empty.
Result<void> verify_reading(Context& context, std::string_view text, std::string log_key);

}  // namespace outrider::cli
