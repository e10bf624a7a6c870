#pragma once
// Times as HTTP says them (RFC 9110, 5.6.7).
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"

namespace outrider::gateway::pki {

// "Sun, 22 Nov 2026 10:00:00 GMT".
std::string to_http_date(Timestamp at);
// That form alone; nullopt for anything else, the two obsolete forms among it.
std::optional<Timestamp> from_http_date(std::string_view text);

}  // namespace outrider::gateway::pki
