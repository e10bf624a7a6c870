#pragma once
// The MQTT edge: MQTT 3.1.1 and 5.0 over mutual TLS.
//
// The certificate is the client. It names fleet and device; the registry admits it; its profile says which topics it
// may use and what it may say there. Whatever a device publishes is in the ledger before it is acknowledged. What is
// not granted is refused with the protocol's own reason, counted, and recorded.
//
// Life cycle: start() listens on every loop; stop() drains. A session lives on the loop that accepted it. Everything in
// `Rooms` and the loops must outlive the broker; its metrics must outlive it too.
// Threads: all members may be called from any thread but stop(), which must not be called on a loop's.
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "base/result.h"
#include "base/time.h"
#include "gateway/admission/keeper.h"
#include "gateway/admission/peer.h"
#include "gateway/mqtt/limits.h"
#include "gateway/mqtt/rights/rights.h"
#include "gateway/websocket/websocket.h"
#include "ledger/ledger.h"
#include "net/loop.h"
#include "net/tls/tls.h"

namespace outrider::gateway::mqtt {

// Who wants in, as the certificate says. The holder is a device or an application (facts/holder.h).
struct Caller {
  FleetId fleet;
  DeviceId holder;
  std::string certificate_serial;
  std::string spki_sha256;
  admission::Origin origin;
  std::string address;  // "192.0.2.1:4711"; empty: a session that is open already is looked at again
};
// Whose session it is, and what it may do. Sessions belong to a principal: two principals may use the same client
// identifier and never meet.
struct Admitted {
  DeviceId principal;
  std::shared_ptr<const Rights> rights;
};
// Asked at every CONNECT, on the session's loop.
using Admit = std::function<Result<Admitted>(const Caller& caller)>;

struct Rooms {
  net::Loops& loops;
  ledger::Ledger& ledger;
  Admit admit;
  Metrics& metrics;
  admission::Recognise recognise = {};  // empty: identity::identify
};

// The same broker for those who come over a WebSocket.
struct WebSocketListener {
  std::string address = "0.0.0.0";
  std::uint16_t port = 8884;  // 0: a free one
  websocket::Options rules;
};

struct Options {
  std::filesystem::path state_file;  // sessions, queued and retained messages; its directory is made
  std::string address = "0.0.0.0";
  std::uint16_t port = 8883;  // 0: a free one; see Broker::port
  std::optional<WebSocketListener> websocket;
  Limits limits;
  admission::Policy policy;
  FleetId strangers_log;  // where refusals are recorded that are nobody's; empty: they are only counted
};

// One refusal, for people.
struct Refusal {
  Timestamp at;
  std::string fleet;  // empty when the caller could not be identified
  std::string device;
  std::string action;  // connect, publish, subscribe, report
  std::string object;  // topic or filter
  std::string rule;    // slug
  std::string detail;
  std::string address;
};

struct Status {
  std::uint64_t connections = 0;                 // open sockets
  std::uint64_t sessions = 0;                    // with a CONNECT accepted
  std::uint64_t devices_online = 0;              // devices with at least one session
  std::uint64_t acknowledged = 0;                // reports acknowledged since the start
  std::uint64_t received = 0;                    // PUBLISH packets since the start
  std::uint64_t kept_sessions = 0;               // that outlive their connections; connected ones too
  std::uint64_t retained = 0;                    // messages
  std::map<std::string, std::uint64_t> refused;  // by rule, since the start
};

class Broker {
 public:
  // `tls` must require client certificates.
  static Result<std::unique_ptr<Broker>> start(Rooms rooms, Options options, std::shared_ptr<net::ServerTls> tls);
  // Calls stop().
  ~Broker();
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  std::uint16_t port() const;
  std::uint16_t websocket_port() const;  // 0: there is none

  // Ends the device's sessions on all loops; with a serial, only those of that certificate. Give it to
  // Registry::on_expel. No session that was admitted before the decision survives it: admission and registration of a
  // session are one step of its loop, so it either sees the decision or is found by this.
  void expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why);

  // Asks Rooms::admit again for every session of the fleet (nothing: of all): who would not be let in now is expelled,
  // the others go on with the rights they have now. A few at a time; returns at once.
  void reconsider(const std::optional<FleetId>& fleet);
  // The same for one device's. As with expel(), no session goes on with the rights from before the decision.
  void reconsider(const FleetId& fleet, const DeviceId& device);

  // Something the server itself says, at QoS 1. Its entry is durable already: nothing is appended for it. True when the
  // queues of kept sessions have it, durably; false when nobody listens, neither now nor in a session that is kept. Not
  // to be called on a loop's thread.
  Result<bool> publish(const FleetId& fleet, std::string_view topic, std::string_view content_type, ByteView payload);

  // Deletes what is there of a principal: its sessions, with their queues, and what it published that waits in queues
  // or is retained. For when its data are erased. Waits until that is durable; not to be called on a loop's thread.
  Result<void> forget(const FleetId& fleet, const DeviceId& principal);

  Status status() const;
  // Of the open connection whose certificate was shown the longest ago; of up to a second ago, for the gauge.
  std::chrono::seconds oldest_session_age() const;
  // The last refusals, newest first, at most `count`.
  std::vector<Refusal> refusals(std::size_t count) const;

  // Stops listening, lets reports under way become durable and be acknowledged for at most `grace`, tells every client
  // that the server shuts down, records the ends of the sessions. Calling it again does nothing.
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{5});

 private:
  struct Inside;
  explicit Broker(std::unique_ptr<Inside> inside);
  std::unique_ptr<Inside> inside_;
};

}  // namespace outrider::gateway::mqtt
