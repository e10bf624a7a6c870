#pragma once
// One loop's part of the broker: its listening socket, its sessions, their subscriptions and deadlines.
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/admission/door.h"
#include "gateway/mqtt/broker.h"
#include "gateway/mqtt/directory.h"
#include "gateway/mqtt/mailbox.h"
#include "gateway/mqtt/refusal_book.h"
#include "gateway/mqtt/wheel.h"
#include "net/listener.h"
#include "wire/mqtt/trie.h"

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
  const std::string instance;  // random; makes session names unique among runs
  Directory directory;
  std::atomic<std::uint64_t> connections{0};
  std::atomic<std::uint64_t> sessions{0};
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> appends_pending{0};
  Gauge sessions_gauge;
  Gauge connections_gauge;
  Counter received_counter;
  Counter acknowledged_counter;
  std::vector<std::shared_ptr<Hub>> hubs;  // constant while the broker runs
};

// Everything but the constructor, refusals() and completions of appends is for the loop's thread.
class Hub : public std::enable_shared_from_this<Hub> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // What a session asked for with a subscription.
  struct Subscriber {
    Session* session;
    bool by_alias;  // subscribed with "d/me/…": hears of it under that name
    bool operator==(const Subscriber&) const = default;
  };
  struct Wanted {
    wire::mqtt::QoS qos = wire::mqtt::QoS::at_most_once;
    bool no_local = false;
  };
  using Subscriptions = wire::mqtt::SubscriptionTrie<Subscriber, Wanted>;

  Hub(std::shared_ptr<Shared> shared, net::Loop& loop);
  ~Hub();

  void start(net::TcpAcceptor acceptor);
  // First half of stopping: nobody new, nothing more is read from clients.
  void quiesce();
  // Second half: every session is told and recorded as closed.
  void shut_down();
  // Last: what is left is cut off.
  void clear();

  void expel(const FleetId& fleet, const DeviceId& device, const std::string& serial, const std::string& why);
  void take_over(SessionId session);
  void reconsider(const std::optional<FleetId>& fleet);

  // --- for sessions
  net::Loop& loop() { return loop_; }
  Shared& shared() { return *shared_; }
  const Limits& limits() const { return shared_->options.limits; }
  RefusalBook& refusals() { return refusals_; }
  const RefusalBook& refusals() const { return refusals_; }
  // Hands the draft to the ledger; the session hears of the end by complete(), when it still lives.
  void append(ledger::Draft draft, SessionId session, std::uint64_t sequence, bool report,
              std::shared_ptr<const Message> message = nullptr);
  // An entry of our own; failing to write it is the ledger's trouble, which it reports itself.
  void record(ledger::Draft draft) { append(std::move(draft), 0, 0, false); }
  const Wheel& wheel() const { return wheel_; }
  void schedule(SessionId session, Time at) { wheel_.schedule(session, at); }
  Subscriptions& subscriptions(const FleetId& fleet);
  void came_online(Session& session);
  void went_offline(Session& session);
  // The session's last call: it is destroyed soon afterwards, not within.
  void bury(SessionId session);
  // For encoding one packet; lent until the next call.
  Bytes& scratch() {
    scratch_.clear();
    return scratch_;
  }

 private:
  void let_in(net::TlsStream::Socket socket, admission::Arrival arrival);
  void turned_away(const admission::Turned& turned);
  void reconsider_next(std::vector<SessionId> left);
  void tick();
  void take(std::vector<Completion> completions);
  void deliver(const std::shared_ptr<const Message>& message);
  Session* find(SessionId id);

  std::shared_ptr<Shared> shared_;
  net::Loop& loop_;
  std::shared_ptr<Mailbox> mailbox_;
  RefusalBook refusals_;
  Wheel wheel_;
  boost::asio::steady_timer timer_;
  std::shared_ptr<admission::Door> door_;
  std::unordered_map<SessionId, std::unique_ptr<Session>> sessions_;
  std::unordered_multimap<std::string, Session*> by_device_;  // "<fleet>/<device>"
  std::unordered_map<FleetId, Subscriptions> subscriptions_;
  std::uint64_t next_session_;
  Bytes scratch_;
  std::uint64_t received_told_ = 0;  // what the metrics know
  std::uint64_t acknowledged_told_ = 0;
  bool stopping_ = false;
};

}  // namespace outrider::gateway::mqtt
