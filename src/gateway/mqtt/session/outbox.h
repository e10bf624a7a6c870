#pragma once
// Messages on their way to a client: which await its PUBACK, which wait for their turn.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/mqtt/mailbox.h"

namespace outrider::gateway::mqtt {

// Belongs to one session.
class Outbox {
 public:
  struct Item {
    std::shared_ptr<const Message> message;
    wire::mqtt::QoS qos = wire::mqtt::QoS::at_most_once;
    bool by_alias = false;
    std::uint16_t packet_identifier = 0;  // 0 with QoS 0
  };

  // False when the queue is full: the message is lost to this client.
  bool push(Item item, std::size_t queued_max) {
    if (queue_.size() >= queued_max) return false;
    queue_.push_back(std::move(item));
    return true;
  }
  // The next that may be sent while at most `inflight_max` await their PUBACK.
  std::optional<Item> next(std::size_t inflight_max) {
    if (queue_.empty()) return std::nullopt;
    const bool acknowledged = queue_.front().qos != wire::mqtt::QoS::at_most_once;
    if (acknowledged && inflight_.size() >= inflight_max) return std::nullopt;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    if (acknowledged) {
      item.packet_identifier = free_identifier();
      inflight_.push_back(item.packet_identifier);
    }
    return item;
  }
  // False when no message of that identifier was sent.
  bool acknowledge(std::uint16_t packet_identifier) { return std::erase(inflight_, packet_identifier) > 0; }
  bool empty() const { return queue_.empty() && inflight_.empty(); }

 private:
  std::uint16_t free_identifier() {  // there are few in flight, so this ends soon
    do {
      last_identifier_ =
          last_identifier_ == UINT16_MAX ? std::uint16_t{1} : static_cast<std::uint16_t>(last_identifier_ + 1);
    } while (std::ranges::find(inflight_, last_identifier_) != inflight_.end());
    return last_identifier_;
  }

  std::deque<Item> queue_;
  std::vector<std::uint16_t> inflight_;
  std::uint16_t last_identifier_ = 0;
};

}  // namespace outrider::gateway::mqtt
