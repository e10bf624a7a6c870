// State::load: the tables of schema/0001_inventory.sql into memory.
#include <soci/soci.h>

#include <algorithm>

#include "base/log.h"
#include "fleet/state/rows.h"
#include "fleet/state/state.h"
#include "fleet/ways_in/tables.h"

namespace outrider::fleet {
namespace {

using Text = std::string;
using MaybeText = std::optional<std::string>;
using MaybeTime = std::optional<Timestamp>;

void load_fleets(soci::session& sql, State& state) {
  each_row<FleetId, Text, Timestamp>(sql, "SELECT id, title, created FROM fleet",
                                     [&](const FleetId& id, const Text& title, Timestamp created) {
                                       FleetState& row = state.fleets[id];
                                       row.fleet = {.id = id, .title = title, .created = created};
                                       row.counts.fleets = 1;
                                     });
}

void load_profiles(soci::session& sql, State& state) {
  each_row<FleetId, ProfileId, Text>(
      sql, "SELECT fleet, id, toml FROM profile", [&](const FleetId& fleet, const ProfileId& id, const Text& toml) {
        FleetState& row = state.fleets[fleet];
        auto profile = Profile::parse(toml, id.value);
        if (!profile) {
          log::error("a profile in the database is not understood",
                     {{"fleet", fleet.value}, {"profile", id.value}, {"problem", profile.error().text()}});
          return;
        }
        row.profiles[id] = std::make_shared<const Profile>(*std::move(profile));
        row.counts.profiles = row.profiles.size();
      });
}

void load_devices(soci::session& sql, State& state) {
  each_row<FleetId, DeviceId, ProfileId, facts::Lifecycle, Timestamp, MaybeText, MaybeText, Timestamp, MaybeText>(
      sql, "SELECT fleet, id, profile, lifecycle, lifecycle_since, serial_number, label, added, session FROM device",
      [&](const FleetId& fleet, const DeviceId& id, const ProfileId& profile, facts::Lifecycle lifecycle,
          Timestamp since, const MaybeText& serial_number, const MaybeText& label, Timestamp added,
          const MaybeText& session) {
        FleetState& in = state.fleets[fleet];
        DeviceState& row = in.devices[id];
        row.device = {.id = id,
                      .profile = profile,
                      .lifecycle = lifecycle,
                      .lifecycle_since = since,
                      .serial_number = serial_number,
                      .label = label,
                      .added = added,
                      .online = session.has_value()};
        row.session = session.value_or("");
        if (serial_number) in.ways.serial_numbers[*serial_number].push_back(id);
        ++in.counts.devices;
        ++counter_of(in.counts, lifecycle);
        if (session) ++in.counts.online;
      });
}

void load_applications(soci::session& sql, State& state) {
  each_row<FleetId, ApplicationId, MaybeText, Timestamp, MaybeTime, MaybeText>(
      sql, "SELECT fleet, id, label, added, removed, session FROM application",
      [&](const FleetId& fleet, const ApplicationId& id, const MaybeText& label, Timestamp added, MaybeTime removed,
          const MaybeText& session) {
        ApplicationState& row = state.fleets[fleet].applications[id];
        row.label = label;
        row.added = added;
        row.removed = removed;
        row.session = session.value_or("");
      });
}

void load_grants(soci::session& sql, State& state) {
  std::map<std::pair<FleetId, ApplicationId>, Grants> all;
  each_row<FleetId, ApplicationId, Text, Text, Timestamp, std::uint64_t>(
      sql,
      "SELECT fleet, application, action, filter, since, entry FROM application_grant "
      "ORDER BY fleet, application, action, filter",
      [&](const FleetId& fleet, const ApplicationId& application, const Text& action, const Text& filter,
          Timestamp since, std::uint64_t entry) {
        Grants& grants = all[{fleet, application}];
        (action == "publish" ? grants.publish : grants.subscribe)
            .push_back({.filter = filter, .since = since, .entry = entry});
      });
  for (auto& [whose, grants] : all) state.fleets[whose.first].applications[whose.second].grants->set(std::move(grants));
}

void load_identities(soci::session& sql, State& state) {
  each_row<FleetId, Text, DeviceId, Text, Timestamp, Timestamp, Timestamp, facts::EnrolmentRight, facts::KeyHome, bool,
           MaybeTime, MaybeText, std::optional<facts::RevocationCause>, std::uint64_t, Text, Text>(
      sql,
      "SELECT fleet, serial, device, spki_sha256, issued, not_before, not_after, enrolment_right, key_home, "
      "key_home_attested, revoked, revoked_why, revoked_cause, entry, issuer, spki FROM identity ORDER BY entry",
      [&](const FleetId& fleet, const Text& serial, const DeviceId& device, const Text& key, Timestamp issued,
          Timestamp not_before, Timestamp not_after, facts::EnrolmentRight right, facts::KeyHome key_home,
          bool attested, MaybeTime revoked, const MaybeText& why, std::optional<facts::RevocationCause> cause,
          std::uint64_t entry, const Text& issuer, const Text& spki) {
        FleetState& in = state.fleets[fleet];
        in.identities[serial] = {.device = device,
                                 .serial = serial,
                                 .spki_sha256 = key,
                                 .issued = issued,
                                 .not_before = not_before,
                                 .not_after = not_after,
                                 .right = right,
                                 .key_home = key_home,
                                 .key_home_attested = attested,
                                 .revoked = revoked,
                                 .revoked_why = why,
                                 .revoked_cause = cause,
                                 .entry = entry,
                                 .issuer = issuer,
                                 .spki = from_hex(spki).value_or(Bytes{})};  // written by ourselves
        if (revoked) in.revoked.push_back(serial);
        in.by_key[key] = serial;  // in order of entries: the newest stays
        if (HolderState* const row = in.find_holder(device)) row->serials.push_back(serial);
        ++(revoked ? in.counts.revoked : in.counts.identities);
      });
  // (std::ranges::stable_sort of this library uses what it deprecates.)
  for (auto& [id, in] : state.fleets) {
    std::ranges::sort(in.revoked, {}, [&](const std::string& each) {
      const Identity& identity = in.identities.at(each);
      return std::pair(*identity.revoked, identity.entry);
    });
  }
}

void load_codes(soci::session& sql, State& state) {
  each_row<FleetId, Text, DeviceId, Timestamp, bool>(
      sql, "SELECT fleet, hash, device, expires, used FROM enrolment_code",
      [&](const FleetId& fleet, const Text& hash, const DeviceId& device, Timestamp expires, bool used) {
        FleetState& in = state.fleets[fleet];
        in.codes[hash] = {.device = device, .expires = expires, .used = used};
        HolderState* const row = in.find_holder(device);
        if (row != nullptr && !used) row->open_code = hash;
      });
}

void load_tokens(soci::session& sql, State& state) {
  each_row<FleetId, Text, Text, Timestamp, MaybeTime, MaybeTime, Text>(
      sql, "SELECT fleet, hash, name, created, expires, revoked, created_by FROM api_token ORDER BY created, hash",
      [&](const FleetId& fleet, const Text& hash, const Text& name, Timestamp created, MaybeTime expires,
          MaybeTime revoked, const Text& by) {
        state.fleets[fleet].tokens.push_back(
            {.token =
                 {.fleet = fleet, .name = name, .created = created, .expires = expires, .revoked = revoked, .by = by},
             .hash = hash});
      });
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
