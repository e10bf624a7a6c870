#pragma once
// Topics in entries: of a content type's parameter, of a refusal's object.
#include <optional>
#include <string>
#include <string_view>

namespace outrider::detect {

// The `topic` parameter of a content type (docs/format/entries.md): a quoted string (RFC 9110, 5.6.4).
std::optional<std::string> topic_of(std::string_view content_type);

// "d/<device>/<leaf>" taken apart; nothing for any other topic.
struct DeviceTopic {
  std::string_view device, leaf;
};
std::optional<DeviceTopic> device_topic(std::string_view topic);

}  // namespace outrider::detect
