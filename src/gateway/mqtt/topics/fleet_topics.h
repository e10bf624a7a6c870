#pragma once
// What the sessions of one fleet share: subscriptions and retained messages.
// Made at first mention, never taken away.
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "gateway/mqtt/topics/retained.h"
#include "gateway/mqtt/topics/routes.h"

namespace outrider::gateway::mqtt {

struct FleetTopics {
  FleetTopics(std::size_t subscriptions_max, std::size_t retained_max, std::size_t retained_bytes_max)
      : routes(subscriptions_max), retained(retained_max, retained_bytes_max) {}
  Routes routes;
  Retained retained;
};

// Thread-safe. What it gives stays where it is.
class TopicsOfFleets {
 public:
  TopicsOfFleets(std::size_t subscriptions_max, std::size_t retained_max, std::size_t retained_bytes_max)
      : subscriptions_max_(subscriptions_max), retained_max_(retained_max), retained_bytes_max_(retained_bytes_max) {}

  FleetTopics& of(const FleetId& fleet) {
    const std::lock_guard lock(mutex_);
    auto& topics = fleets_[fleet];
    if (!topics) topics = std::make_unique<FleetTopics>(subscriptions_max_, retained_max_, retained_bytes_max_);
    return *topics;
  }
  template <class Each>
  void each(Each&& each) {
    std::vector<std::pair<const FleetId*, FleetTopics*>> all;
    {
      const std::lock_guard lock(mutex_);
      for (auto& [fleet, topics] : fleets_) all.emplace_back(&fleet, topics.get());
    }
    for (const auto& [fleet, topics] : all) each(*fleet, *topics);
  }

 private:
  const std::size_t subscriptions_max_;
  const std::size_t retained_max_;
  const std::size_t retained_bytes_max_;
  std::mutex mutex_;
  std::unordered_map<FleetId, std::unique_ptr<FleetTopics>> fleets_;
};

}  // namespace outrider::gateway::mqtt
