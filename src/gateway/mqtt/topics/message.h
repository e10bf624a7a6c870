#pragma once
// A publication on its way to subscribers, shared by all who deliver it.
#include <memory>
#include <optional>
#include <string>

#include "base/bytes.h"
#include "base/ids.h"
#include "base/time.h"
#include "gateway/mqtt/loops/mailbox.h"
#include "wire/mqtt/packet.h"

namespace outrider::gateway::mqtt {

// Names a kept session (one that outlives its connection) for ever; 0: none.
using KeptId = std::uint64_t;

// What a message is when it must be taken out of memory: bytes, and when we
// received them.
struct Message {
  FleetId fleet;
  DeviceId publisher;  // the principal
  Timestamp received;
  SessionId from = 0;           // the connection it came on
  KeptId from_kept = 0;         // and its kept session
  Bytes frame;                  // a whole MQTT 5 PUBLISH: what the store keeps
  wire::mqtt::Publish content;  // the same, decoded; borrows from `frame`

  Message() = default;
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  std::string_view topic() const { return content.topic; }
  wire::mqtt::QoS qos() const { return content.qos; }
  bool retain() const { return content.retain; }
  // When it is no longer wanted (Message Expiry Interval); nothing: never.
  std::optional<Timestamp> expires() const {
    if (!content.properties.message_expiry_interval) return std::nullopt;
    return received + std::chrono::seconds{*content.properties.message_expiry_interval};
  }
  bool expired(Timestamp now) const {
    const auto end = expires();
    return end && now >= *end;
  }
  std::size_t bytes() const { return frame.size(); }
};

// `topic` is canonical. Of the properties those stay that belong to the message
// and not to its way here (MQTT 5, 3.3.2.3). Fails only for what cannot be a
// packet.
Result<std::shared_ptr<Message>> make_message(const FleetId& fleet, const DeviceId& publisher, Timestamp received,
                                              std::string_view topic, const wire::mqtt::Publish& publish);
// From what the store kept.
Result<std::shared_ptr<Message>> read_message(FleetId fleet, DeviceId publisher, Timestamp received, Bytes frame);

}  // namespace outrider::gateway::mqtt
