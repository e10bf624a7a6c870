#pragma once
// Who waits for a handshake, and whose turn it is. Plain data, no clock.
#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

#include "gateway/admission/sources.h"

namespace outrider::gateway::admission {

// A device that comes back with a session costs a third of a whole handshake, so it goes first. But anybody can claim a
// session, so claiming one must not shut the others out: hence the ninth turn.
enum class Class : std::uint8_t { resuming, full };

// Turns go round the sources, so that one with thousands of connections delays the others by one connection each;
// within a source it is first come, first served.
template <class Item>
class Line {
 public:
  static constexpr std::size_t resuming_in_a_row = 8;  // then one of the others has its turn

  void push(Class of, const SourceKey& source, Item item) {
    Queue& queue = queue_of(of);
    auto& waiting = queue.sources[source];
    if (waiting.empty()) queue.ring.push_back(source);
    waiting.push_back(std::move(item));
    ++queue.size;
  }

  std::optional<Item> pop() {
    Queue& resuming = queue_of(Class::resuming);
    Queue& full = queue_of(Class::full);
    const bool others_turn = resuming.size == 0 || (full.size > 0 && in_a_row_ >= resuming_in_a_row);
    in_a_row_ = others_turn ? 0 : in_a_row_ + 1;
    return take(others_turn ? full : resuming);
  }

  std::size_t size() const { return queues_[0].size + queues_[1].size; }

  // How many would be served before one that came now; an upper bound.
  std::size_t ahead(Class of, const SourceKey& source) const {
    const std::size_t own = before_in(of, source);
    const std::size_t others = queues_.at(of == Class::resuming ? 1 : 0).size;
    return own + std::min(others, of == Class::resuming ? own / resuming_in_a_row : (own + 1) * resuming_in_a_row);
  }

 private:
  struct Queue {
    std::unordered_map<SourceKey, std::deque<Item>, SourceHash> sources;
    std::deque<SourceKey> ring;  // those that have somebody waiting; the front one is next
    std::size_t size = 0;
  };
  Queue& queue_of(Class of) { return queues_.at(static_cast<std::size_t>(of)); }

  // Each other source is served at most as often as this one before the newcomer's turn.
  std::size_t before_in(Class of, const SourceKey& source) const {
    const Queue& queue = queues_.at(static_cast<std::size_t>(of));
    const auto found = queue.sources.find(source);
    const std::size_t rounds = (found == queue.sources.end() ? 0 : found->second.size()) + 1;
    return std::min(queue.size, queue.ring.size() * rounds);
  }

  static std::optional<Item> take(Queue& queue) {
    if (queue.size == 0) return std::nullopt;
    const SourceKey source = queue.ring.front();
    queue.ring.pop_front();
    const auto found = queue.sources.find(source);
    Item out = std::move(found->second.front());
    found->second.pop_front();
    --queue.size;
    if (found->second.empty()) {
      queue.sources.erase(found);
    } else {
      queue.ring.push_back(source);
    }
    return out;
  }

  std::array<Queue, 2> queues_;  // as Class
  std::size_t in_a_row_ = 0;
};

}  // namespace outrider::gateway::admission
