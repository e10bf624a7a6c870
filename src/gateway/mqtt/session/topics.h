#pragma once
// Which topics are the caller's own (design section 4.7): everything below "d/<device>/", for which "d/me/" is an
// alias.
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "fleet/profile.h"

namespace outrider::gateway::mqtt {

// A topic name or filter of the caller's own root.
struct OwnTopic {
  std::string_view leaf;  // what follows "d/<device>/": "telemetry", "command/ack", "#"; never empty
  bool by_alias = false;  // was written with "d/me/"
};

// Nothing when it lies elsewhere: another device's, or a wildcard where the device stands.
std::optional<OwnTopic> own_topic(std::string_view topic, const DeviceId& device);

// "d/<device>/<leaf>", or "d/me/<leaf>".
std::string topic_of(const DeviceId& device, std::string_view leaf, bool by_alias = false);

// True when the filter (of leaves) takes in anything the profile lets the device subscribe to. What else it takes in is
// never delivered: deliveries are checked against the profile one by one.
bool grants_any(const fleet::Profile& profile, std::string_view leaf_filter);

}  // namespace outrider::gateway::mqtt
