#pragma once
// The alias "d/me/": a caller writes it for its own root, everybody else sees the root (design section 4.7).
#include <string>
#include <string_view>

namespace outrider::gateway::mqtt {

inline constexpr std::string_view own_alias = "d/me/";

// A topic name or filter as all know it.
struct Canonical {
  std::string_view topic;
  bool by_alias = false;  // it was written with "d/me/"
};

// `root` is the caller's own, "d/t-1/"; empty when it has none, and then there is no alias. The result points into
// `topic` or, when the alias was used, into `scratch`.
inline Canonical canonical(std::string_view root, std::string_view topic, std::string& scratch) {
  if (root.empty() || !topic.starts_with(own_alias)) return {topic, false};
  scratch.assign(root).append(topic.substr(own_alias.size()));
  return {scratch, true};
}

// The other way: the name under which a caller who subscribed by the alias hears of the topic.
inline std::string_view as_heard(std::string_view root, std::string_view topic, bool by_alias, std::string& scratch) {
  if (!by_alias || !topic.starts_with(root)) return topic;
  scratch.assign(own_alias).append(topic.substr(root.size()));
  return scratch;
}

}  // namespace outrider::gateway::mqtt
