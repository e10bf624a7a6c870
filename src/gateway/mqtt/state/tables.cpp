// Sessions and subscriptions.
#include "gateway/mqtt/state/tables.h"

#include "gateway/mqtt/state/columns.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> broker_schema;
}  // namespace outrider::embedded

namespace outrider::gateway::mqtt {

using namespace columns;
using wire::mqtt::QoS;

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
  TRY(auto* const find, use("SELECT id, expiry, sent, exchanges, expires FROM session WHERE fleet = ? AND "
                            "principal = ? AND client = ?"));
  find->bind(std::string_view(key.fleet.value))
      .bind(std::string_view(key.principal.value))
      .bind(std::string_view(key.client_id));
  TRY(const bool row, find->step());
  if (!row) return std::optional<StoredSession>{};
  StoredSession out{loaded(find->integer(0)), static_cast<std::uint32_t>(find->integer(1)), loaded(find->integer(2)),
                    loaded(find->integer(3))};
  if (!find->is_null(4)) out.expires = from_micros(find->integer(4));
  return out;
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

Result<std::vector<Tables::Ended>> Tables::with_due_wills(Timestamp now, std::size_t count_max) {
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
                                  "THEN NULL ELSE ? + MIN(will_delay, expiry) * 1000000 END WHERE expires IS NULL"));
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

}  // namespace outrider::gateway::mqtt
