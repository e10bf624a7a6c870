#pragma once
// Messages on their way to a client: which await its answer, which wait for their turn.
#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

#include "gateway/mqtt/state/rows.h"

namespace outrider::gateway::mqtt {

// Belongs to one session.
class Outbox {
 public:
  struct Item {
    QueueRow row;
    bool dup = false;                     // it was sent on an earlier connection
    std::uint16_t packet_identifier = 0;  // 0 with QoS 0
  };
  enum class Awaits : std::uint8_t { puback, pubrec, pubcomp };
  struct Flight {
    std::uint16_t packet_identifier = 0;
    Awaits awaits = Awaits::puback;
    std::uint64_t sequence = 0;  // in the store; 0: not there
    // What another member of its group gets when this one leaves (MQTT 5, 4.8.2); only with QoS 1 and outside the
    // store.
    std::optional<QueueRow> returns;
  };

  // False when the queue is full: the message is lost to this client.
  bool push(Item item, std::size_t messages_max, std::size_t bytes_max) {
    const std::size_t bytes = item.row.message->bytes();
    if (queue_.size() >= messages_max || bytes_ + bytes > bytes_max) return false;
    bytes_ += bytes;
    queue_.push_back(std::move(item));
    return true;
  }
  // The next that may be sent while at most `inflight_max` await their answer.
  std::optional<Item> next(std::size_t inflight_max) {
    if (queue_.empty()) return std::nullopt;
    const bool answered = queue_.front().row.qos != wire::mqtt::QoS::at_most_once;
    if (answered && (flights_.size() >= inflight_max || is_in_use(queue_.front().row))) return std::nullopt;
    Item item = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= item.row.message->bytes();
    if (answered) begin_flight(item);
    return item;
  }
  // The one of that identifier; null when none was sent.
  Flight* flight(std::uint16_t packet_identifier) {
    const auto found = std::ranges::find(flights_, packet_identifier, &Flight::packet_identifier);
    return found == flights_.end() ? nullptr : &*found;
  }
  void land(const Flight* flight) { flights_.erase(flights_.begin() + (flight - flights_.data())); }

  std::size_t waiting() const { return queue_.size(); }
  bool empty() const { return queue_.empty() && flights_.empty(); }
  // What shared subscriptions gave and the client did not take: for others.
  std::vector<QueueRow> take_returns() {
    std::vector<QueueRow> out;
    for (auto& flight : flights_)
      if (flight.returns) out.push_back(*std::move(flight.returns));
    for (auto& item : queue_)
      if (!item.row.group.empty() && item.row.sequence == 0) out.push_back(std::move(item.row));
    return out;
  }

 private:
  // MQTT 5, 2.2.1-4: 65,535 rows after one that is still unanswered its identifier would come round.
  bool is_in_use(const QueueRow& row) { return row.sequence != 0 && flight(row.packet_identifier()) != nullptr; }
  void begin_flight(Item& item) {
    const bool stored = item.row.sequence != 0;
    item.packet_identifier = stored ? item.row.packet_identifier() : free_identifier();
    Flight flight;
    flight.packet_identifier = item.packet_identifier;
    flight.sequence = item.row.sequence;
    if (item.row.released) {
      flight.awaits = Awaits::pubcomp;
    } else if (item.row.qos == wire::mqtt::QoS::exactly_once) {
      flight.awaits = Awaits::pubrec;
    } else if (!item.row.group.empty() && !stored) {
      flight.returns = item.row;
    }
    flights_.push_back(std::move(flight));
  }
  std::uint16_t free_identifier() {  // there are few in flight, so this ends soon
    do {
      last_identifier_ =
          last_identifier_ == UINT16_MAX ? std::uint16_t{1} : static_cast<std::uint16_t>(last_identifier_ + 1);
    } while (flight(last_identifier_) != nullptr);
    return last_identifier_;
  }

  std::deque<Item> queue_;
  std::size_t bytes_ = 0;  // of these
  std::vector<Flight> flights_;
  std::uint16_t last_identifier_ = 0;
};

}  // namespace outrider::gateway::mqtt
