#pragma once
// PUBACKs and PUBRECs in the order of their PUBLISH packets (MQTT 5, 4.6.0-2, 4.6.0-3), whatever order the answers come
// in.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "wire/mqtt/packet.h"

namespace outrider::gateway::mqtt {

// Belongs to one session. Holds no memory while nothing is in flight.
class AckQueue {
 public:
  struct Answer {
    std::uint16_t packet_identifier;
    bool finished;
    wire::mqtt::QoS qos;  // 1: PUBACK, 2: PUBREC
    wire::mqtt::ReasonCode reason;
    std::string detail;
  };

  // A PUBLISH that will be answered with this reason, unless finish() says otherwise. Returns its sequence number,
  // never 0.
  std::uint64_t begin(std::uint16_t packet_identifier, wire::mqtt::QoS qos, wire::mqtt::ReasonCode reason,
                      std::string detail) {
    entries_.push_back({packet_identifier, false, qos, reason, std::move(detail)});
    return first_ + entries_.size() - 1;
  }
  // Its answer may go out now.
  void finish(std::uint64_t sequence) {
    if (Answer* entry = find(sequence)) entry->finished = true;
  }
  void finish(std::uint64_t sequence, wire::mqtt::ReasonCode reason, std::string detail) {
    Answer* entry = find(sequence);
    if (entry == nullptr) return;
    entry->finished = true;
    entry->reason = reason;
    entry->detail = std::move(detail);
  }
  // Calls send(const Answer&) for every answer whose turn has come.
  template <class Send>
  void flush(Send&& send) {
    while (head_ < entries_.size() && entries_[head_].finished) send(std::as_const(entries_[head_++]));
    if (head_ < entries_.size() && head_ < entries_.size() / 2) return;
    first_ += head_;
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
    if (entries_.empty()) entries_.shrink_to_fit();
  }

  std::size_t in_flight() const { return entries_.size() - head_; }
  bool holds(std::uint16_t packet_identifier) const {
    for (std::size_t i = head_; i < entries_.size(); ++i)
      if (entries_[i].packet_identifier == packet_identifier) return true;
    return false;
  }

 private:
  Answer* find(std::uint64_t sequence) {
    const std::size_t index = sequence - first_;
    return index >= head_ && index < entries_.size() ? &entries_[index] : nullptr;
  }

  std::vector<Answer> entries_;  // those before head_ are sent
  std::size_t head_ = 0;
  std::uint64_t first_ = 1;  // sequence number of entries_[0]
};

}  // namespace outrider::gateway::mqtt
