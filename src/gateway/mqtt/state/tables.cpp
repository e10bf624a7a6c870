#include "gateway/mqtt/state/tables.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> broker_schema;
}  // namespace outrider::embedded

namespace outrider::gateway::mqtt {

using wire::mqtt::QoS;

namespace {

constexpr int schema_version = 1;
constexpr unsigned qos_bits = 3;
constexpr unsigned no_local_bit = 4;
constexpr unsigned as_published_bit = 8;
constexpr unsigned retain_bit = 4;
constexpr unsigned alias_bit = 8;
constexpr unsigned released_bit = 16;

std::int64_t stored(std::uint64_t id) {
  return static_cast<std::int64_t>(id);
}
std::uint64_t loaded(std::int64_t id) {
  return static_cast<std::uint64_t>(id);
}
std::optional<std::int64_t> stored(std::optional<Timestamp> time) {
  return time ? std::optional(to_micros(*time)) : std::nullopt;
}

unsigned options_of(const Wanted& wanted) {
  return static_cast<unsigned>(wanted.qos) | (wanted.no_local ? no_local_bit : 0U) |
         (wanted.retain_as_published ? as_published_bit : 0U);
}

unsigned options_of(const QueueRow& row) {
  return static_cast<unsigned>(row.qos) | (row.retain ? retain_bit : 0U) | (row.by_alias ? alias_bit : 0U) |
         (row.released ? released_bit : 0U);
}

Result<std::shared_ptr<Message>> message_at(store::Statement& row, int fleet, int publisher, int received, int frame) {
  return read_message(FleetId(std::string(row.text(fleet))), DeviceId(std::string(row.text(publisher))),
                      from_micros(row.integer(received)), to_bytes(row.blob(frame)));
}

Tables::Ended ended_at(const store::Statement& row) {
  return {loaded(row.integer(0)), FleetId(std::string(row.text(1))), DeviceId(std::string(row.text(2))),
          std::string(row.text(3))};
}

// The rows of a statement that is bound.
template <class T, class Read>
Result<std::vector<T>> all(store::Statement& statement, Read&& read) {
  std::vector<T> out;
  for (;;) {
    TRY(const bool row, statement.step());
    if (!row) break;
    TRY(auto value, read(statement));
    out.push_back(std::move(value));
  }
  statement.reset();
  return out;
}

}  // namespace

Result<std::unique_ptr<Tables>> Tables::open(const std::filesystem::path& file) {
  TRY(auto opened, store::StateFile::open(file, schema_version, embedded::broker_schema.front().second,
                                          "sessions, queued and retained messages"));
  return std::unique_ptr<Tables>(new Tables(std::move(opened)));
}

Result<store::Statement*> Tables::use(std::string_view sql) {
  const auto found = statements_.find(sql.data());
  if (found != statements_.end()) {
    found->second.reset();
    return &found->second;
  }
  TRY(auto prepared, file_->prepare(sql));
  return &statements_.emplace(sql.data(), std::move(prepared)).first->second;
}

Result<void> Tables::begin() {
  return file_->execute("BEGIN IMMEDIATE");
}

Result<void> Tables::commit() {
  for (auto& [sql, statement] : statements_) statement.reset();
  return file_->execute("COMMIT");
}

void Tables::rollback() {
  for (auto& [sql, statement] : statements_) statement.reset();
  static_cast<void>(file_->execute("ROLLBACK"));  // fails when SQLite has done it already
}

// --- sessions

Result<std::optional<StoredSession>> Tables::find(const SessionKey& key) {
  TRY(auto* const find, use("SELECT id, expiry, sent, exchanges FROM session WHERE fleet = ? AND "
                            "principal = ? AND client = ?"));
  find->bind(std::string_view(key.fleet.value))
      .bind(std::string_view(key.principal.value))
      .bind(std::string_view(key.client_id));
  TRY(const bool row, find->step());
  if (!row) return std::optional<StoredSession>{};
  return StoredSession{loaded(find->integer(0)), static_cast<std::uint32_t>(find->integer(1)), loaded(find->integer(2)),
                       loaded(find->integer(3))};
}

Result<void> Tables::create(const SessionKey& key, KeptId id) {
  TRY(auto* const create, use("INSERT INTO session (id, fleet, principal, "
                              "client, expiry) VALUES (?, ?, ?, ?, 0)"));
  return create->bind(stored(id))
      .bind(std::string_view(key.fleet.value))
      .bind(std::string_view(key.principal.value))
      .bind(std::string_view(key.client_id))
      .run();
}

Result<void> Tables::connect(KeptId id, std::uint32_t expiry, const LeftWill* will) {
  TRY(auto* const connect, use("UPDATE session SET expiry = ?, expires = NULL, will_at = NULL, will "
                               "= ?, will_received = ?, will_delay = ?, "
                               "will_kind = ?, will_type = ?, will_privacy = ? WHERE id = ?"));
  connect->bind(std::int64_t{expiry});
  if (will == nullptr) {
    for (int i = 0; i < 6; ++i) connect->bind_null();
  } else {
    connect->bind(ByteView(will->message->frame))
        .bind(to_micros(will->message->received))
        .bind(std::int64_t{will->delay})
        .bind(static_cast<std::int64_t>(will->report.kind))
        .bind(std::string_view(will->report.content_type))
        .bind(static_cast<std::int64_t>(will->report.privacy));
  }
  return connect->bind(stored(id)).run();
}

Result<void> Tables::disconnect(KeptId id, std::uint32_t expiry, Timestamp expires, std::optional<Timestamp> due) {
  TRY(auto* const disconnect, use("UPDATE session SET expiry = ?, expires = ?, "
                                  "will_at = ? WHERE id = ?"));
  return disconnect->bind(std::int64_t{expiry}).bind(to_micros(expires)).bind(stored(due)).bind(stored(id)).run();
}

Result<void> Tables::remove(KeptId id) {
  for (const std::string_view sql : {std::string_view("DELETE FROM queue WHERE session = ?"),
                                     std::string_view("DELETE FROM subscription WHERE session = ?"),
                                     std::string_view("DELETE FROM inbound WHERE session = ?"),
                                     std::string_view("DELETE FROM session WHERE id = ?")}) {
    TRY(auto* const remove, use(sql));
    CHECK(remove->bind(stored(id)).run());
  }
  return {};
}

Result<void> Tables::set_sent(KeptId id, std::uint64_t sequence) {
  TRY(auto* const set, use("UPDATE session SET sent = ? WHERE id = ?"));
  return set->bind(stored(sequence)).bind(stored(id)).run();
}

Result<void> Tables::drop_will(KeptId id) {
  TRY(auto* const drop, use("UPDATE session SET will = NULL, will_at = NULL WHERE id = ?"));
  return drop->bind(stored(id)).run();
}

Result<void> Tables::will_published(KeptId id, Timestamp left) {
  TRY(auto* const drop,
      use("UPDATE session SET will = NULL, will_at = NULL WHERE id = ? AND will_received = ? AND will_at IS NOT NULL"));
  return drop->bind(stored(id)).bind(to_micros(left)).run();
}

Result<std::optional<LeftWill>> Tables::will_of(KeptId id) {
  TRY(auto* const find, use("SELECT fleet, principal, will_received, will, will_delay, "
                            "will_kind, will_type, "
                            "will_privacy FROM session WHERE id = ? AND will IS NOT NULL"));
  find->bind(stored(id));
  TRY(const bool row, find->step());
  if (!row) return std::optional<LeftWill>{};
  LeftWill out;
  TRY(out.message, message_at(*find, 0, 1, 2, 3));
  out.message->from_kept = id;
  out.delay = static_cast<std::uint32_t>(find->integer(4));
  out.report.kind = static_cast<Kind>(find->integer(5));
  out.report.content_type = find->text(6);
  out.report.privacy = static_cast<ledger::Privacy>(find->integer(7));
  find->reset();
  return out;
}

Result<std::vector<Tables::Ended>> Tables::due_wills(Timestamp now, std::size_t count_max) {
  TRY(auto* const find, use("SELECT id, fleet, principal, client FROM session "
                            "WHERE will_at <= ? LIMIT ?"));
  find->bind(to_micros(now)).bind(static_cast<std::int64_t>(count_max));
  return all<Ended>(*find, [](const auto& row) -> Result<Ended> { return ended_at(row); });
}

Result<std::vector<Tables::Ended>> Tables::expired(Timestamp now, std::size_t count_max) {
  TRY(auto* const find, use("SELECT id, fleet, principal, client FROM session "
                            "WHERE expires <= ? LIMIT ?"));
  find->bind(to_micros(now)).bind(static_cast<std::int64_t>(count_max));
  return all<Ended>(*find, [](const auto& row) -> Result<Ended> { return ended_at(row); });
}

Result<std::vector<Tables::Ended>> Tables::of(const FleetId& fleet, const DeviceId& principal) {
  TRY(auto* const find, use("SELECT id, fleet, principal, client FROM session "
                            "WHERE fleet = ? AND principal = ?"));
  find->bind(std::string_view(fleet.value)).bind(std::string_view(principal.value));
  return all<Ended>(*find, [](const auto& row) -> Result<Ended> { return ended_at(row); });
}

Result<void> Tables::disconnect_all(Timestamp now) {
  TRY(auto* const disconnect, use("UPDATE session SET expires = ? + expiry * 1000000, will_at = CASE "
                                  "WHEN will IS NULL "
                                  "THEN NULL ELSE ? + will_delay * 1000000 END WHERE expires IS NULL"));
  return disconnect->bind(to_micros(now)).bind(to_micros(now)).run();
}

Result<void> Tables::each_session(const std::function<void(const Ended&)>& found) {
  TRY(auto* const each, use("SELECT id, fleet, principal, client FROM session"));
  for (;;) {
    TRY(const bool row, each->step());
    if (!row) break;
    found(ended_at(*each));
  }
  each->reset();
  return {};
}

// --- subscriptions

Result<void> Tables::subscribe(KeptId id, const StoredFilter& filter) {
  TRY(auto* const subscribe, use("INSERT OR REPLACE INTO subscription VALUES (?, ?, ?, ?, ?, ?)"));
  return subscribe->bind(stored(id))
      .bind(std::string_view(filter.filter.filter))
      .bind(std::string_view(filter.filter.group))
      .bind(std::int64_t{filter.filter.by_alias})
      .bind(std::int64_t{options_of(filter.wanted)})
      .bind(std::int64_t{filter.wanted.identifier})
      .run();
}

Result<void> Tables::unsubscribe(KeptId id, const Filter& filter) {
  TRY(auto* const remove, use("DELETE FROM subscription WHERE session = ? AND "
                              "filter = ? AND share = ? AND alias = ?"));
  return remove->bind(stored(id))
      .bind(std::string_view(filter.filter))
      .bind(std::string_view(filter.group))
      .bind(std::int64_t{filter.by_alias})
      .run();
}

Result<std::vector<StoredFilter>> Tables::filters(KeptId id) {
  TRY(auto* const find, use("SELECT filter, share, alias, options, identifier "
                            "FROM subscription WHERE session = ?"));
  find->bind(stored(id));
  return all<StoredFilter>(*find, [](const auto& row) -> Result<StoredFilter> {
    StoredFilter out;
    out.filter = {std::string(row.text(0)), std::string(row.text(1)), row.integer(2) != 0};
    const auto options = static_cast<unsigned>(row.integer(3));
    out.wanted.qos = static_cast<QoS>(options & qos_bits);
    out.wanted.no_local = (options & no_local_bit) != 0;
    out.wanted.retain_as_published = (options & as_published_bit) != 0;
    out.wanted.by_alias = out.filter.by_alias;
    out.wanted.identifier = static_cast<std::uint32_t>(row.integer(4));
    return out;
  });
}

// --- queues

Result<std::int64_t> Tables::keep_message(const Message& message, std::size_t references) {
  TRY(auto* const keep, use("INSERT INTO message (fleet, publisher, received, "
                            "expires, frame, refs) "
                            "VALUES (?, ?, ?, ?, ?, ?) RETURNING id"));
  keep->bind(std::string_view(message.fleet.value))
      .bind(std::string_view(message.publisher.value))
      .bind(to_micros(message.received))
      .bind(stored(message.expires()))
      .bind(ByteView(message.frame))
      .bind(static_cast<std::int64_t>(references));
  TRY(const bool row, keep->step());
  if (!row) return fail(Errc::internal, "state-failed", "no message was made");
  const std::int64_t id = keep->integer(0);
  CHECK(keep->step());  // to its end, which is when SQLite writes
  return id;
}

Result<void> Tables::enqueue(KeptId id, const QueueRow& row, std::int64_t message) {
  TRY(auto* const enqueue, use("INSERT INTO queue VALUES (?, ?, ?, ?, ?, ?, ?)"));
  ByteWriter identifiers;
  for (const std::uint32_t each : row.identifiers) identifiers.u32(each);
  return enqueue->bind(stored(id))
      .bind(stored(row.sequence))
      .bind(message)
      .bind(std::int64_t{options_of(row)})
      .bind(std::string_view(row.group))
      .bind(ByteView(identifiers.bytes()))
      .bind(static_cast<std::int64_t>(row.message->bytes()))
      .run();
}

Result<std::vector<QueueRow>> Tables::page(KeptId id, std::uint64_t after, std::size_t count_max) {
  TRY(auto* const find, use("SELECT fleet, publisher, received, frame, sequence, options, share, "
                            "identifiers FROM queue "
                            "JOIN message ON message.id = queue.message WHERE session = ? AND "
                            "sequence > ? ORDER BY sequence LIMIT ?"));
  find->bind(stored(id)).bind(stored(after)).bind(static_cast<std::int64_t>(count_max));
  return all<QueueRow>(*find, [](auto& row) -> Result<QueueRow> {
    QueueRow out;
    TRY(out.message, message_at(row, 0, 1, 2, 3));
    out.sequence = loaded(row.integer(4));
    const auto options = static_cast<unsigned>(row.integer(5));
    out.qos = static_cast<QoS>(options & qos_bits);
    out.retain = (options & retain_bit) != 0;
    out.by_alias = (options & alias_bit) != 0;
    out.released = (options & released_bit) != 0;
    out.group = row.text(6);
    ByteReader identifiers(row.blob(7));
    while (!identifiers.empty()) {
      TRY(const auto each, identifiers.u32());
      out.identifiers.push_back(each);
    }
    return out;
  });
}

Result<std::size_t> Tables::dequeue(KeptId id, std::uint64_t sequence) {
  TRY(auto* const find, use("SELECT bytes FROM queue WHERE session = ? AND sequence = ?"));
  find->bind(stored(id)).bind(stored(sequence));
  TRY(const bool row, find->step());
  if (!row) return std::size_t{0};
  const auto bytes = static_cast<std::size_t>(find->integer(0));
  find->reset();
  TRY(auto* const remove, use("DELETE FROM queue WHERE session = ? AND sequence = ?"));
  CHECK(remove->bind(stored(id)).bind(stored(sequence)).run());
  return bytes;
}

Result<void> Tables::release(KeptId id, std::uint64_t sequence) {
  TRY(auto* const release, use("UPDATE queue SET options = options | 16 WHERE "
                               "session = ? AND sequence = ?"));
  static_assert(released_bit == 16);
  return release->bind(stored(id)).bind(stored(sequence)).run();
}

Result<std::vector<Tables::QueueSize>> Tables::queue_sizes() {
  TRY(auto* const find, use("SELECT session, COUNT(*), SUM(bytes), "
                            "MAX(sequence) FROM queue GROUP BY session"));
  return all<QueueSize>(*find, [](const auto& row) -> Result<QueueSize> {
    return QueueSize{loaded(row.integer(0)), static_cast<std::uint32_t>(row.integer(1)), loaded(row.integer(2)),
                     loaded(row.integer(3))};
  });
}

Result<std::vector<Tables::RowName>> Tables::expired_rows(Timestamp now, std::size_t count_max) {
  TRY(auto* const find, use("SELECT queue.session, queue.sequence FROM message JOIN queue ON "
                            "queue.message = message.id JOIN session ON "
                            "session.id = queue.session WHERE message.expires <= ? AND "
                            "session.expires IS NOT NULL AND queue.sequence > "
                            "session.sent LIMIT ?"));
  find->bind(to_micros(now)).bind(static_cast<std::int64_t>(count_max));
  return all<RowName>(*find, [](const auto& row) -> Result<RowName> {
    return RowName{loaded(row.integer(0)), loaded(row.integer(1))};
  });
}

Result<std::vector<Tables::RowName>> Tables::rows_by(const FleetId& fleet, const DeviceId& publisher) {
  TRY(auto* const find, use("SELECT queue.session, queue.sequence FROM message JOIN queue ON "
                            "queue.message = "
                            "message.id WHERE message.fleet = ? AND message.publisher = ?"));
  find->bind(std::string_view(fleet.value)).bind(std::string_view(publisher.value));
  return all<RowName>(*find, [](const auto& row) -> Result<RowName> {
    return RowName{loaded(row.integer(0)), loaded(row.integer(1))};
  });
}

// --- exchanges of QoS 2 from clients

Result<void> Tables::receive(KeptId id, const Inbound& inbound, std::uint64_t since, const Message& message) {
  TRY(auto* const count, use("UPDATE session SET exchanges = MAX(exchanges, ?) WHERE id = ?"));
  CHECK(count->bind(stored(inbound.exchange)).bind(stored(id)).run());
  TRY(auto* const receive, use("INSERT OR REPLACE INTO inbound VALUES (?, ?, ?, ?, ?, ?)"));
  return receive->bind(stored(id))
      .bind(std::int64_t{inbound.packet_identifier})
      .bind(stored(inbound.exchange))
      .bind(stored(since))
      .bind(to_micros(message.received))
      .bind(ByteView(message.frame))
      .run();
}

Result<void> Tables::settle(KeptId id, std::uint16_t packet_identifier) {
  TRY(auto* const settle, use("UPDATE inbound SET since = NULL, received = "
                              "NULL, frame = NULL WHERE session = ? AND "
                              "packet = ?"));
  return settle->bind(stored(id)).bind(std::int64_t{packet_identifier}).run();
}

Result<void> Tables::forget_inbound(KeptId id, std::uint16_t packet_identifier) {
  TRY(auto* const forget, use("DELETE FROM inbound WHERE session = ? AND packet = ?"));
  return forget->bind(stored(id)).bind(std::int64_t{packet_identifier}).run();
}

Result<std::vector<Inbound>> Tables::inbound(KeptId id) {
  TRY(auto* const find, use("SELECT packet, exchange FROM inbound WHERE session = ?"));
  find->bind(stored(id));
  return all<Inbound>(*find, [](const auto& row) -> Result<Inbound> {
    return Inbound{static_cast<std::uint16_t>(row.integer(0)), loaded(row.integer(1))};
  });
}

Result<std::vector<Unsettled>> Tables::unsettled() {
  TRY(auto* const find, use("SELECT fleet, principal, received, frame, session, packet, "
                            "exchange, since FROM inbound JOIN session ON "
                            "session.id = inbound.session WHERE since IS NOT NULL ORDER BY session, exchange"));
  return all<Unsettled>(*find, [](auto& row) -> Result<Unsettled> {
    Unsettled out;
    TRY(out.message, message_at(row, 0, 1, 2, 3));
    out.kept = loaded(row.integer(4));
    out.message->from_kept = out.kept;
    out.inbound = {static_cast<std::uint16_t>(row.integer(5)), loaded(row.integer(6))};
    out.since = loaded(row.integer(7));
    return out;
  });
}

// --- retained messages

Result<void> Tables::retain(const Message& message) {
  TRY(auto* const retain, use("INSERT OR REPLACE INTO retained VALUES (?, ?, ?, ?, ?)"));
  return retain->bind(std::string_view(message.fleet.value))
      .bind(message.topic())
      .bind(std::string_view(message.publisher.value))
      .bind(to_micros(message.received))
      .bind(ByteView(message.frame))
      .run();
}

Result<void> Tables::unretain(const FleetId& fleet, std::string_view topic) {
  TRY(auto* const remove, use("DELETE FROM retained WHERE fleet = ? AND topic = ?"));
  return remove->bind(std::string_view(fleet.value)).bind(topic).run();
}

Result<std::vector<std::shared_ptr<Message>>> Tables::retained() {
  TRY(auto* const find, use("SELECT fleet, publisher, received, frame FROM retained"));
  return all<std::shared_ptr<Message>>(*find, [](auto& row) { return message_at(row, 0, 1, 2, 3); });
}

}  // namespace outrider::gateway::mqtt
