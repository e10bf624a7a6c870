#pragma once
// Whether the threats of a playbook exist. Its parser stands in a room that knows nothing of detection; a misspelt one
// would never be due, and nobody would know.
#include <string_view>

#include "respond/playbook/playbook.h"

namespace outrider::api {

// Reason: unknown-threat. `file` is for the message.
Result<void> check_threats(const respond::Playbook& playbook, std::string_view file);

}  // namespace outrider::api
