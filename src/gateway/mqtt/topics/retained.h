#pragma once
// The retained messages of a fleet (MQTT 5, 3.3.1.3): all in memory, bounded;
// the store has them too.
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "gateway/mqtt/topics/message.h"

namespace outrider::gateway::mqtt {

// Thread-safe.
class Retained {
 public:
  Retained(std::size_t messages_max, std::size_t bytes_max) : messages_max_(messages_max), bytes_max_(bytes_max) {}

  // Whether there is room for it (or it takes the place of another).
  Result<void> check(std::string_view topic, std::size_t bytes) const;
  // An empty payload removes (MQTT 5, 3.3.1-6).
  void set(std::shared_ptr<const Message> message);
  void remove(std::string_view topic);
  // Those that match the filter (without "$share") and have not expired, by topic, appended to `out`: the first beyond
  // `after` (empty: from the beginning), so many and about a MiB. True: there may be more.
  bool match(std::string_view filter, std::string_view after, std::size_t count_max, Timestamp now,
             std::vector<std::shared_ptr<const Message>>& out) const;
  // Topics whose messages came from this publisher, or have expired by `now`.
  std::vector<std::string> of(const DeviceId& publisher) const;
  std::vector<std::string> expired(Timestamp now) const;
  std::size_t size() const;

 private:
  using Map = std::map<std::string, std::shared_ptr<const Message>, std::less<>>;
  void erase(Map::iterator at);

  const std::size_t messages_max_;
  const std::size_t bytes_max_;
  mutable std::shared_mutex mutex_;
  Map messages_;
  std::size_t bytes_ = 0;
};

}  // namespace outrider::gateway::mqtt
