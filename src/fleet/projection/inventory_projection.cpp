#include "fleet/projection/inventory_projection.h"

#include <soci/soci.h>

#include <algorithm>
#include <array>

#include "facts/facts.h"
#include "facts/holder.h"
#include "fleet/applications/tables.h"
#include "fleet/registry/revocation.h"
#include "fleet/ways_in/tables.h"

namespace outrider::fleet {
namespace {

using soci::use;

std::string_view word(auto value) {
  return boost::describe::enum_to_string(value, "?");
}

long long micros(Timestamp when) {
  return to_micros(when);
}

void add_fleet(soci::session& sql, const ledger::Entry& entry, const facts::FleetCreated& fact) {
  const long long created = micros(entry.received);
  sql << "INSERT INTO fleet (id, title, created) VALUES (:id, :title, :created) ON CONFLICT DO NOTHING",
      use(entry.fleet.value), use(fact.title), use(created);
}

void add_profile(soci::session& sql, const ledger::Entry& entry, const facts::ProfileAdded& fact) {
  sql << "INSERT INTO profile (fleet, id, toml) VALUES (:fleet, :id, :toml) "
         "ON CONFLICT (fleet, id) DO UPDATE SET toml = excluded.toml",
      use(entry.fleet.value), use(fact.profile.value), use(fact.toml);
}

void add_device(soci::session& sql, const ledger::Entry& entry, const facts::DeviceAdded& fact) {
  const long long added = micros(entry.received);
  const std::string serial_number = fact.serial_number.value_or("");
  const std::string label = fact.label.value_or("");
  soci::indicator has_serial_number = fact.serial_number ? soci::i_ok : soci::i_null;
  soci::indicator has_label = fact.label ? soci::i_ok : soci::i_null;
  sql << "INSERT INTO device (fleet, id, profile, lifecycle, lifecycle_since, serial_number, label, added) "
         "VALUES (:fleet, :id, :profile, 'expected', :since, :serial_number, :label, :added) ON CONFLICT DO NOTHING",
      use(entry.fleet.value), use(fact.device.value), use(fact.profile.value), use(added),
      use(serial_number, has_serial_number), use(label, has_label), use(added);
}

void set_lifecycle(soci::session& sql, const ledger::Entry& entry, const DeviceId& device, facts::Lifecycle to) {
  const std::string lifecycle(word(to));
  const long long since = micros(entry.received);
  sql << "UPDATE device SET lifecycle = :to, lifecycle_since = :since WHERE fleet = :fleet AND id = :id",
      use(lifecycle), use(since), use(entry.fleet.value), use(device.value);
}

// The automatic steps: first certificate, first session.
void advance_lifecycle(soci::session& sql, const ledger::Entry& entry, const DeviceId& device, facts::Lifecycle from,
                       facts::Lifecycle to) {
  const std::string before(word(from));
  const std::string after(word(to));
  const long long since = micros(entry.received);
  sql << "UPDATE device SET lifecycle = :after, lifecycle_since = :since "
         "WHERE fleet = :fleet AND id = :id AND lifecycle = :before",
      use(after), use(since), use(entry.fleet.value), use(device.value), use(before);
}

void add_code(soci::session& sql, const ledger::Entry& entry, const facts::CodeCreated& fact) {
  const std::string& fleet = entry.fleet.value;
  int known = 0;
  sql << "SELECT count(*) FROM enrolment_code WHERE fleet = :fleet AND hash = :hash", use(fleet), use(fact.code_hash),
      soci::into(known);
  if (known != 0) return;
  const long long expires = micros(fact.expires);
  sql << "DELETE FROM enrolment_code WHERE fleet = :fleet AND device = :device AND used = 0", use(fleet),
      use(fact.device.value);
  sql << "INSERT INTO enrolment_code (fleet, hash, device, expires, used) SELECT :fleet, :hash, :device, :expires, 0 "
         "WHERE EXISTS (SELECT 1 FROM holder WHERE fleet = :fleet2 AND id = :device2)",
      use(fleet, "fleet"), use(fact.code_hash, "hash"), use(fact.device.value, "device"), use(expires, "expires"),
      use(fleet, "fleet2"), use(fact.device.value, "device2");
}

void add_identity(soci::session& sql, const ledger::Entry& entry, const facts::IdentityIssued& fact) {
  const std::string& fleet = entry.fleet.value;
  const long long issued = micros(entry.received);
  const long long not_before = micros(fact.not_before);
  const long long not_after = micros(fact.not_after);
  const long long number = static_cast<long long>(entry.number);
  const std::string right(word(fact.right));
  const std::string key_home(word(fact.key_home));
  const int attested = fact.key_home_attested ? 1 : 0;
  const std::string issuer = issuer_of(fact.certificate);
  const std::string spki = hex(spki_of(fact.certificate));
  soci::statement insert =
      (sql.prepare
           << "INSERT INTO identity (fleet, serial, device, spki_sha256, issued, not_before, not_after, "
              "enrolment_right, key_home, key_home_attested, entry, issuer, spki) SELECT :fleet, :serial, :device, "
              ":key, :issued, :not_before, :not_after, :right, :home, :attested, :entry, :issuer, :spki "
              "WHERE EXISTS (SELECT 1 FROM holder WHERE fleet = :fleet2 AND id = :device2) "
              // A row from before identities said their issuer or key learns it when the ledger is read again.
              "ON CONFLICT (fleet, serial) DO UPDATE SET issuer = excluded.issuer, spki = excluded.spki "
              "WHERE identity.issuer = '' OR identity.spki = ''",
       use(fleet, "fleet"), use(fact.serial, "serial"), use(fact.device.value, "device"), use(fact.spki_sha256, "key"),
       use(issued, "issued"), use(not_before, "not_before"), use(not_after, "not_after"), use(right, "right"),
       use(key_home, "home"), use(attested, "attested"), use(number, "entry"), use(issuer, "issuer"), use(spki, "spki"),
       use(fleet, "fleet2"), use(fact.device.value, "device2"));
  insert.execute(true);
  if (insert.get_affected_rows() == 0) return;
  write_request_used(sql, entry, fact);
  if (fact.code_hash) {
    sql << "UPDATE enrolment_code SET used = 1 WHERE fleet = :fleet AND hash = :hash", use(fleet), use(*fact.code_hash);
  }
  advance_lifecycle(sql, entry, fact.device, facts::Lifecycle::expected, facts::Lifecycle::enrolled);
}

void revoke_identity(soci::session& sql, const ledger::Entry& entry, const facts::IdentityRevoked& fact) {
  const long long when = micros(entry.received);
  const auto cause = cause_of(fact);
  const std::string cause_word(cause ? word(*cause) : "");
  soci::indicator has_cause = cause ? soci::i_ok : soci::i_null;
  sql << "UPDATE identity SET revoked = :when, revoked_why = :why, revoked_cause = :cause "
         "WHERE fleet = :fleet AND serial = :serial AND revoked IS NULL",
      use(when), use(fact.why), use(cause_word, has_cause), use(entry.fleet.value), use(fact.serial);
}

void add_token(soci::session& sql, const ledger::Entry& entry, const facts::TokenCreated& fact) {
  const long long created = micros(entry.received);
  const long long expires = fact.expires ? micros(*fact.expires) : 0;
  soci::indicator has_expires = fact.expires ? soci::i_ok : soci::i_null;
  sql << "INSERT INTO api_token (fleet, hash, name, created, expires, created_by) "
         "VALUES (:fleet, :hash, :name, :created, :expires, :by) ON CONFLICT DO NOTHING",
      use(entry.fleet.value), use(fact.token_hash), use(fact.name), use(created), use(expires, has_expires),
      use(fact.by);
}

void revoke_token(soci::session& sql, const ledger::Entry& entry, const facts::TokenRevoked& fact) {
  const long long when = micros(entry.received);
  sql << "UPDATE api_token SET revoked = :when WHERE fleet = :fleet AND name = :name AND revoked IS NULL", use(when),
      use(entry.fleet.value), use(fact.name);
}

void open_session(soci::session& sql, const ledger::Entry& entry, const facts::SessionOpened& fact) {
  write_connected(sql, entry, fact);
  sql << "UPDATE device SET session = :session WHERE fleet = :fleet AND id = :id", use(fact.session),
      use(entry.fleet.value), use(fact.device.value);
  advance_lifecycle(sql, entry, fact.device, facts::Lifecycle::enrolled, facts::Lifecycle::active);
}

// True when it was the device's newest session.
bool close_session(soci::session& sql, const ledger::Entry& entry, const facts::SessionClosed& fact) {
  soci::statement update =
      (sql.prepare << "UPDATE device SET session = NULL WHERE fleet = :fleet AND id = :id AND session = :session",
       use(entry.fleet.value), use(fact.device.value), use(fact.session));
  update.execute(true);
  return update.get_affected_rows() != 0;
}

}  // namespace

Result<InventoryTables::Device*> InventoryTables::find(store::Session& session, const FleetId& fleet,
                                                       const std::string& device) {
  id_.assign(fleet.value).append(1, '/').append(device);  // a fleet's id holds no '/'
  if (const auto known = devices_.find(id_); known != devices_.end()) return &*known;
  bool exists = false;
  std::string trust;
  soci::indicator has_trust = soci::i_null;
  CHECK(session.run([&](soci::session& sql) {
    sql << "SELECT p.value FROM device d LEFT JOIN posture p ON p.fleet = d.fleet AND p.device = d.id "
           "AND p.fact = 'trust' WHERE d.fleet = :fleet AND d.id = :id",
        use(fleet.value), use(device), soci::into(trust, has_trust);
    exists = sql.got_data();
  }));
  if (!exists) return nullptr;
  if (has_trust != soci::i_ok) trust.clear();
  return &*devices_.try_emplace(id_, LastSeen{.trust = std::move(trust)}).first;
}

Result<void> InventoryTables::see(store::Session& session, const ledger::Entry& entry, const std::string& device,
                                  std::string_view how) {
  TRY(Device* const known, find(session, entry.fleet, device));
  if (known == nullptr) return {};
  if (known->second.how.empty()) seen_.push_back(known);
  known->second.how = how;
  known->second.at = entry.received;
  known->second.entry = entry.number;
  return {};
}

Result<void> InventoryTables::believe(store::Session& session, const ledger::Entry& entry, const std::string& device,
                                      std::string_view fact, std::optional<std::string> value) {
  TRY(const Device* const known, find(session, entry.fleet, device));
  if (known != nullptr) {
    beliefs_[{entry.fleet.value, device, fact}] = {
        .value = std::move(value), .since = entry.received, .entry = entry.number};
  }
  return {};
}

Result<void> InventoryTables::believe_origin(store::Session& session, const ledger::Entry& entry,
                                             const facts::SessionOpened& fact) {
  if (!fact.network_kind) return {};
  const std::string& device = fact.device.value;
  CHECK(believe(session, entry, device, "network", fact.network));
  CHECK(believe(session, entry, device, "network_kind", fact.network_kind));
  CHECK(believe(session, entry, device, "country", fact.country));
  return believe(session, entry, device, "asn", fact.asn ? std::optional(std::to_string(*fact.asn)) : std::nullopt);
}

Result<void> InventoryTables::apply_session(store::Session& session, DecodedEntry& entry) {
  if (entry.kind() == Kind::session_opened) {
    const auto fact = entry.fact<facts::SessionOpened>();
    if (!fact) return {};
    if (facts::is_application(fact->device)) return apply_application(session, entry);
    CHECK(session.run([&](soci::session& sql) { open_session(sql, *entry, *fact); }));
    CHECK(see(session, *entry, fact->device.value, "session"));
    CHECK(believe(session, *entry, fact->device.value, "online", "yes"));
    CHECK(believe(session, *entry, fact->device.value, "address", fact->address));
    CHECK(believe(session, *entry, fact->device.value, "protocol", fact->protocol));
    return believe_origin(session, *entry, *fact);
  }
  const auto fact = entry.fact<facts::SessionClosed>();
  if (!fact) return {};
  if (facts::is_application(fact->device)) return apply_application(session, entry);
  bool ended = false;
  CHECK(session.run([&](soci::session& sql) { ended = close_session(sql, *entry, *fact); }));
  return ended ? believe(session, *entry, fact->device.value, "online", "no") : Result<void>{};
}

// The entries that change nothing but what we believe of a device.
Result<void> InventoryTables::apply_posture(store::Session& session, DecodedEntry& entry) {
  switch (entry.kind()) {
    case Kind::access_refused:
      if (const auto fact = entry.fact<facts::AccessRefused>()) {
        return believe(session, *entry, fact->device, "last_refusal", fact->rule);
      }
      return {};
    case Kind::report_refused:
      if (const auto fact = entry.fact<facts::ReportRefused>()) {
        return believe(session, *entry, fact->device.value, "last_refusal", fact->reason);
      }
      return {};
    case Kind::enrolment_refused:
      if (const auto fact = entry.fact<facts::EnrolmentRefused>()) {
        return believe(session, *entry, fact->device, "last_refusal", fact->reason);
      }
      return {};
    case Kind::key_shredded:
      if (entry->subject.kind != ledger::SubjectKind::device) return {};
      return believe(session, *entry, entry->subject.id, "erased", std::nullopt);
    case Kind::telemetry:
    case Kind::event:
      return apply_report(session, entry);
    case Kind::log:
    case Kind::message:
      if (entry->subject.kind != ledger::SubjectKind::device) return {};
      return see(session, *entry, entry->subject.id, name_of(entry.kind()));
    default:
      return {};
  }
}

Result<void> InventoryTables::apply_report(store::Session& session, DecodedEntry& entry) {
  if (entry->subject.kind != ledger::SubjectKind::device) return {};
  CHECK(see(session, *entry, entry->subject.id, name_of(entry.kind())));
  CHECK(marks_.apply(session, entry));
  // Not what is inside: a report that was erased is still one that was vouched for.
  const auto is_signed = facts::read_signed_content_type(entry->content_type);
  const std::string_view trust = facts::word_of(is_signed ? is_signed->trust : facts::Trust::mutual_tls);
  TRY(Device* const known, find(session, entry->fleet, entry->subject.id));
  if (known == nullptr || known->second.trust == trust) return {};
  known->second.trust = trust;
  return believe(session, *entry, entry->subject.id, "trust", known->second.trust);
}

Result<void> InventoryTables::apply(store::Session& session, DecodedEntry& entry) {
  // Runs the rule when the payload is the fact it is for.
  const auto with = [&]<class Fact>(auto rule) -> Result<void> {
    const auto fact = entry.fact<Fact>();
    if (!fact) return {};
    return session.run([&](soci::session& sql) { rule(sql, *entry, *fact); });
  };
  switch (entry.kind()) {
    case Kind::fleet_created:
      return with.operator()<facts::FleetCreated>(add_fleet);
    case Kind::profile_added:
      return with.operator()<facts::ProfileAdded>(add_profile);
    case Kind::device_added:
      return with.operator()<facts::DeviceAdded>(add_device);
    case Kind::device_retired:
      return with.operator()<facts::DeviceRetired>([](soci::session& sql, const ledger::Entry& e, const auto& fact) {
        set_lifecycle(sql, e, fact.device, facts::Lifecycle::retired);
      });
    case Kind::device_state_changed:
      return with.operator()<facts::DeviceStateChanged>(
          [](soci::session& sql, const ledger::Entry& e, const auto& fact) {
            set_lifecycle(sql, e, fact.device, fact.to);
          });
    case Kind::application_added:
    case Kind::application_granted:
    case Kind::application_grant_withdrawn:
    case Kind::application_removed:
      return apply_application(session, entry);
    case Kind::code_created:
      return with.operator()<facts::CodeCreated>(add_code);
    case Kind::identity_issued:
      return with.operator()<facts::IdentityIssued>(add_identity);
    case Kind::identity_revoked:
      return with.operator()<facts::IdentityRevoked>(revoke_identity);
    case Kind::token_created:
      return with.operator()<facts::TokenCreated>(add_token);
    case Kind::token_revoked:
      return with.operator()<facts::TokenRevoked>(revoke_token);
    case Kind::anchor_added:
    case Kind::anchor_removed:
    case Kind::anchor_revoked:
    case Kind::anchor_list:
    case Kind::enrolment_requested:
    case Kind::enrolment_decided:
      return write_ways_in(session, entry);
    case Kind::session_opened:
    case Kind::session_closed:
      return apply_session(session, entry);
    default:
      return apply_posture(session, entry);
  }
}

Result<void> InventoryTables::flush(store::Session& session) {
  CHECK(marks_.flush(session));
  if (beliefs_.empty() && seen_.empty()) return {};
  std::ranges::sort(seen_, {}, [](const Device* device) -> const std::string& { return device->first; });
  CHECK(session.run([&](soci::session& sql) {
    std::string fleet;
    std::string device;
    std::string fact;
    std::string value;
    soci::indicator has_value = soci::i_null;
    long long since = 0;
    long long number = 0;
    soci::statement upsert =
        (sql.prepare << "INSERT INTO posture (fleet, device, fact, value, since, entry) "
                        "VALUES (:fleet, :device, :fact, :value, :since, :entry) "
                        "ON CONFLICT (fleet, device, fact) DO UPDATE "
                        "SET value = excluded.value, since = excluded.since, entry = excluded.entry",
         use(fleet, "fleet"), use(device, "device"), use(fact, "fact"), use(value, has_value, "value"),
         use(since, "since"), use(number, "entry"));
    for (const auto& [where, belief] : beliefs_) {
      std::tie(fleet, device, fact) = where;
      value = belief.value.value_or("");
      has_value = belief.value ? soci::i_ok : soci::i_null;
      since = micros(belief.since);
      number = static_cast<long long>(belief.entry.value_or(0));
      upsert.execute(true);
    }
    fact = "last_seen";
    has_value = soci::i_ok;
    for (Device* const seen : seen_) {
      const auto slash = seen->first.find('/');
      fleet.assign(seen->first, 0, slash);
      device.assign(seen->first, slash + 1);
      value = seen->second.how;
      since = micros(seen->second.at);
      number = static_cast<long long>(seen->second.entry);
      upsert.execute(true);
      seen->second.how = {};
    }
  }));
  beliefs_.clear();
  seen_.clear();
  return {};
}

}  // namespace outrider::fleet
