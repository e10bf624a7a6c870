#pragma once
// A device is confined to its own topics. These say why a topic or filter lies outside, in words that help whoever
// wrote the client: "forbidden" alone sends people to the wrong place.
#include <string>
#include <string_view>

#include "base/result.h"

namespace outrider::gateway::mqtt {

// `root` is the device's own, "d/t-1/". Reason: foreign-topic.
Error outside_to_publish(std::string_view root, std::string_view topic);
// Reasons: cross-device-wildcard (takes in other devices), server-topic ($SYS and the like), foreign-topic.
Error outside_to_subscribe(std::string_view root, std::string_view filter);

}  // namespace outrider::gateway::mqtt
