#include "gateway/mqtt/session/topics.h"

#include <algorithm>

#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::string_view root = "d/";
constexpr std::string_view alias = "me";

}  // namespace

std::optional<OwnTopic> own_topic(std::string_view topic, const DeviceId& device) {
  if (!topic.starts_with(root)) return std::nullopt;
  topic.remove_prefix(root.size());
  const std::size_t slash = topic.find('/');
  if (slash == std::string_view::npos || slash + 1 == topic.size()) return std::nullopt;
  const auto owner = topic.substr(0, slash);
  const bool by_alias = owner == alias;
  if (!by_alias && owner != device.value) return std::nullopt;
  return OwnTopic{topic.substr(slash + 1), by_alias};
}

std::string topic_of(const DeviceId& device, std::string_view leaf, bool by_alias) {
  std::string out(root);
  out += by_alias ? alias : std::string_view(device.value);
  out += '/';
  out += leaf;
  return out;
}

bool grants_any(const fleet::Profile& profile, std::string_view leaf_filter) {
  return std::ranges::any_of(profile.subscribe,
                             [&](const auto& leaf) { return wire::mqtt::matches(leaf_filter, leaf); });
}

}  // namespace outrider::gateway::mqtt
