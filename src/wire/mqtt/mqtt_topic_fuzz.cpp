// Lines: the first is a topic name, the others are filters ('-' in front: unsubscribe again). Matching, the trie and
// coverage agree with a matcher that is too simple to be wrong.
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "wire/mqtt/topic.h"
#include "wire/mqtt/trie.h"

using namespace outrider;
using namespace outrider::wire::mqtt;

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

// MQTT 5, 4.7 word for word, on lists of levels.
bool naive(const std::string& filter, const std::string& topic) {
  const auto f = split(filter, '/');
  const auto t = split(topic, '/');
  if (topic.front() == '$' && (f[0] == "#" || f[0] == "+")) return false;
  const bool hash = f.back() == "#";
  const std::size_t fixed = f.size() - (hash ? 1 : 0);
  if (hash ? t.size() < fixed : t.size() != fixed) return false;
  for (std::size_t i = 0; i < fixed; ++i) {
    if (f[i] != "+" && f[i] != t[i]) return false;
  }
  return true;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto lines = split(as_text(ByteView(data, size)), '\n');
  const std::string& topic = lines[0];
  const bool topic_valid = check_topic_name(topic).has_value();
  std::set<std::string> subscribed;
  SubscriptionTrie<std::string, int> trie(64);
  for (std::size_t i = 1; i < lines.size() && i <= 64; ++i) {
    const bool erase = lines[i].starts_with('-');
    const std::string filter = erase ? lines[i].substr(1) : lines[i];
    const auto parts = parse_filter(filter);
    if (!parts || !parts->group.empty() || !check_topic_filter_limits(filter)) continue;
    if (erase) {
      require(trie.erase(filter, filter) == (subscribed.erase(filter) != 0));
    } else {
      const auto inserted = trie.insert(filter, filter, 0);
      require(inserted.has_value() && *inserted == subscribed.insert(filter).second);
    }
  }
  require(trie.size() == subscribed.size());
  if (topic_valid) {
    std::multiset<std::string> found;
    trie.match(topic, [&](const std::string& key, int) { found.insert(key); });
    std::multiset<std::string> expected;
    for (const auto& filter : subscribed) {
      require(matches(filter, topic) == naive(filter, topic));
      if (naive(filter, topic)) expected.insert(filter);
      // What a covered filter matches, the covering one matches.
      for (const auto& other : subscribed) {
        if (covers(other, filter) && naive(filter, topic)) require(naive(other, topic));
      }
    }
    require(found == expected);
  }
  for (const auto& filter : subscribed) require(trie.erase(filter, filter));
  require(trie.nodes() == 1);
  return 0;
}
