#include "wire/mqtt/topic.h"

#include <algorithm>
#include <string>

namespace outrider::wire::mqtt {
namespace {

constexpr std::string_view share_prefix = "$share/";

std::unexpected<Error> malformed(std::string_view what) {
  return refuse(ReasonCode::malformed_packet, std::string(what));
}

// Syntax of a filter without "$share/<group>/".
Result<void> check_plain_filter(std::string_view filter) {
  if (filter.empty()) return malformed("empty topic filter");                                   // MQTT 5, 4.7.3-1
  if (filter.find('\0') != std::string_view::npos) return malformed("U+0000 in topic filter");  // MQTT 5, 4.7.3-2
  for (Levels levels(filter); !levels.done();) {
    const auto level = levels.next();
    if (level == "#" && !levels.done()) return malformed("'#' is not the last level of the topic filter");  // 4.7.1-1
    if (level == "#" || level == "+") continue;
    if (level.find_first_of("#+") != std::string_view::npos) {
      return malformed("a wildcard in the topic filter is not a level of its own");  // MQTT 5, 4.7.1-1, 4.7.1-2
    }
  }
  return {};
}

Result<void> check_limits(std::string_view text, ReasonCode code, std::string_view what) {
  if (text.size() > topic_bytes_max) {
    return refuse(code, std::string(what) + " of " + std::to_string(text.size()) + " bytes; at most " +
                            std::to_string(topic_bytes_max));
  }
  if (static_cast<std::size_t>(std::ranges::count(text, '/')) >= topic_levels_max) {
    return refuse(code, std::string(what) + " of more than " + std::to_string(topic_levels_max) + " levels");
  }
  return {};
}

bool wild(std::string_view level) {
  return level == "+" || level == "#";
}

}  // namespace

Result<void> check_topic_name(std::string_view topic) {
  if (topic.empty()) return malformed("empty topic name");                                   // MQTT 5, 4.7.3-1
  if (topic.find('\0') != std::string_view::npos) return malformed("U+0000 in topic name");  // MQTT 5, 4.7.3-2
  if (topic.find_first_of("#+") != std::string_view::npos) {
    return malformed("wildcard in topic name");  // MQTT 5, 3.3.2-2
  }
  return {};
}

Result<void> check_topic_filter(std::string_view filter) {
  CHECK(parse_filter(filter));
  return {};
}

Result<void> check_topic_name_limits(std::string_view topic) {
  return check_limits(topic, ReasonCode::topic_name_invalid, "topic name");
}

Result<void> check_topic_filter_limits(std::string_view filter) {
  return check_limits(filter, ReasonCode::topic_filter_invalid, "topic filter");
}

Result<FilterParts> parse_filter(std::string_view filter) {
  if (!filter.starts_with(share_prefix) && filter != "$share") {
    CHECK(check_plain_filter(filter));
    return FilterParts{{}, filter};
  }
  if (filter.size() <= share_prefix.size()) return malformed("'$share' without a group");  // MQTT 5, 4.8.2-1
  filter.remove_prefix(share_prefix.size());
  const auto slash = filter.find('/');
  if (slash == std::string_view::npos) return malformed("'$share/<group>' without a topic filter");  // 4.8.2-2
  FilterParts parts{filter.substr(0, slash), filter.substr(slash + 1)};
  if (parts.group.empty()) return malformed("the group of a shared subscription is empty");  // MQTT 5, 4.8.2-1
  if (parts.group.find_first_of("#+") != std::string_view::npos) {
    return malformed("wildcard in the group of a shared subscription");  // MQTT 5, 4.8.2-2
  }
  CHECK(check_plain_filter(parts.filter));
  return parts;
}

bool matches(std::string_view filter, std::string_view topic) {
  Levels wanted(filter);
  Levels given(topic);
  for (bool first = true;; first = false) {
    if (wanted.done()) return given.done();
    const auto level = wanted.next();
    if (first && wild(level) && topic.starts_with('$')) return false;  // MQTT 5, 4.7.2-1
    if (level == "#") return true;  // also at the end of the topic: "a/#" matches "a" (MQTT 5, 4.7.1.2)
    if (given.done()) return false;
    const auto name = given.next();
    if (level != "+" && level != name) return false;
  }
}

bool covers(std::string_view outer, std::string_view inner) {
  Levels wide(outer);
  Levels narrow(inner);
  for (bool first = true;; first = false) {
    if (wide.done()) return narrow.done();
    const auto level = wide.next();
    if (first && wild(level) && inner.starts_with('$')) return false;  // MQTT 5, 4.7.2-1
    if (level == "#") return true;
    if (narrow.done()) return false;
    const auto name = narrow.next();
    if (name == "#") return false;  // takes more than any single level, and "a/#" also "a"
    if (level != "+" && level != name) return false;
  }
}

}  // namespace outrider::wire::mqtt
