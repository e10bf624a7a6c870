// What jobs do inside a transaction.
#include <algorithm>
#include <ranges>

#include "crypto/random.h"
#include "gateway/mqtt/state/state_store.h"

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;

namespace {

constexpr std::size_t sweep_sessions_max = 256;  // at a time: others want to write too
constexpr std::size_t sweep_rows_max = 1'000;

// Random, so that it names the session also beside a copy of the store that was
// put back.
KeptId new_id() {
  KeptId id = 0;
  while (id == 0)
    for (const std::uint8_t byte : crypto::random_bytes(sizeof id)) id = id << 8U | byte;
  return id;
}

}  // namespace

StateWork::StateWork(StateStore& store) : store_(store), tables(*store.tables_) {}

void StateWork::notify(SessionId session, QueueRow row) {
  const std::size_t loop = session >> session_loop_shift;
  if (notices_.size() <= loop) notices_.resize(loop + 1);
  notices_[loop].push_back({session, std::move(row)});
}

std::shared_ptr<Hearer> StateWork::hearer(KeptId id) {
  const auto found = store_.hearers_.find(id);
  return found == store_.hearers_.end() ? nullptr : found->second;
}

Result<Opened> StateWork::open(const SessionKey& key, bool clean, std::uint32_t expiry, const LeftWill* will,
                               SessionId connection) {
  Opened out;
  TRY(auto known, tables.find(key));
  // Also one whose time is over, and whose end nobody has seen to.
  if (known && (clean || (known->expires && *known->expires <= system_clock().now()))) {
    TRY(out.orphan, end(known->id, key));
    if (out.orphan) claim(out.orphan->id);
    known.reset();
  }
  // MQTT 5, 3.1.2-5: what there is goes on, also when it ends with this
  // connection.
  out.present = known.has_value();
  if (!known && expiry == 0) {
    if (will == nullptr) return out;
    out.will = new_id();
    CHECK(tables.leave_will(out.will, 0, *will, std::nullopt));
    return out;
  }
  if (!known) {
    if (store_.hearers_.size() >= store_.limits_.sessions_max)
      return fail(Errc::overloaded, "too-many-sessions", "the server keeps as many sessions as it may");
    known = StoredSession{new_id(), expiry, 0, 0, std::nullopt};
    CHECK(tables.create(key, known->id));
    store_.hearers_.emplace(known->id, std::make_shared<Hearer>(known->id));
    undo([this_store = &store_, id = known->id] { this_store->hearers_.erase(id); });
    after([this_store = &store_, key] {
      ++this_store->session_count_;
      const std::unique_lock lock(this_store->known_mutex_);
      this_store->known_.insert(std::hash<std::string>{}(key.text()));
    });
  }
  CHECK(tables.connect(known->id, expiry, will));
  out.session = *known;
  out.hearer = hearer(known->id);
  TRY(out.filters, tables.filters(known->id));
  TRY(out.inbound, tables.inbound(known->id));
  TRY(out.rows, tables.page(known->id, 0, store_.limits_.page_rows));
  out.last = out.hearer->next_sequence - 1;
  out.more = out.rows.size() == store_.limits_.page_rows;
  after([hearer = out.hearer, connection] { hearer->session.store(connection, std::memory_order_release); });
  return out;
}

void StateWork::take_back() {
  for (auto& job : undo_ | std::views::reverse) job();
}

void StateWork::claim(WillId id) {
  if (!store_.claimed_.insert(id).second) return;
  undo([this_store = &store_, id] { this_store->claimed_.erase(id); });
}

void StateWork::give_up(WillId id) {
  after([this_store = &store_, id] { this_store->claimed_.erase(id); });
}

Result<void> StateWork::published(WillId id) {
  give_up(id);
  return tables.remove_will(id);
}

Result<std::optional<DueWill>> StateWork::make_due(WillId id) {
  TRY(auto due, tables.will(id));
  if (!due) return due;
  due->since = store_.position(due->will.message->fleet);
  CHECK(tables.set_due(id, due->since));
  after([this_store = &store_] { this_store->wills_due_ = true; });
  return due;
}

Result<std::optional<DueWill>> StateWork::make_due_of(KeptId session) {
  TRY(auto will, tables.will_of(session));
  if (!will) return std::nullopt;
  CHECK(tables.drop_will(session));
  const WillId id = will->id = new_id();
  DueWill due{id, *std::move(will), 0};
  due.since = store_.position(due.will.message->fleet);
  CHECK(tables.leave_will(id, session, due.will, due.since));
  after([this_store = &store_] { this_store->wills_due_ = true; });
  return due;
}

Result<std::optional<DueWill>> StateWork::end(KeptId id, const SessionKey& key) {
  TRY(auto will, make_due_of(id));
  CHECK(give_away(id, key.fleet));
  TRY(const auto filters, tables.filters(id));
  CHECK(tables.remove(id));
  after([this_store = &store_, id, key, filters] {
    StateStore& store = *this_store;
    const auto found = store.hearers_.find(id);
    if (found == store.hearers_.end()) return;
    auto& routes = store.topics_.of(key.fleet).routes;
    for (const auto& each : filters) routes.unsubscribe(each.filter, found->second);
    store.queued_bytes_ -= std::min(store.queued_bytes_, found->second->queued_bytes.load());
    store.hearers_.erase(found);
    --store.session_count_;
    const std::unique_lock lock(store.known_mutex_);
    if (const auto name = store.known_.find(std::hash<std::string>{}(key.text())); name != store.known_.end())
      store.known_.erase(name);
  });
  return will;
}

// MQTT 5, 4.8.2: what a shared subscription gave to a session that ends goes to
// another member. QoS 2 that was begun does not (4.8.2-5).
Result<void> StateWork::give_away(KeptId id, const FleetId& fleet) {
  const auto own = hearer(id);
  if (!own || own->queued == 0) return {};
  auto& routes = store_.topics_.of(fleet).routes;
  for (std::uint64_t after_row = 0;;) {
    TRY(const auto rows, tables.page(id, after_row, store_.limits_.page_rows));
    if (rows.empty()) return {};
    for (const QueueRow& row : rows) {
      after_row = row.sequence;
      if (row.group.empty() || row.qos == QoS::exactly_once) continue;
      if (auto target = routes.another(row.group, own.get())) {
        const std::vector<Target> targets{*std::move(target)};
        CHECK(enqueue(row.message, targets));
      }
    }
  }
}

Result<void> StateWork::enqueue(const std::shared_ptr<const Message>& message, const std::vector<Target>& targets) {
  std::vector<std::pair<std::shared_ptr<Hearer>, QueueRow>> rows;
  for (const Target& target : targets) {
    const QoS qos = std::min(target.qos, message->qos());
    QueueRow row{0,
                 message,
                 qos,
                 target.retained || (target.retain_as_published && message->retain()),
                 target.by_alias,
                 false,
                 target.group,
                 target.identifiers};
    if (target.hearer->kept == 0) {  // given away by a session that ended
      if (target.session != 0) after([this, row, session = target.session] { notify(session, row); });
      continue;
    }
    if (qos == QoS::at_most_once) continue;
    const auto own = hearer(target.hearer->kept);
    if (!own) continue;  // it has ended meanwhile
    const auto& limits = store_.limits_;
    if (own->queued >= limits.queued_messages_max || own->queued_bytes + message->bytes() > limits.queued_bytes_max ||
        store_.queued_bytes_ + message->bytes() > limits.queued_bytes_of_all_max) {
      store_.dropped_.add();
      continue;
    }
    row.sequence = own->next_sequence++;
    ++own->queued;
    own->queued_bytes += message->bytes();
    store_.queued_bytes_ += message->bytes();
    rows.emplace_back(own, std::move(row));
  }
  if (rows.empty()) return {};
  TRY(const std::int64_t kept, tables.keep_message(*message, rows.size()));
  for (const auto& [own, row] : rows) CHECK(tables.enqueue(own->kept, row, kept));
  after([this, rows = std::move(rows)]() mutable {
    for (auto& [own, row] : rows) {
      const SessionId session = own->session.load(std::memory_order_acquire);
      if (session != 0) notify(session, std::move(row));
    }
  });
  return {};
}

Result<void> StateWork::dequeue(KeptId id, std::uint64_t sequence) {
  TRY(const std::size_t bytes, tables.dequeue(id, sequence));
  const auto own = hearer(id);
  if (bytes == 0 || !own) return {};
  if (own->queued != 0) --own->queued;
  own->queued_bytes -= std::min<std::uint64_t>(own->queued_bytes, bytes);
  store_.queued_bytes_ -= std::min<std::uint64_t>(store_.queued_bytes_, bytes);
  return {};
}

Result<void> StateWork::retain(const std::shared_ptr<const Message>& message) {
  // Others came first since its publisher was told that there is room. What it would replace is no longer true.
  if (!message->content.payload.empty() &&
      !store_.topics_.of(message->fleet).retained.check(message->topic(), message->bytes())) {
    store_.dropped_.add();
    return unretain(message->fleet, std::string(message->topic()));
  }
  CHECK(message->content.payload.empty() ? tables.unretain(message->fleet, message->topic()) : tables.retain(*message));
  after([this_store = &store_, message] { this_store->topics_.of(message->fleet).retained.set(message); });
  return {};
}

Result<void> StateWork::unretain(const FleetId& fleet, const std::string& topic) {
  CHECK(tables.unretain(fleet, topic));
  after([this_store = &store_, fleet, topic] { this_store->topics_.of(fleet).retained.remove(topic); });
  return {};
}

Result<void> StateWork::forget(const FleetId& fleet, const DeviceId& principal) {
  TRY(const auto sessions, tables.of(fleet, principal));
  for (const auto& session : sessions) {
    CHECK(tables.drop_will(session.id));
    CHECK(end(session.id, {session.fleet, session.principal, session.client_id}));
  }
  CHECK(tables.remove_wills_by(fleet, principal));
  TRY(const auto rows, tables.rows_by(fleet, principal));
  for (const auto& row : rows) CHECK(dequeue(row.id, row.sequence));
  for (const auto& topic : store_.topics_.of(fleet).retained.of(principal)) CHECK(unretain(fleet, topic));
  return {};
}

Result<void> StateWork::sweep(Timestamp now, std::vector<DueWill>& due) {
  TRY(const auto wills, tables.with_due_wills(now, sweep_sessions_max));
  for (const auto& session : wills) CHECK(make_due_of(session.id));
  TRY(const auto expired, tables.expired(now, sweep_sessions_max));
  for (const auto& session : expired) CHECK(end(session.id, {session.fleet, session.principal, session.client_id}));
  TRY(due, tables.due_wills(sweep_sessions_max));
  if (due.empty()) after([this_store = &store_] { this_store->wills_due_ = false; });
  std::erase_if(due, [&](const DueWill& will) { return store_.claimed_.contains(will.id); });
  for (const DueWill& will : due) claim(will.id);
  TRY(const auto rows, tables.expired_rows(now, sweep_rows_max));
  for (const auto& row : rows) CHECK(dequeue(row.id, row.sequence));
  std::vector<std::pair<FleetId, std::string>> stale;
  store_.topics_.each([&](const FleetId& fleet, FleetTopics& topics) {
    for (auto& topic : topics.retained.expired(now)) stale.emplace_back(fleet, std::move(topic));
  });
  for (const auto& [fleet, topic] : stale) CHECK(unretain(fleet, topic));
  return {};
}

}  // namespace outrider::gateway::mqtt
