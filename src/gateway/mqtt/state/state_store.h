#pragma once
// What the broker must not forget: sessions that outlive their connections,
// their subscriptions and queues, exchanges of QoS 2, wills that are left,
// retained messages (decision 0035).
//
// One thread writes. Jobs from all loops gather while a transaction is being
// synced; the next one takes them all. What depends on a job being durable runs
// afterwards, on the loop that asked; many answers come home with one wake-up.
// Sleeping sessions are on disk alone but for their subscriptions and a Hearer
// of some dozen bytes.
#include <atomic>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <shared_mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "base/metrics.h"
#include "gateway/mqtt/state/work.h"

namespace outrider::gateway::mqtt {

class StateStore {
 public:
  using Job = StateWork::Job;
  // May run twice: once with others, and, when that failed, by itself. An Error
  // undoes what it did.
  using Do = std::move_only_function<Result<void>(StateWork&)>;
  using Then = std::move_only_function<void(Result<void>)>;
  struct Edges {
    std::function<void(std::size_t loop, Job)> post;
    std::function<void(std::size_t loop, std::vector<Notice>)> notice;
    // The number of the fleet's next entry, or one before it.
    std::function<std::uint64_t(const FleetId&)> position;
  };

  // Loads subscriptions and retained messages into `topics`.
  static Result<std::unique_ptr<StateStore>> open(const std::filesystem::path& file, const StateLimits& limits,
                                                  TopicsOfFleets& topics, Metrics& metrics);
  ~StateStore();
  // From here on jobs are done.
  void start(Edges edges);
  // Does what was taken, then ends the thread. Later jobs fail (unavailable).
  void stop();

  // From any thread. Jobs of one thread are done in the order given. `then` runs on that loop.
  void submit(std::size_t loop, Do work, Then then = {}) { put({loop, std::move(work), std::move(then)}, false); }
  // For what begins something: refused (state-busy) while too much waits for the disk. What ends something never is.
  void request(std::size_t loop, Do work, Then then) { put({loop, std::move(work), std::move(then)}, true); }
  // For what the ledger has: tried again until it is done.
  void insist(std::size_t loop, Do work, Then then) { put({loop, std::move(work), std::move(then), true}, false); }

  // False only when there surely is no such session: most connections need not
  // ask the store.
  bool may_know(const SessionKey& key) const;
  std::size_t sessions() const { return session_count_; }
  // False only when no will is to be published.
  bool wills_due() const { return wills_due_; }
  std::uint64_t pending() const { return pending_; }

  // Before start(): what the last run left undecided. Wills of connections that it had are due by now, and not among
  // them.
  Result<std::vector<DueWill>> unpublished() { return tables_->due_wills(std::numeric_limits<std::uint32_t>::max()); }
  Result<std::vector<Unsettled>> unsettled() { return tables_->unsettled(); }
  // Before start(), waits.
  Result<void> now(Do work);

 private:
  friend class StateWork;
  struct Item {
    std::size_t loop = 0;
    Do work;
    Then then;
    bool insists = false;
  };
  void put(Item item, bool refusable);
  StateStore(std::unique_ptr<Tables> tables, const StateLimits& limits, TopicsOfFleets& topics, Metrics& metrics);
  Result<void> load();
  Result<void> load_sizes();
  void run();
  void commit(std::vector<Item>& items);
  Result<void> try_all(std::vector<Item>& items, StateWork& work);
  Result<void> try_one(Item& item);
  void finish(StateWork& work);
  std::uint64_t position(const FleetId& fleet) const { return edges_.position ? edges_.position(fleet) : 0; }

  std::unique_ptr<Tables> tables_;
  const StateLimits limits_;
  TopicsOfFleets& topics_;
  Counter dropped_;
  Counter transactions_;
  Edges edges_;

  // The store's thread.
  std::unordered_map<KeptId, std::shared_ptr<Hearer>> hearers_;
  std::uint64_t queued_bytes_ = 0;
  std::unordered_set<WillId> claimed_;  // wills that are being published
  std::vector<Item> again_;             // that insist and failed
  std::chrono::steady_clock::time_point again_at_;

  mutable std::shared_mutex known_mutex_;
  std::unordered_multiset<std::size_t> known_;  // hashes of keys
  std::atomic<std::size_t> session_count_{0};
  std::atomic<bool> wills_due_{true};  // until somebody has looked

  std::mutex mutex_;
  std::condition_variable wake_;
  std::vector<Item> queue_;
  bool stopping_ = false;
  std::atomic<std::uint64_t> pending_{0};
  std::thread thread_;
};

}  // namespace outrider::gateway::mqtt
