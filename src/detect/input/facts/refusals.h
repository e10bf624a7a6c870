#pragma once
// The slugs of why a session ended and of what was refused (docs/format/entries.md: `rule`, `reason`, `sign`), as far
// as checks tell them apart.
#include <string_view>

#include "detect/input/observation.h"

namespace outrider::detect {

// Refusal::other for one that is not in the table.
Refusal refusal_of(std::string_view slug);
// Ending::expelled for one that is not in the table: every other reason is the server's own decision about the client.
Ending ending_of(std::string_view slug);

}  // namespace outrider::detect
