#pragma once
#include <string>
#include <string_view>

#include "base/bytes.h"

namespace outrider::gateway::est {

struct BasicCredentials {
  std::string user;
  Secret password;
};

// The value of an Authorization header of scheme Basic (RFC 7617). unauthenticated ("no-code") when it is absent or
// another scheme, malformed ("bad-authorization") when it is broken.
Result<BasicCredentials> parse_basic(std::string_view header);

}  // namespace outrider::gateway::est
