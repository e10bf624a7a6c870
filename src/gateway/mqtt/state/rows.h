#pragma once
// What the broker keeps on disk, as values (docs/format/broker.md).
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mqtt/rights/report.h"
#include "gateway/mqtt/topics/routes.h"

namespace outrider::gateway::mqtt {

// Whose session it is. Two principals may use the same client identifier and
// never meet.
struct SessionKey {
  FleetId fleet;
  DeviceId principal;
  std::string client_id;
  std::string text() const { return fleet.value + '/' + principal.value + '/' + client_id; }
};

// Random; it is in the will's ledger entry, too, so that a crash cannot make two of one.
using WillId = std::uint64_t;

// A will that outlives its connection. It was judged when it was left: the
// rights may be gone when it is due.
struct LeftWill {
  std::shared_ptr<Message> message;
  Report report;
  std::uint32_t delay = 0;  // seconds
  WillId id = 0;            // once it has a row of its own
};

// One that is to be published, or is being published.
struct DueWill {
  WillId id = 0;
  LeftWill will;
  std::uint64_t since = 0;  // its entry has this number or a later one, if it exists
};

// A message in a session's queue. The packet identifier follows from the
// sequence number, so that it is the same after a restart.
struct QueueRow {
  std::uint64_t sequence = 0;  // 0: not in the store
  std::shared_ptr<const Message> message;
  wire::mqtt::QoS qos = wire::mqtt::QoS::at_least_once;
  bool retain = false;
  bool by_alias = false;
  bool released = false;  // QoS 2: PUBREC has come, PUBREL is what must be said
  std::string group;      // of the shared subscription it came through
  std::vector<std::uint32_t> identifiers;

  std::uint16_t packet_identifier() const { return static_cast<std::uint16_t>((sequence - 1) % 65'535 + 1); }
};

// A QoS 2 message from a client whose PUBREL has not come.
struct Inbound {
  std::uint16_t packet_identifier = 0;
  std::uint64_t exchange = 0;  // which of the session's exchanges it is
};

// One that was received when the server died, and may be in the ledger or not.
struct Unsettled {
  KeptId kept = 0;
  Inbound inbound;
  std::uint64_t since = 0;  // its entry has this number or a later one
  std::shared_ptr<Message> message;
};

struct StoredSession {
  KeptId id = 0;
  std::uint32_t expiry = 0;  // seconds from the end of the connection
  std::uint64_t sent = 0;    // no message beyond this sequence number was ever sent
  std::uint64_t exchanges = 0;
  std::optional<Timestamp> expires = std::nullopt;  // it has no connection, and ends then
};

// A subscription as stored.
struct StoredFilter {
  Filter filter;
  Wanted wanted;
};

}  // namespace outrider::gateway::mqtt
