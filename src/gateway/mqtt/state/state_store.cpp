#include "gateway/mqtt/state/state_store.h"

#include <algorithm>
#include <chrono>

#include "base/file.h"
#include "base/log.h"

namespace outrider::gateway::mqtt {

namespace {

std::size_t hash_of(const SessionKey& key) {
  return std::hash<std::string>{}(key.text());
}

}  // namespace

Result<std::unique_ptr<StateStore>> StateStore::open(const std::filesystem::path& file, const StateLimits& limits,
                                                     TopicsOfFleets& topics, Metrics& metrics) {
  CHECK(make_directories(file.parent_path(), 0700));
  TRY(auto tables, Tables::open(file));
  std::unique_ptr<StateStore> out(new StateStore(std::move(tables), limits, topics, metrics));
  CHECK(out->load());
  return out;
}

StateStore::StateStore(std::unique_ptr<Tables> tables, const StateLimits& limits, TopicsOfFleets& topics,
                       Metrics& metrics)
    : tables_(std::move(tables)),
      limits_(limits),
      topics_(topics),
      dropped_(metrics.counter("outrider_mqtt_dropped_total",
                               "Messages dropped because a sleeping session's queue was full")),
      transactions_(metrics.counter("outrider_mqtt_state_commits_total", "Transactions of the broker's state")) {}

StateStore::~StateStore() {
  stop();
}

Result<void> StateStore::load() {
  CHECK(tables_->begin());
  CHECK(tables_->disconnect_all(system_clock().now()));
  std::vector<Tables::Ended> sessions;
  CHECK(tables_->each_session([&](const Tables::Ended& session) { sessions.push_back(session); }));
  for (const auto& session : sessions) {
    const auto& hearer = hearers_.emplace(session.id, std::make_shared<Hearer>(session.id)).first->second;
    known_.insert(hash_of({session.fleet, session.principal, session.client_id}));
    TRY(const auto filters, tables_->filters(session.id));
    for (const auto& each : filters)
      CHECK(topics_.of(session.fleet).routes.subscribe(each.filter, hearer, each.wanted));
  }
  session_count_ = sessions.size();
  TRY(auto retained, tables_->retained());
  for (auto& message : retained) {
    auto& topics = topics_.of(message->fleet);
    topics.retained.set(std::move(message));
  }
  CHECK(tables_->commit());
  return load_sizes();
}

Result<void> StateStore::load_sizes() {
  TRY(const auto sizes, tables_->queue_sizes());
  for (auto& [id, hearer] : hearers_) {
    hearer->queued = 0;
    hearer->queued_bytes = 0;
  }
  queued_bytes_ = 0;
  for (const auto& size : sizes) {
    const auto found = hearers_.find(size.id);
    if (found == hearers_.end()) continue;
    found->second->queued = size.rows;
    found->second->queued_bytes = size.bytes;
    found->second->next_sequence = std::max(found->second->next_sequence, size.last + 1);
    queued_bytes_ += size.bytes;
  }
  return {};
}

void StateStore::start(Edges edges) {
  edges_ = std::move(edges);
  thread_ = std::thread([this] { run(); });
}

void StateStore::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void StateStore::put(Item item, bool refusable) {
  ++pending_;
  Error refusal{Errc::overloaded, "state-busy", "too much waits to be written"};
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      refusal = {Errc::unavailable, "stopped", "the broker stops"};
    } else if (!refusable || queue_.size() < limits_.waiting_max) {
      queue_.push_back(std::move(item));
      if (queue_.size() == 1) wake_.notify_one();
      return;
    }
  }
  --pending_;
  if (!item.then) return;
  edges_.post(item.loop, [then = std::move(item.then), refusal = std::move(refusal)]() mutable {
    then(std::unexpected(std::move(refusal)));
  });
}

bool StateStore::may_know(const SessionKey& key) const {
  if (session_count_ == 0) return false;
  const std::shared_lock lock(known_mutex_);
  return known_.contains(hash_of(key));
}

Result<void> StateStore::now(Do work) {
  CHECK(tables_->begin());
  StateWork here(*this);
  auto done = work(here);
  if (done) done = tables_->commit();
  if (!done) {
    tables_->rollback();
    here.take_back();
    return done;
  }
  for (auto& job : here.after_) job();
  return {};
}

void StateStore::run() {
  std::vector<Item> items;
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      const auto called = [&] { return stopping_ || !queue_.empty(); };
      if (again_.empty()) {
        wake_.wait(lock, called);
      } else {
        wake_.wait_until(lock, again_at_, called);
      }
      if (stopping_ && queue_.empty()) break;
      items.swap(queue_);
    }
    if (!items.empty()) commit(items);
    items.clear();
    if (again_.empty() || std::chrono::steady_clock::now() < again_at_) continue;
    items.swap(again_);
    commit(items);
    items.clear();
  }
  if (!again_.empty()) commit(items = std::exchange(again_, {}));  // what fails now the next start finds in the ledger
}

void StateStore::commit(std::vector<Item>& items) {
  std::vector<Result<void>> outcomes(items.size());
  StateWork work(*this);
  if (try_all(items, work)) {
    finish(work);
  } else {
    // One of them, or the disk. Each by itself: those that can be done are.
    if (const auto counted = load_sizes(); !counted)
      log::error("cannot count what is queued", {{"why", counted.error().text()}});
    for (std::size_t i = 0; i < items.size(); ++i) outcomes[i] = try_one(items[i]);
  }
  transactions_.add();
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (outcomes[i] || !items[i].insists) continue;
    again_.push_back(std::move(items[i]));
    items[i].then = nullptr;
    again_at_ = std::chrono::steady_clock::now() + limits_.retry_interval;
    ++pending_;
  }
  std::unordered_map<std::size_t, std::vector<std::pair<Then, Result<void>>>> by_loop;
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].then) by_loop[items[i].loop].emplace_back(std::move(items[i].then), std::move(outcomes[i]));
  for (auto& [loop, answers] : by_loop) {
    edges_.post(loop, [mine = std::move(answers)]() mutable {
      for (auto& answer : mine) answer.first(std::move(answer.second));
    });
  }
  pending_ -= items.size();
}

Result<void> StateStore::try_all(std::vector<Item>& items, StateWork& work) {
  auto done = tables_->begin();
  for (auto& item : items) {
    if (!done) break;
    done = item.work(work);
  }
  if (done) done = tables_->commit();
  if (!done) {
    tables_->rollback();
    work.take_back();
  }
  return done;
}

Result<void> StateStore::try_one(Item& item) {
  StateWork work(*this);
  auto done = tables_->begin();
  if (done) done = item.work(work);
  if (done) done = tables_->commit();
  if (done) {
    finish(work);
    return done;
  }
  tables_->rollback();
  work.take_back();
  if (done.error().code != Errc::overloaded)
    log::error("the broker's state could not be written", {{"why", done.error().text()}});
  static_cast<void>(load_sizes());  // the next job counts with what is there
  return done;
}

void StateStore::finish(StateWork& work) {
  for (auto& job : work.after_) job();
  for (std::size_t loop = 0; loop < work.notices_.size(); ++loop)
    if (!work.notices_[loop].empty()) edges_.notice(loop, std::move(work.notices_[loop]));
}

}  // namespace outrider::gateway::mqtt
