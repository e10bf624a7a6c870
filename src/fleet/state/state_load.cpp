// State::load: the tables of schema/0001_inventory.sql into memory.
#include <soci/soci.h>

#include <algorithm>

#include "base/log.h"
#include "fleet/state/state.h"
#include "fleet/ways_in/tables.h"

namespace outrider::fleet {
namespace {

template <class Enum>
Enum enum_of(const std::string& name) {
  Enum out{};
  boost::describe::enum_from_string(name.c_str(), out);  // written by ourselves from the same names
  return out;
}

std::optional<Timestamp> time_of(long long micros, soci::indicator present) {
  if (present != soci::i_ok) return std::nullopt;
  return from_micros(micros);
}

std::optional<std::string> text_of(const std::string& text, soci::indicator present) {
  if (present != soci::i_ok) return std::nullopt;
  return text;
}

void load_fleets(soci::session& sql, State& state) {
  std::string id;
  std::string title;
  long long created = 0;
  soci::statement select =
      (sql.prepare << "SELECT id, title, created FROM fleet", soci::into(id), soci::into(title), soci::into(created));
  select.execute();
  while (select.fetch()) {
    FleetState& row = state.fleets[FleetId(id)];
    row.fleet = {.id = FleetId(id), .title = title, .created = from_micros(created)};
    row.counts.fleets = 1;
  }
}

void load_profiles(soci::session& sql, State& state) {
  std::string fleet;
  std::string id;
  std::string toml;
  soci::statement select =
      (sql.prepare << "SELECT fleet, id, toml FROM profile", soci::into(fleet), soci::into(id), soci::into(toml));
  select.execute();
  while (select.fetch()) {
    FleetState& row = state.fleets[FleetId(fleet)];
    auto profile = Profile::parse(toml, id);
    if (!profile) {
      log::error("a profile in the database is not understood",
                 {{"fleet", fleet}, {"profile", id}, {"problem", profile.error().text()}});
      continue;
    }
    row.profiles[ProfileId(id)] = std::make_shared<const Profile>(*std::move(profile));
    row.counts.profiles = row.profiles.size();
  }
}

void load_devices(soci::session& sql, State& state) {
  std::string fleet;
  std::string id;
  std::string profile;
  std::string lifecycle;
  std::string serial_number;
  std::string label;
  std::string session;
  long long since = 0;
  long long added = 0;
  soci::indicator has_serial_number = soci::i_null;
  soci::indicator has_label = soci::i_null;
  soci::indicator has_session = soci::i_null;
  soci::statement select =
      (sql.prepare << "SELECT fleet, id, profile, lifecycle, lifecycle_since, serial_number, label, added, session "
                      "FROM device",
       soci::into(fleet), soci::into(id), soci::into(profile), soci::into(lifecycle), soci::into(since),
       soci::into(serial_number, has_serial_number), soci::into(label, has_label), soci::into(added),
       soci::into(session, has_session));
  select.execute();
  while (select.fetch()) {
    FleetState& in = state.fleets[FleetId(fleet)];
    DeviceState& row = in.devices[DeviceId(id)];
    row.device = {.id = DeviceId(id),
                  .profile = ProfileId(profile),
                  .lifecycle = enum_of<facts::Lifecycle>(lifecycle),
                  .lifecycle_since = from_micros(since),
                  .serial_number = text_of(serial_number, has_serial_number),
                  .label = text_of(label, has_label),
                  .added = from_micros(added),
                  .online = has_session == soci::i_ok};
    if (row.device.online) row.session = session;
    if (row.device.serial_number) in.ways.serial_numbers[*row.device.serial_number].push_back(row.device.id);
    ++in.counts.devices;
    ++counter_of(in.counts, row.device.lifecycle);
    if (row.device.online) ++in.counts.online;
  }
}

void load_applications(soci::session& sql, State& state) {
  std::string fleet;
  std::string id;
  std::string label;
  std::string session;
  long long added = 0;
  long long removed = 0;
  soci::indicator has_label = soci::i_null;
  soci::indicator has_removed = soci::i_null;
  soci::indicator has_session = soci::i_null;
  soci::statement select = (sql.prepare << "SELECT fleet, id, label, added, removed, session FROM application",
                            soci::into(fleet), soci::into(id), soci::into(label, has_label), soci::into(added),
                            soci::into(removed, has_removed), soci::into(session, has_session));
  select.execute();
  while (select.fetch()) {
    ApplicationState& row = state.fleets[FleetId(fleet)].applications[ApplicationId(id)];
    row.label = text_of(label, has_label);
    row.added = from_micros(added);
    row.removed = time_of(removed, has_removed);
    if (has_session == soci::i_ok) row.session = session;
  }
}

void load_grants(soci::session& sql, State& state) {
  std::string fleet;
  std::string application;
  std::string action;
  std::string filter;
  long long since = 0;
  long long entry = 0;
  std::map<std::pair<FleetId, ApplicationId>, Grants> all;
  soci::statement select = (sql.prepare << "SELECT fleet, application, action, filter, since, entry "
                                           "FROM application_grant ORDER BY fleet, application, action, filter",
                            soci::into(fleet), soci::into(application), soci::into(action), soci::into(filter),
                            soci::into(since), soci::into(entry));
  select.execute();
  while (select.fetch()) {
    Grants& grants = all[{FleetId(fleet), ApplicationId(application)}];
    (action == "publish" ? grants.publish : grants.subscribe)
        .push_back({.filter = filter, .since = from_micros(since), .entry = static_cast<std::uint64_t>(entry)});
  }
  for (auto& [whose, grants] : all) state.fleets[whose.first].applications[whose.second].grants->set(std::move(grants));
}

void load_identities(soci::session& sql, State& state) {
  std::string fleet;
  std::string serial;
  std::string device;
  std::string key;
  std::string right;
  std::string key_home;
  std::string issuer;
  std::string why;
  long long issued = 0;
  long long not_before = 0;
  long long not_after = 0;
  long long revoked = 0;
  long long entry = 0;
  int attested = 0;
  soci::indicator has_revoked = soci::i_null;
  soci::indicator has_why = soci::i_null;
  soci::statement select =
      (sql.prepare << "SELECT fleet, serial, device, spki_sha256, issued, not_before, not_after, enrolment_right, "
                      "key_home, key_home_attested, revoked, revoked_why, entry, issuer FROM identity ORDER BY entry",
       soci::into(fleet), soci::into(serial), soci::into(device), soci::into(key), soci::into(issued),
       soci::into(not_before), soci::into(not_after), soci::into(right), soci::into(key_home), soci::into(attested),
       soci::into(revoked, has_revoked), soci::into(why, has_why), soci::into(entry), soci::into(issuer));
  select.execute();
  while (select.fetch()) {
    FleetState& in = state.fleets[FleetId(fleet)];
    in.identities[serial] = {.device = DeviceId(device),
                             .serial = serial,
                             .spki_sha256 = key,
                             .issued = from_micros(issued),
                             .not_before = from_micros(not_before),
                             .not_after = from_micros(not_after),
                             .right = enum_of<facts::EnrolmentRight>(right),
                             .key_home = enum_of<facts::KeyHome>(key_home),
                             .key_home_attested = attested != 0,
                             .revoked = time_of(revoked, has_revoked),
                             .revoked_why = text_of(why, has_why),
                             .entry = static_cast<std::uint64_t>(entry),
                             .issuer = issuer};
    if (has_revoked == soci::i_ok) in.revoked.push_back(serial);
    in.by_key[key] = serial;  // in order of entries: the newest stays
    if (HolderState* const row = in.find_holder(DeviceId(device))) row->serials.push_back(serial);
    ++(has_revoked == soci::i_ok ? in.counts.revoked : in.counts.identities);
  }
  // (std::ranges::stable_sort of this library uses what it deprecates.)
  for (auto& [id, in] : state.fleets) {
    std::ranges::sort(in.revoked, {}, [&](const std::string& each) {
      const Identity& identity = in.identities.at(each);
      return std::pair(*identity.revoked, identity.entry);
    });
  }
}

void load_codes(soci::session& sql, State& state) {
  std::string fleet;
  std::string hash;
  std::string device;
  long long expires = 0;
  int used = 0;
  soci::statement select =
      (sql.prepare << "SELECT fleet, hash, device, expires, used FROM enrolment_code", soci::into(fleet),
       soci::into(hash), soci::into(device), soci::into(expires), soci::into(used));
  select.execute();
  while (select.fetch()) {
    FleetState& in = state.fleets[FleetId(fleet)];
    in.codes[hash] = {.device = DeviceId(device), .expires = from_micros(expires), .used = used != 0};
    HolderState* const row = in.find_holder(DeviceId(device));
    if (row != nullptr && used == 0) row->open_code = hash;
  }
}

void load_tokens(soci::session& sql, State& state) {
  std::string fleet;
  std::string hash;
  std::string name;
  std::string by;
  long long created = 0;
  long long expires = 0;
  long long revoked = 0;
  soci::indicator has_expires = soci::i_null;
  soci::indicator has_revoked = soci::i_null;
  soci::statement select =
      (sql.prepare << "SELECT fleet, hash, name, created, expires, revoked, created_by FROM api_token "
                      "ORDER BY created, hash",
       soci::into(fleet), soci::into(hash), soci::into(name), soci::into(created), soci::into(expires, has_expires),
       soci::into(revoked, has_revoked), soci::into(by));
  select.execute();
  while (select.fetch()) {
    state.fleets[FleetId(fleet)].tokens.push_back({.token = {.fleet = FleetId(fleet),
                                                             .name = name,
                                                             .created = from_micros(created),
                                                             .expires = time_of(expires, has_expires),
                                                             .revoked = time_of(revoked, has_revoked),
                                                             .by = by},
                                                   .hash = hash});
  }
}

}  // namespace

Result<State> State::load(store::Session& session) {
  State state;
  CHECK(session.run([&](soci::session& sql) {
    load_fleets(sql, state);
    load_profiles(sql, state);
    load_devices(sql, state);
    load_applications(sql, state);
    load_grants(sql, state);
    load_identities(sql, state);
    load_codes(sql, state);
    load_tokens(sql, state);
    load_ways_in(sql, state);
  }));
  return state;
}

}  // namespace outrider::fleet
