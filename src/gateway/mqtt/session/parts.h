#pragma once
// Parts of a session that most sessions do without.
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "gateway/mqtt/state/rows.h"

namespace outrider::gateway::mqtt {

// Between CONNECT and CONNACK: an earlier connection of the same client has to let go, the store has to answer.
struct Joining {
  bool assigned = false;  // the client identifier is ours
  bool clean_start = true;
  bool wants_response_information = false;
  std::optional<std::uint32_t> requested_expiry;
  std::uint32_t expiry = 0;
  std::uint16_t keep_alive = 0;
  std::shared_ptr<LeftWill> will;
  std::uint64_t heard = 0;  // newest row of its queue that it was told of before the store's answer was here
  Bytes early;              // what the client sent without waiting for CONNACK
};

// Of a session that outlives its connection.
struct Lasting {
  KeptId id = 0;
  std::uint32_t expiry = 0;  // seconds, in force
  std::uint32_t expiry_at_connect = 0;
  std::uint64_t exchanges = 0;  // number of its last exchange of QoS 2
  std::uint64_t sent = 0;       // sequence numbers: the last sent,
  std::uint64_t loaded = 0;     // the last taken from the store,
  std::uint64_t newest = 0;     // the last we heard of
  bool behind = false;          // there are rows in the store beyond `loaded`
  bool loading = false;
  std::string will_topic;           // empty: it left none
  std::vector<std::uint64_t> done;  // rows that may go, until the end of the current chunk of input
};

// QoS 2 messages from the client until their PUBREL.
struct Exchanges {
  enum class State : std::uint8_t {
    pending,   // neither in the ledger nor answered
    received,  // PUBREC is due or sent
    ending,    // PUBREL has come, PUBCOMP will be sent when that is durable
  };
  struct One {
    std::uint16_t packet_identifier = 0;
    State state = State::pending;
    bool stored = false;
  };
  std::vector<One> all;

  One* find(std::uint16_t packet_identifier) {
    for (One& one : all)
      if (one.packet_identifier == packet_identifier) return &one;
    return nullptr;
  }
  void erase(std::uint16_t packet_identifier) {
    std::erase_if(all, [&](const One& one) { return one.packet_identifier == packet_identifier; });
  }
};

// Retained messages that new subscriptions bring: loaded as the outbox drains. It ends with the connection.
struct RetainedLoad {
  struct Cursor {
    Filter filter;
    Target target;
    std::string after;  // topic of the last that was taken
  };
  std::deque<Cursor> left;
  bool storing = false;  // some are on their way through the store
};

// MQTT 5, 3.3.2.3.4: numbers for topics, each way; index 0 is alias 1.
struct Aliases {
  std::vector<std::string> from_client;
  std::vector<std::string> to_client;
};

}  // namespace outrider::gateway::mqtt
