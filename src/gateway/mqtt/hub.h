#pragma once
// One loop's part of the broker: its listening socket, its sessions, their subscriptions and deadlines.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/admission/door.h"
#include "gateway/mqtt/broker.h"
#include "gateway/mqtt/loops/directory.h"
#include "gateway/mqtt/loops/mailbox.h"
#include "gateway/mqtt/refusal_book.h"
#include "gateway/mqtt/state/state_store.h"
#include "gateway/mqtt/wheel.h"
#include "net/accept/listener.h"
#include "net/tls/resumption/key_ages.h"

namespace outrider::gateway::mqtt {

class Hub;
class Session;

// What all loops of a broker share. Lives until the last of them is gone.
struct Shared {
  Shared(Rooms r, Options o, std::shared_ptr<net::ServerTls> t);

  Rooms rooms;
  const Options options;
  const std::shared_ptr<net::ServerTls> tls;
  const std::shared_ptr<admission::Keeper> keeper;
  TopicsOfFleets topics;
  std::unique_ptr<StateStore> store;  // from Broker::start to its stop
  const std::string instance;         // random; makes session names unique among runs
  Directory directory;
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> sessions{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> appends_pending{0};
  Gauge sessions_gauge;
  Gauge connections_gauge;
  Gauge held_gauge;
  Counter received_counter;
  Counter acknowledged_counter;
  std::size_t held_bytes() const { return *options.limits.tls.held; }
  std::vector<std::shared_ptr<Hub>> hubs;  // constant while the broker runs

  std::size_t retained_anywhere() {
    std::size_t count = 0;
    topics.each([&](const FleetId&, const FleetTopics& fleet) { count += fleet.retained.size(); });
    return count;
  }
};

// Everything but the constructor, refusals(), oldest_key() and completions of appends is for the loop's thread.
class Hub : public std::enable_shared_from_this<Hub> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  Hub(std::shared_ptr<Shared> shared, net::Loop& loop);
  ~Hub();

  // `websocket`: a second listener, for MQTT over WebSocket.
  void start(net::TcpAcceptor acceptor, std::optional<net::TcpAcceptor> websocket);
  // First half of stopping: nobody new, nothing more is read from clients.
  void quiesce();
  // Second half: every session is told and recorded as closed.
  void shut_down();
  // Last: what is left is cut off.
  void clear();

  void expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why);
  // The client connected elsewhere; `then` runs when this loop has nothing of it any more.
  // `from`: where the client connects from now.
  void take_over(SessionId session, const boost::asio::ip::address& from, std::function<void()> then);
  // Rows of queues for sessions of this loop.
  void hear(std::vector<Notice> notices);
  void reconsider(const std::optional<FleetId>& fleet);
  void reconsider(const FleetId& fleet, const DeviceId& device);
  // Of its connections, as of the last tick.
  std::optional<Timestamp> oldest_key() const;

  // --- for sessions
  net::Loop& loop() { return loop_; }
  Shared& shared() { return *shared_; }
  const Limits& limits() const { return shared_->options.limits; }
  bool stopping() const { return stopping_; }
  RefusalBook& refusals() { return refusals_; }
  const RefusalBook& refusals() const { return refusals_; }
  StateStore& store() { return *shared_->store; }
  Session* find(SessionId id);
  // Hands the draft to the ledger. When it is durable its message is routed, and the session hears of the end by
  // complete(), when it still lives.
  void append(const ledger::DraftView& draft, Completion completion);
  // An entry of our own; failing to write it is the ledger's trouble, which it reports itself.
  void record(const ledger::Draft& draft) { append(ledger::view_of(draft), {}); }
  // Tells the session the end of what the ledger did not see.
  void settle(const Completion& completion);
  // To the ledger and to those who hear it. It is claimed (StateWork).
  void publish_will(DueWill due);
  // The connection of a session that is not kept has ended: its will is published, or not to be published any more.
  void end_will(WillId id, bool publish);
  // A message of the server's own: its entry is durable, and it goes to those who hear it. `then` runs on this loop
  // when the queues of kept sessions have it, or could not take it.
  void announce(const std::shared_ptr<const Message>& message, StateStore::Then then);
  // Another member of a shared subscription gets it.
  void hand_on(const std::shared_ptr<const Message>& message, Target target);
  // When the keys of its connections began (net::TlsStream::key_began).
  net::tls::KeyAges& key_ages() { return key_ages_; }
  const Wheel& wheel() const { return wheel_; }
  void schedule(SessionId session, Time at) { wheel_.schedule(session, at); }
  void came_online(Session& session);
  void went_offline(Session& session);
  // The session's last call: it is destroyed soon afterwards, not within.
  void bury(SessionId session);
  // For one topic; lent until the next call.
  std::string& topic_scratch() { return topic_scratch_; }
  // For encoding one packet; lent until the next call.
  Bytes& scratch() {
    scratch_.clear();
    return scratch_;
  }

 private:
  void give_up_will(WillId id);
  enum class Carrier : std::uint8_t { tls, websocket };
  std::shared_ptr<admission::Door> open_door(net::TcpAcceptor acceptor, Carrier carrier);
  void let_in(net::TlsStream::Socket socket, admission::Arrival arrival, Carrier carrier);
  void turned_away(const admission::Turned& turned);
  std::vector<Session*> sessions_of(const FleetId& fleet, const DeviceId& device) const;
  void reconsider_next(std::vector<SessionId> left);
  void tick();
  void shed();
  void take(std::span<Completion> completions);
  // True: the end of it comes later, from the store.
  // To those who hear it now. Those whose queue must have it before its publisher is answered are left in targets_.
  void deliver_at_once(const std::shared_ptr<const Message>& message);
  bool route(Completion& completion);
  void deliver(const std::shared_ptr<const Message>& message, const Target& target);
  void sweep();

  std::shared_ptr<Shared> shared_;
  net::Loop& loop_;
  std::shared_ptr<Mailbox> mailbox_;
  RefusalBook refusals_;
  Wheel wheel_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<admission::Door> door_;
  std::shared_ptr<admission::Door> websocket_door_;  // may be none
  std::unordered_map<SessionId, std::unique_ptr<Session>> sessions_;
  std::unordered_multimap<std::string, Session*> by_device_;  // "<fleet>/<device>"
  std::vector<Target> targets_;                               // of one message; empty between two
  std::uint64_t next_session_;
  net::tls::KeyAges key_ages_;
  std::atomic<std::int64_t> oldest_key_{0};  // microseconds; 0: no connection
  Bytes scratch_;
  std::string topic_scratch_;
  bool sweeping_ = false;
  std::uint64_t received_told_ = 0;  // what the metrics know
  std::uint64_t acknowledged_told_ = 0;
  bool stopping_ = false;
};

}  // namespace outrider::gateway::mqtt
