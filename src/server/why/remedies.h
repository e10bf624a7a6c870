#pragma once
// What can be done about a refusal, by its rule.
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"

namespace outrider::server {

struct Refused {
  std::string_view rule;
  std::string_view action;
  std::string_view topic;
  const DeviceId& holder;
};

// A sentence with the command to run; nothing when there is none to give.
std::optional<std::string> remedy_for(const Refused& refused);

}  // namespace outrider::server
