#pragma once
// Who subscribed to what: topic filters in a tree by level, so that matching a topic costs its depth and its matches,
// not the number of subscriptions.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "wire/mqtt/topic.h"

namespace outrider::wire::mqtt {

// `Key` names a subscriber (cheap to copy, comparable); `Value` is what goes with its subscription (QoS, options).
// Plain value, one owner, one thread at a time. Walks are loops, not recursion; memory is bounded by `entries_max`
// entries of at most `topic_levels_max` levels each, and goes back when filters are erased.
template <class Key, class Value>
class SubscriptionTrie {
 public:
  explicit SubscriptionTrie(std::size_t entries_max) : entries_max_(entries_max) { nodes_.emplace_back(); }

  // Adds or replaces the subscription of `key` to `filter` (valid, without "$share/<group>/"). True when it is new.
  // Refuses filters beyond the limits of topic.h (topic filter invalid) and more than `entries_max` entries (quota
  // exceeded).
  Result<bool> insert(std::string_view filter, const Key& key, Value value);
  // True when there was one.
  bool erase(std::string_view filter, const Key& key);
  // Calls `found(const Key&, const Value&)` for every subscription that matches the topic name. A key with several
  // matching filters is found several times. `found` must not change the trie, nor match in one.
  template <class Found>
  void match(std::string_view topic, Found&& found) const;

  std::size_t size() const { return entries_; }
  bool empty() const { return entries_ == 0; }
  // Nodes in use, the root included; shows that erasing gives memory back.
  std::size_t nodes() const { return nodes_.size() - free_.size(); }

 private:
  using Index = std::uint32_t;
  static constexpr Index none = UINT32_MAX;
  using Entries = std::vector<std::pair<Key, Value>>;

  struct Node {
    Index parent = none;
    Index plus = none;                   // the child under '+'
    std::uint32_t children = 0;          // literal children, found through edges_
    const std::string* level = nullptr;  // the key's text in edges_, for removal; null for the root and '+'
    Entries exact;                       // filters that end here
    Entries below;                       // filters that end here with a further "/#"
  };

  struct Edge {
    Index parent;
    std::string level;
  };
  struct EdgeView {
    Index parent;
    std::string_view level;
  };
  struct EdgeHash {
    using is_transparent = void;
    std::size_t operator()(const EdgeView& e) const {
      return std::hash<std::string_view>{}(e.level) ^ (e.parent * 0x9E3779B97F4A7C15ULL);
    }
    std::size_t operator()(const Edge& e) const { return (*this)(EdgeView{e.parent, e.level}); }
  };
  struct EdgeEqual {
    using is_transparent = void;
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return a.parent == b.parent && std::string_view(a.level) == std::string_view(b.level);
    }
  };

  Index child(Index parent, std::string_view level) const;
  Index make_child(Index parent, std::string_view level);
  void prune(Index node);

  std::size_t entries_max_;
  std::size_t entries_ = 0;
  std::vector<Node> nodes_;  // nodes_[0] is the root
  std::vector<Index> free_;
  std::unordered_map<Edge, Index, EdgeHash, EdgeEqual> edges_;
};

template <class Key, class Value>
auto SubscriptionTrie<Key, Value>::child(Index parent, std::string_view level) const -> Index {
  if (level == "+") return nodes_[parent].plus;
  const auto found = edges_.find(EdgeView{parent, level});
  return found == edges_.end() ? none : found->second;
}

template <class Key, class Value>
auto SubscriptionTrie<Key, Value>::make_child(Index parent, std::string_view level) -> Index {
  if (const Index existing = child(parent, level); existing != none) return existing;
  Index made = 0;
  if (free_.empty()) {
    made = static_cast<Index>(nodes_.size());
    nodes_.emplace_back();
  } else {
    made = free_.back();
    free_.pop_back();
  }
  nodes_[made].parent = parent;
  if (level == "+") {
    nodes_[parent].plus = made;
  } else {
    const auto at = edges_.emplace(Edge{parent, std::string(level)}, made).first;
    nodes_[made].level = &at->first.level;  // keys of an unordered_map stay where they are
    ++nodes_[parent].children;
  }
  return made;
}

template <class Key, class Value>
Result<bool> SubscriptionTrie<Key, Value>::insert(std::string_view filter, const Key& key, Value value) {
  CHECK(check_topic_filter(filter));
  CHECK(check_topic_filter_limits(filter));
  Index at = 0;
  bool below = false;
  for (Levels levels(filter); !levels.done();) {
    const auto level = levels.next();
    if (level == "#") {
      below = true;
    } else {
      at = make_child(at, level);
    }
  }
  auto& entries = below ? nodes_[at].below : nodes_[at].exact;
  const auto existing = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; });
  if (existing != entries.end()) {
    existing->second = std::move(value);
    return false;
  }
  if (entries_ >= entries_max_) {
    prune(at);
    return refuse(ReasonCode::quota_exceeded, "no room for more subscriptions");
  }
  entries.emplace_back(key, std::move(value));
  ++entries_;
  return true;
}

template <class Key, class Value>
bool SubscriptionTrie<Key, Value>::erase(std::string_view filter, const Key& key) {
  Index at = 0;
  bool below = false;
  for (Levels levels(filter); !levels.done();) {
    const auto level = levels.next();
    if (level == "#") {
      below = true;
    } else if (at = child(at, level); at == none) {
      return false;
    }
  }
  auto& entries = below ? nodes_[at].below : nodes_[at].exact;
  const auto existing = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == key; });
  if (existing == entries.end()) return false;
  if (existing != entries.end() - 1) *existing = std::move(entries.back());
  entries.pop_back();
  --entries_;
  prune(at);
  return true;
}

// Gives back the node and those above it that nothing needs any more.
template <class Key, class Value>
void SubscriptionTrie<Key, Value>::prune(Index at) {
  while (at != 0) {
    Node& node = nodes_[at];
    if (!node.exact.empty() || !node.below.empty() || node.children != 0 || node.plus != none) return;
    const Index parent = node.parent;
    if (node.level == nullptr) {
      nodes_[parent].plus = none;
    } else {
      edges_.erase(edges_.find(EdgeView{parent, *node.level}));
      --nodes_[parent].children;
    }
    node = Node{};
    free_.push_back(at);
    at = parent;
  }
}

template <class Key, class Value>
template <class Found>
void SubscriptionTrie<Key, Value>::match(std::string_view topic, Found&& found) const {
  // All nodes whose path matches the levels walked so far; never more than there are filters.
  // Lent between calls, so that a match allocates nothing; `found` does not match again.
  static thread_local std::vector<Index> here;
  static thread_local std::vector<Index> deeper;
  here.assign(1, 0);
  const auto report = [&](const Entries& entries) {
    for (const auto& [key, value] : entries) found(key, value);
  };
  const bool dollar = topic.starts_with('$');
  bool first = true;
  for (Levels levels(topic); !levels.done(); first = false) {
    const auto level = levels.next();
    const bool wild = !(first && dollar);  // MQTT 5, 4.7.2-1
    deeper.clear();
    for (const Index at : here) {
      if (wild) report(nodes_[at].below);
      if (const auto edge = edges_.find(EdgeView{at, level}); edge != edges_.end()) deeper.push_back(edge->second);
      if (wild && nodes_[at].plus != none) deeper.push_back(nodes_[at].plus);
    }
    here.swap(deeper);
    if (here.empty()) return;
  }
  for (const Index at : here) {
    report(nodes_[at].exact);
    report(nodes_[at].below);  // "a/#" matches "a" too: MQTT 5, 4.7.1.2
  }
}

}  // namespace outrider::wire::mqtt
