#include "gateway/mqtt/rights/confinement.h"

#include "base/ids.h"
#include "wire/mqtt/topic.h"

namespace outrider::gateway::mqtt {

namespace {

std::string own(std::string_view root) {
  return std::string(root) + " (or d/me/)";
}

std::string_view device_of(std::string_view topic) {
  topic.remove_prefix(2);
  return topic.substr(0, topic.find('/'));
}

// Below "d/", but not below the caller's root.
std::string of_another(std::string_view root, std::string_view topic) {
  const auto device = device_of(topic);
  if (device == device_of(root)) return "name a topic below " + std::string(root) + ", for instance telemetry";
  return "d/" + std::string(device.substr(0, id_bytes_max)) + "/ is another device's; this one's is " + own(root);
}

}  // namespace

Error outside_to_publish(std::string_view root, std::string_view topic) {
  std::string why = "a device publishes below " + own(root) + " only";
  if (topic.starts_with("d/")) why = of_another(root, topic);
  if (topic.starts_with('$'))
    why = "topics that begin with '$' are the server's own; a device's are below " + own(root);
  return {Errc::forbidden, "foreign-topic", std::move(why)};
}

Error outside_to_subscribe(std::string_view root, std::string_view filter) {
  if (filter.starts_with('$'))
    return {Errc::forbidden, "server-topic",
            "topics that begin with '$' are the server's own; its figures are at the metrics listener"};
  // Would it hear anything of a device that is not it?
  wire::mqtt::Levels levels(filter);
  const auto first = levels.next();
  const auto second = levels.done() ? std::string_view() : levels.next();
  const bool reaches_devices = first == "#" || first == "+" || first == "d";
  if (reaches_devices && (first == "#" || second == "#" || second == "+" || (first == "+" && !second.empty())))
    return {Errc::forbidden, "cross-device-wildcard",
            "the filter takes in other devices; a device subscribes below " + own(root) +
                ", and an application hears many (outrider app grant --subscribe)"};
  if (filter.starts_with("d/")) return {Errc::forbidden, "foreign-topic", of_another(root, filter)};
  return {Errc::forbidden, "foreign-topic", "a device subscribes below " + own(root) + " only"};
}

}  // namespace outrider::gateway::mqtt
