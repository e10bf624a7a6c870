#pragma once
// Reads [detect] of a profile whose readings are read. Private to the room.
#include <toml++/toml.h>

#include <string_view>

#include "base/result.h"
#include "fleet/profile/profile.h"

namespace outrider::fleet {

// `table`: nullptr when the profile has none.
Result<void> read_detection(std::string_view file, const toml::table* table, Profile& out);

}  // namespace outrider::fleet
