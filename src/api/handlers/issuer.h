#pragma once
// Which issuing CA a caller means by its key identifier, or by the beginning of it that people are shown.
#include <string>

#include "api/house.h"

namespace outrider::api {

// Hex digits that must be given at least; 'ca status' shows sixteen.
inline constexpr std::size_t issuer_digits_min = 8;

// The key identifier (hex) of one CA whose certificates the fleet knows: its own issuing CAs, and those of other CAs it
// was given as device_ca. Reasons: bad-parameter, unknown-issuer, ambiguous-issuer.
Result<std::string> issuer_meant(const House& house, const FleetId& fleet, const std::string& text);

}  // namespace outrider::api
