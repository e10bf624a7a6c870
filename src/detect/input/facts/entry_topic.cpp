#include "detect/input/facts/entry_topic.h"

namespace outrider::detect {

std::optional<std::string> topic_of(std::string_view content_type) {
  constexpr std::string_view key = "; topic=\"";
  const auto at = content_type.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  std::string topic;
  for (std::size_t i = at + key.size(); i < content_type.size(); ++i) {
    if (content_type[i] == '"') return topic;
    if (content_type[i] == '\\' && i + 1 < content_type.size()) ++i;
    topic += content_type[i];
  }
  return std::nullopt;  // it has no end
}

std::optional<DeviceTopic> device_topic(std::string_view topic) {
  if (!topic.starts_with("d/")) return std::nullopt;
  topic.remove_prefix(2);
  const auto slash = topic.find('/');
  if (slash == std::string_view::npos) return DeviceTopic{topic, {}};
  return DeviceTopic{topic.substr(0, slash), topic.substr(slash + 1)};
}

}  // namespace outrider::detect
