#pragma once
// Topic names (published to) and topic filters (subscribed to): MQTT 5, section 4.7 and 4.8. The functions that check
// syntax answer "malformed packet"; those that check our limits answer "topic name invalid" / "topic filter invalid".
#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "wire/mqtt/reason.h"

namespace outrider::wire::mqtt {

// Policy; MQTT 5, 1.5.4 would allow 65,535 bytes. Our own topics are under 100 bytes and five levels.
inline constexpr std::size_t topic_bytes_max = 1024;
inline constexpr std::size_t topic_levels_max = 32;

// At least one character, no wildcard, no U+0000. Does not look at UTF-8: the codec has.
Result<void> check_topic_name(std::string_view topic);
// '+' only as a whole level, '#' only as the whole last level; "$share/<group>/<filter>" with a group free of
// '/', '+' and '#'.
Result<void> check_topic_filter(std::string_view filter);

// Our limits on length and depth.
Result<void> check_topic_name_limits(std::string_view topic);
Result<void> check_topic_filter_limits(std::string_view filter);

// A filter taken apart: `group` is empty unless it is a shared subscription (MQTT 5, 4.8.2).
struct FilterParts {
  std::string_view group;
  std::string_view filter;
  bool operator==(const FilterParts&) const = default;
};
// Checks the syntax too.
Result<FilterParts> parse_filter(std::string_view filter);

// True when the topic name matches the filter (both valid; the filter without "$share/<group>/"). A filter that begins
// with a wildcard does not match a topic that begins with '$' (MQTT 5, 4.7.2).
bool matches(std::string_view filter, std::string_view topic);

// True when every topic that `inner` matches is matched by `outer` too: what a grant must say of a subscription.
bool covers(std::string_view outer, std::string_view inner);

// Cuts a topic into levels: "a//b" is "a", "", "b". Never empty.
class Levels {
 public:
  explicit Levels(std::string_view topic) : rest_(topic) {}
  bool done() const { return done_; }
  std::string_view next() {
    const auto slash = rest_.find('/');
    const auto level = rest_.substr(0, slash);
    if (slash == std::string_view::npos) {
      done_ = true;
    } else {
      rest_.remove_prefix(slash + 1);
    }
    return level;
  }

 private:
  std::string_view rest_;
  bool done_ = false;
};

}  // namespace outrider::wire::mqtt
