#include "fleet/ways_in/tables.h"

#include <soci/soci.h>

#include "fleet/state/rows.h"
#include "fleet/ways_in/list_tables.h"
#include "fleet/ways_in/lists.h"

namespace outrider::fleet {
namespace {

using soci::use;

template <class Enum>
std::string word(Enum value) {
  return boost::describe::enum_to_string(value, "?");
}

// A column that may be NULL.
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
  each_row<FleetId, std::string, facts::AnchorRole, std::string, std::optional<ProfileId>, std::optional<std::string>,
           std::optional<Timestamp>, Timestamp, std::string>(
      sql, "SELECT fleet, name, role, certificate, profile, device_id_from, trusted_until, added, added_by FROM anchor",
      [&](const FleetId& fleet, const std::string& name, facts::AnchorRole role, const std::string& certificate,
          const std::optional<ProfileId>& profile, const std::optional<std::string>& from,
          std::optional<Timestamp> until, Timestamp added, const std::string& by) {
        auto der = from_hex(certificate);
        state.fleets[fleet].ways.anchors[name] = {.anchor = name,
                                                  .role = role,
                                                  .certificate = der ? *std::move(der) : Bytes{},
                                                  .profile = profile,
                                                  .device_id_from = from,
                                                  .until = until,
                                                  .added = added,
                                                  .by = by};
        identify_authority(state.fleets[fleet].ways.anchors[name]);
      });
}

void load_requests(soci::session& sql, State& state) {
  each_row<FleetId, std::string, DeviceId, std::string, std::string, Timestamp, Timestamp, RequestState,
           std::optional<Timestamp>, std::optional<std::string>, std::optional<std::string>>(
      sql,
      "SELECT fleet, name, device, spki_sha256, address, requested, expires, state, decided, why, decided_by "
      "FROM enrolment_request",
      [&](const FleetId& fleet, const std::string& name, const DeviceId& device, const std::string& key,
          const std::string& address, Timestamp requested, Timestamp expires, RequestState request_state,
          std::optional<Timestamp> decided, const std::optional<std::string>& why,
          const std::optional<std::string>& by) {
        state.fleets[fleet].ways.requests[name] = {.request = name,
                                                   .device = device,
                                                   .spki_sha256 = key,
                                                   .address = address,
                                                   .requested = requested,
                                                   .expires = expires,
                                                   .state = request_state,
                                                   .decided = decided,
                                                   .why = why,
                                                   .by = by};
      });
}

void load_connected(soci::session& sql, State& state) {
  each_row<FleetId, std::string, Timestamp>(sql,
                                            "SELECT fleet, serial, connected FROM identity WHERE connected IS NOT NULL",
                                            [&](const FleetId& fleet, const std::string& serial, Timestamp connected) {
                                              auto& identities = state.fleets[fleet].identities;
                                              const auto found = identities.find(serial);
                                              if (found != identities.end()) found->second.connected = connected;
                                            });
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
    case Kind::anchor_revoked:
      return with.operator()<facts::AnchorRevoked>(write_revoked);
    case Kind::anchor_list:
      return with.operator()<facts::AnchorList>(write_list);
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
  load_lists(sql, state);
  load_requests(sql, state);
  load_connected(sql, state);
}

}  // namespace outrider::fleet
