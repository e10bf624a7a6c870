// Wills by themselves.
#include "gateway/mqtt/state/columns.h"

namespace outrider::gateway::mqtt {

using namespace columns;

namespace {

Result<DueWill> will_at(store::Statement& row) {
  DueWill out;
  out.id = loaded(row.integer(0));
  TRY(out.will.message, message_at(row, 2, 3, 4, 5));
  out.will.message->from_kept = loaded(row.integer(1));
  out.will.id = out.id;
  out.will.report.kind = static_cast<Kind>(row.integer(6));
  out.will.report.content_type = row.text(7);
  out.will.report.privacy = static_cast<ledger::Privacy>(row.integer(8));
  out.since = loaded(row.integer(9));
  return out;
}

}  // namespace

Result<void> Tables::leave_will(WillId id, KeptId session, const LeftWill& will, std::optional<std::uint64_t> since) {
  TRY(auto* const leave, use("INSERT INTO will VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  return leave->bind(stored(id))
      .bind(stored(session))
      .bind(std::string_view(will.message->fleet.value))
      .bind(std::string_view(will.message->publisher.value))
      .bind(to_micros(will.message->received))
      .bind(ByteView(will.message->frame))
      .bind(static_cast<std::int64_t>(will.report.kind))
      .bind(std::string_view(will.report.content_type))
      .bind(static_cast<std::int64_t>(will.report.privacy))
      .bind(since ? std::optional(stored(*since)) : std::nullopt)
      .run();
}

Result<void> Tables::set_due(WillId id, std::uint64_t since) {
  TRY(auto* const set, use("UPDATE will SET since = ? WHERE id = ? AND since IS NULL"));
  return set->bind(stored(since)).bind(stored(id)).run();
}

Result<void> Tables::remove_will(WillId id) {
  TRY(auto* const remove, use("DELETE FROM will WHERE id = ?"));
  return remove->bind(stored(id)).run();
}

Result<std::optional<DueWill>> Tables::will(WillId id) {
  TRY(auto* const find, use("SELECT id, session, fleet, principal, received, frame, kind, type, privacy, since "
                            "FROM will WHERE id = ?"));
  find->bind(stored(id));
  TRY(const auto found, all<DueWill>(*find, will_at));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

Result<std::vector<DueWill>> Tables::due_wills(std::size_t count_max) {
  TRY(auto* const find, use("SELECT id, session, fleet, principal, received, frame, kind, type, privacy, since "
                            "FROM will WHERE since IS NOT NULL LIMIT ?"));
  find->bind(static_cast<std::int64_t>(count_max));
  return all<DueWill>(*find, will_at);
}

Result<void> Tables::remove_wills_by(const FleetId& fleet, const DeviceId& principal) {
  TRY(auto* const remove, use("DELETE FROM will WHERE fleet = ? AND principal = ?"));
  return remove->bind(std::string_view(fleet.value)).bind(std::string_view(principal.value)).run();
}

Result<std::vector<FleetId>> Tables::fleets_with_wills() {
  TRY(auto* const find, use("SELECT DISTINCT fleet FROM will WHERE since IS NULL"));
  return all<FleetId>(*find, [](const auto& row) -> Result<FleetId> { return FleetId(std::string(row.text(0))); });
}

Result<void> Tables::set_all_due(const FleetId& fleet, std::uint64_t since) {
  TRY(auto* const set, use("UPDATE will SET since = ? WHERE fleet = ? AND since IS NULL"));
  return set->bind(stored(since)).bind(std::string_view(fleet.value)).run();
}

}  // namespace outrider::gateway::mqtt
