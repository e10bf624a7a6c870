#pragma once
// What a job of the store can do (state_store.h).
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/mqtt/state/limits.h"
#include "gateway/mqtt/state/tables.h"
#include "gateway/mqtt/topics/fleet_topics.h"

namespace outrider::gateway::mqtt {

class StateStore;

// A row that a connected session should hear of.
struct Notice {
  SessionId session = 0;
  QueueRow row;
};

// What a client finds when it connects.
struct Opened {
  std::shared_ptr<Hearer> hearer;
  bool present = false;
  StoredSession session;
  std::vector<StoredFilter> filters;
  std::vector<Inbound> inbound;
  std::vector<QueueRow> rows;  // the first of them
  bool more = false;
  std::uint64_t last = 0;         // sequence number of the newest row
  std::optional<DueWill> orphan;  // of an older session that this connection ended
  WillId will = 0;                // the connection's own, when no session is kept that could have it
};

// The store as a job sees it: inside a transaction, on the store's thread.
class StateWork {
 public:
  using Job = std::move_only_function<void()>;
  explicit StateWork(StateStore& store);

  // After the transaction is durable, on the store's thread; never when it
  // failed.
  void after(Job job) { after_.push_back(std::move(job)); }
  // When it failed: what was changed in memory goes back.
  void undo(Job job) { undo_.push_back(std::move(job)); }
  // The same, for a connected session.
  void notify(SessionId session, QueueRow row);

  // The session of that key for a client that connects on `connection`. With
  // `clean` an older one ends first; with an expiry of 0 none is made, but the
  // will is kept.
  Result<Opened> open(const SessionKey& key, bool clean, std::uint32_t expiry, const LeftWill* will,
                      SessionId connection);
  // Ends it: everything of it goes. Returns the will that its end makes due.
  Result<std::optional<DueWill>> end(KeptId id, const SessionKey& key);
  // From now on a will is to be published, whatever happens: it goes only
  // together with what comes of its entry. Nothing when there is none.
  Result<std::optional<DueWill>> make_due(WillId id);
  Result<std::optional<DueWill>> make_due_of(KeptId session);
  // Puts the message into the queues of the targets that are kept sessions and
  // want it with QoS 1 or 2. Full queues drop it, which is counted: what is
  // older was promised before.
  Result<void> enqueue(const std::shared_ptr<const Message>& message, const std::vector<Target>& targets);
  Result<void> dequeue(KeptId id, std::uint64_t sequence);
  Result<void> retain(const std::shared_ptr<const Message>& message);
  Result<void> unretain(const FleetId& fleet, const std::string& topic);
  // Everything that is there of a principal: its sessions, what it published,
  // what it retained.
  Result<void> forget(const FleetId& fleet, const DeviceId& principal);
  // Whoever's job says this publishes the will that is due: until it is published or given up nobody else gets it.
  void claim(WillId id);
  void give_up(WillId id);
  Result<void> published(WillId id);
  // Sessions whose time is over end. Wills that are to be published, and that nobody has claimed, are claimed and put
  // into `due`.
  Result<void> sweep(Timestamp now, std::vector<DueWill>& due);

 private:
  friend class StateStore;
  Result<void> give_away(KeptId id, const FleetId& fleet);
  std::shared_ptr<Hearer> hearer(KeptId id);

  StateStore& store_;

 public:
  Tables& tables;

 private:
  void take_back();

  std::vector<Job> after_;
  std::vector<Job> undo_;
  std::vector<std::vector<Notice>> notices_;  // by loop
};

}  // namespace outrider::gateway::mqtt
