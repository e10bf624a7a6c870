#include "fleet/ways_in/tables.h"

#include <soci/soci.h>

namespace outrider::fleet {
namespace {

using soci::use;

template <class Enum>
std::string word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

template <class Enum>
Enum enum_of(const std::string& name) {
  Enum out{};
  boost::describe::enum_from_string(name.c_str(), out);  // written by ourselves from the same names
  return out;
}

// A column that may be NULL, both ways.
template <class Value>
struct Column {
  Value value{};
  soci::indicator present = soci::i_null;
};
Column<std::string> column(const std::optional<std::string>& text) {
  return {text.value_or(""), text ? soci::i_ok : soci::i_null};
}
Column<long long> column(const std::optional<Timestamp>& time) {
  return {time ? to_micros(*time) : 0, time ? soci::i_ok : soci::i_null};
}
std::optional<std::string> text_of(const Column<std::string>& column) {
  return column.present == soci::i_ok ? std::optional(column.value) : std::nullopt;
}
std::optional<Timestamp> time_of(const Column<long long>& column) {
  return column.present == soci::i_ok ? std::optional(from_micros(column.value)) : std::nullopt;
}

void write_anchor(soci::session& sql, const ledger::Entry& entry, const facts::AnchorAdded& fact) {
  const std::string role = word(fact.role);
  const std::string certificate = hex(fact.certificate);
  auto profile = column(fact.profile ? std::optional(fact.profile->value) : std::nullopt);
  auto from = column(fact.device_id_from);
  auto until = column(fact.until);
  const long long added = to_micros(entry.received);
  sql << "INSERT INTO anchor (fleet, name, role, certificate, profile, device_id_from, trusted_until, added, added_by) "
         "VALUES (:fleet, :name, :role, :certificate, :profile, :from, :until, :added, :by) "
         "ON CONFLICT (fleet, name) DO UPDATE SET role = excluded.role, certificate = excluded.certificate, "
         "profile = excluded.profile, device_id_from = excluded.device_id_from, "
         "trusted_until = excluded.trusted_until, added = excluded.added, added_by = excluded.added_by",
      use(entry.fleet.value), use(fact.anchor), use(role), use(certificate), use(profile.value, profile.present),
      use(from.value, from.present), use(until.value, until.present), use(added), use(fact.by);
}

void remove_anchor(soci::session& sql, const ledger::Entry& entry, const facts::AnchorRemoved& fact) {
  sql << "DELETE FROM anchor WHERE fleet = :fleet AND name = :name", use(entry.fleet.value), use(fact.anchor);
}

void write_request(soci::session& sql, const ledger::Entry& entry, const facts::EnrolmentRequested& fact) {
  const long long requested = to_micros(entry.received);
  const long long expires = to_micros(fact.expires);
  sql << "DELETE FROM enrolment_request WHERE fleet = :fleet AND expires < :now", use(entry.fleet.value),
      use(requested);
  sql << "INSERT INTO enrolment_request (fleet, name, device, spki_sha256, address, requested, expires, state) "
         "VALUES (:fleet, :name, :device, :key, :address, :requested, :expires, 'pending') ON CONFLICT DO NOTHING",
      use(entry.fleet.value), use(fact.request), use(fact.device.value), use(fact.spki_sha256), use(fact.address),
      use(requested), use(expires);
}

void write_decision(soci::session& sql, const ledger::Entry& entry, const facts::EnrolmentDecided& fact) {
  const long long decided = to_micros(entry.received);
  const std::string state = word(fact.approved ? RequestState::approved : RequestState::rejected);
  sql << "UPDATE enrolment_request SET state = :state, decided = :decided, why = :why, decided_by = :by "
         "WHERE fleet = :fleet AND name = :name AND state = 'pending'",
      use(state), use(decided), use(fact.why), use(fact.by), use(entry.fleet.value), use(fact.request);
}

void load_anchors(soci::session& sql, State& state) {
  std::string fleet;
  std::string name;
  std::string role;
  std::string certificate;
  std::string by;
  Column<std::string> profile;
  Column<std::string> from;
  Column<long long> until;
  long long added = 0;
  soci::statement select =
      (sql.prepare << "SELECT fleet, name, role, certificate, profile, device_id_from, trusted_until, added, added_by "
                      "FROM anchor",
       soci::into(fleet), soci::into(name), soci::into(role), soci::into(certificate),
       soci::into(profile.value, profile.present), soci::into(from.value, from.present),
       soci::into(until.value, until.present), soci::into(added), soci::into(by));
  select.execute();
  while (select.fetch()) {
    auto der = from_hex(certificate);
    state.fleets[FleetId(fleet)].ways.anchors[name] = {
        .anchor = name,
        .role = enum_of<facts::AnchorRole>(role),
        .certificate = der ? *std::move(der) : Bytes{},
        .profile = text_of(profile) ? std::optional(ProfileId(profile.value)) : std::nullopt,
        .device_id_from = text_of(from),
        .until = time_of(until),
        .added = from_micros(added),
        .by = by};
  }
}

void load_requests(soci::session& sql, State& state) {
  std::string fleet;
  EnrolmentRequest row;
  std::string request_state;
  long long requested = 0;
  long long expires = 0;
  Column<long long> decided;
  Column<std::string> why;
  Column<std::string> by;
  soci::statement select =
      (sql.prepare << "SELECT fleet, name, device, spki_sha256, address, requested, expires, state, decided, why, "
                      "decided_by FROM enrolment_request",
       soci::into(fleet), soci::into(row.request), soci::into(row.device.value), soci::into(row.spki_sha256),
       soci::into(row.address), soci::into(requested), soci::into(expires), soci::into(request_state),
       soci::into(decided.value, decided.present), soci::into(why.value, why.present),
       soci::into(by.value, by.present));
  select.execute();
  while (select.fetch()) {
    row.requested = from_micros(requested);
    row.expires = from_micros(expires);
    row.state = enum_of<RequestState>(request_state);
    row.decided = time_of(decided);
    row.why = text_of(why);
    row.by = text_of(by);
    state.fleets[FleetId(fleet)].ways.requests[row.request] = row;
  }
}

void load_connected(soci::session& sql, State& state) {
  std::string fleet;
  std::string serial;
  long long connected = 0;
  soci::statement select = (sql.prepare << "SELECT fleet, serial, connected FROM identity WHERE connected IS NOT NULL",
                            soci::into(fleet), soci::into(serial), soci::into(connected));
  select.execute();
  while (select.fetch()) {
    auto& identities = state.fleets[FleetId(fleet)].identities;
    const auto found = identities.find(serial);
    if (found != identities.end()) found->second.connected = from_micros(connected);
  }
}

}  // namespace

Result<void> write_ways_in(store::Session& session, DecodedEntry& entry) {
  const auto with = [&]<class Fact>(auto rule) -> Result<void> {
    const auto fact = entry.fact<Fact>();
    if (!fact) return {};
    return session.run([&](soci::session& sql) { rule(sql, *entry, *fact); });
  };
  switch (entry.kind()) {
    case Kind::anchor_added:
      return with.operator()<facts::AnchorAdded>(write_anchor);
    case Kind::anchor_removed:
      return with.operator()<facts::AnchorRemoved>(remove_anchor);
    case Kind::enrolment_requested:
      return with.operator()<facts::EnrolmentRequested>(write_request);
    case Kind::enrolment_decided:
      return with.operator()<facts::EnrolmentDecided>(write_decision);
    default:
      return {};
  }
}

void write_connected(soci::session& sql, const ledger::Entry& entry, const facts::SessionOpened& fact) {
  const long long when = to_micros(entry.received);
  sql << "UPDATE identity SET connected = :when WHERE fleet = :fleet AND serial = :serial AND connected IS NULL",
      use(when), use(entry.fleet.value), use(fact.certificate_serial);
}

void write_request_used(soci::session& sql, const ledger::Entry& entry, const facts::IdentityIssued& fact) {
  if (!fact.request) return;
  sql << "UPDATE enrolment_request SET state = 'used' WHERE fleet = :fleet AND name = :name", use(entry.fleet.value),
      use(*fact.request);
}

void load_ways_in(soci::session& sql, State& state) {
  load_anchors(sql, state);
  load_requests(sql, state);
  load_connected(sql, state);
}

}  // namespace outrider::fleet
