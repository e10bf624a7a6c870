#include "fleet/state/grants.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "wire/mqtt/topic.h"

namespace outrider::fleet {
namespace {

namespace mqtt = wire::mqtt;

// What is said to devices; everything else below their roots they say themselves (docs/format/profile.md).
constexpr std::array<std::string_view, 2> down_leaves{"command", "config"};

Result<void> check_filter(std::string_view filter) {
  const auto refuse = [&](std::string_view why) {
    return fail(Errc::malformed, "bad-filter", fmt::format("'{}' cannot be granted: {}", filter, why));
  };
  if (filter.size() > grant_bytes_max)
    return fail(Errc::too_large, "too-long", fmt::format("a filter holds {} bytes at most", grant_bytes_max));
  const auto parts = mqtt::parse_filter(filter);
  if (!parts) return refuse(parts.error().detail);
  if (!parts->group.empty())
    return refuse("a grant covers shared subscriptions of its filter; leave $share/<group>/ out");
  if (const auto good = mqtt::check_topic_filter_limits(filter); !good) return refuse(good.error().detail);
  if (filter.starts_with('$')) return refuse("topics that begin with '$' are the server's own");
  return {};
}

// Does a filter below "d/" take in anything that is said to a device?
bool takes_in_down(std::string_view filter) {
  mqtt::Levels levels(filter);
  levels.next();
  const auto device = levels.done() ? std::string_view() : levels.next();
  const std::string_view some = device == "+" || device == "#" ? "x" : device;
  return std::ranges::any_of(down_leaves,
                             [&](auto leaf) { return mqtt::matches(filter, fmt::format("d/{}/{}", some, leaf)); });
}

const Grant* find(const std::vector<Grant>& grants, auto&& says_so) {
  const auto found = std::ranges::find_if(grants, [&](const Grant& each) { return says_so(each.filter); });
  return found == grants.end() ? nullptr : &*found;
}

}  // namespace

bool speaks_as_device(std::string_view topic) {
  if (!topic.starts_with("d/")) return false;
  topic.remove_prefix(2);
  const auto slash = topic.find('/');
  return slash == std::string_view::npos ||
         std::ranges::find(down_leaves, topic.substr(slash + 1)) == down_leaves.end();
}

Result<void> check_publish_grant(std::string_view filter) {
  CHECK(check_filter(filter));
  // A wide filter ("#", "d/+/#") may be granted: what devices say stays closed all the same. A filter for nothing else
  // is a mistake.
  if (!filter.starts_with("d/") || takes_in_down(filter)) return {};
  return fail(Errc::forbidden, "grant-as-device",
              fmt::format("'{}' is what devices say, and no application may speak as a device; below d/<device>/ an "
                          "application publishes to command and config",
                          filter));
}

Result<void> check_subscribe_grant(std::string_view filter) {
  return check_filter(filter);
}

const Grant* publish_grant(const Grants& grants, std::string_view topic) {
  if (speaks_as_device(topic)) return nullptr;
  return find(grants.publish, [&](std::string_view filter) { return mqtt::matches(filter, topic); });
}

const Grant* subscribe_grant(const Grants& grants, std::string_view filter) {
  return find(grants.subscribe, [&](std::string_view granted) { return mqtt::covers(granted, filter); });
}

const Grant* receive_grant(const Grants& grants, std::string_view topic) {
  return find(grants.subscribe, [&](std::string_view filter) { return mqtt::matches(filter, topic); });
}

}  // namespace outrider::fleet
