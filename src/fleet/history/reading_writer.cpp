#include "fleet/history/reading_writer.h"

#include <soci/soci.h>

#include <algorithm>

namespace outrider::fleet {
namespace {

constexpr std::string_view insert_group =
    "INSERT INTO reading_group (device, time, entry, early, personal, readings, content) VALUES (:device, :time, "
    ":entry, "
    ":early, :personal, :readings, :content) ON CONFLICT DO NOTHING";

constexpr std::string_view insert_latest_reading =
    "INSERT INTO latest_reading (device, time, name, entry, early, number, text, truth, personal) VALUES (:device, "
    ":time, :name, :entry, :early, :number, :text, :truth, :personal) ON CONFLICT (device, name) DO UPDATE SET time = "
    "excluded.time, entry = excluded.entry, early = excluded.early, number = excluded.number, text = excluded.text, "
    "truth "
    "= excluded.truth, personal = excluded.personal WHERE (excluded.time - excluded.early, excluded.entry, "
    "excluded.time) "
    "> (latest_reading.time - latest_reading.early, latest_reading.entry, latest_reading.time)";

// A key of a dictionary table: found, or made by the second statement.
Result<long long> key_of(store::Session& session, const std::string& select, const std::string& insert,
                         const std::string& a, const std::string& b) {
  long long key = 0;
  CHECK(session.run([&](soci::session& sql) {
    soci::indicator found = soci::i_null;
    sql << select, soci::use(a, "a"), soci::use(b, "b"), soci::into(key, found);
    if (sql.got_data()) return;
    sql << insert, soci::use(a, "a"), soci::use(b, "b");
    sql << select, soci::use(a, "a"), soci::use(b, "b"), soci::into(key, found);
  }));
  return key;
}

}  // namespace

Result<long long> ReadingWriter::device_key(store::Session& session, const FleetId& fleet, const std::string& device) {
  id_.assign(fleet.value).append(1, '/').append(device);
  if (const auto known = devices_.find(id_); known != devices_.end()) return known->second;
  TRY(const long long key, key_of(session, "SELECT id FROM series_device WHERE fleet = :a AND device = :b",
                                  "INSERT INTO series_device (fleet, device) VALUES (:a, :b)", fleet.value, device));
  devices_.emplace(id_, key);
  return key;
}

Result<long long> ReadingWriter::name_key(store::Session& session, const std::string& name, const std::string& unit) {
  if (const auto known = names_.find(ByTexts::Texts(name, unit)); known != names_.end()) return known->second;
  TRY(const long long key, key_of(session, "SELECT id FROM series_name WHERE name = :a AND unit = :b",
                                  "INSERT INTO series_name (name, unit) VALUES (:a, :b)", name, unit));
  names_.emplace(std::pair(name, unit), key);
  return key;
}

ReadingWriter::Group& ReadingWriter::group_at(std::size_t begin, const ledger::Entry& entry, long long device,
                                              long long time) {
  for (std::size_t i = begin; i < groups_.size(); ++i)
    if (groups_[i].time == time) return groups_[i];
  return groups_.emplace_back(Group{.device = device,
                                    .time = time,
                                    .entry = static_cast<long long>(entry.number),
                                    .early = std::max<long long>(0, time - to_micros(entry.received)),
                                    .personal = entry.privacy == ledger::Privacy::personal ? 1 : 0,
                                    .values = {}});
}

Result<void> ReadingWriter::add(store::Session& session, const ledger::Entry& entry, const wire::senml::Pack& pack) {
  if (pack.empty()) return {};
  TRY(const long long device, device_key(session, entry.fleet, entry.subject.id));
  const std::size_t begin = groups_.size();
  for (const auto& record : pack) {
    NamedValue next;
    if (const auto* const number = std::get_if<double>(&record.value)) {
      next.value = *number;
    } else if (const auto* const text = std::get_if<std::string>(&record.value)) {
      next.value = *text;
    } else if (const auto* const truth = std::get_if<bool>(&record.value)) {
      next.value = *truth;
    } else {
      continue;
    }
    TRY(next.name, name_key(session, record.name, record.unit));
    auto& values = group_at(begin, entry, device, to_micros(record.time)).values;
    if (values.empty()) values.reserve(pack.size());
    const auto place = std::ranges::lower_bound(values, next.name, {}, &NamedValue::name);
    // The first record of a name and time in a report counts; a report that came twice is two entries.
    if (place == values.end() || place->name != next.name) values.insert(place, std::move(next));
  }
  return {};
}

Result<void> ReadingWriter::insert_groups(store::Session& session, const std::vector<const Group*>& groups) {
  if (groups.empty()) return {};
  return session.run([&](soci::session& sql) {
    Group row;
    long long readings = 0;
    std::string content;
    soci::statement prepared =
        (sql.prepare << insert_group, soci::use(row.device, "device"), soci::use(row.time, "time"),
         soci::use(row.entry, "entry"), soci::use(row.early, "early"), soci::use(row.personal, "personal"),
         soci::use(readings, "readings"), soci::use(content, "content"));
    for (const Group* const next : groups) {
      row.device = next->device;
      row.time = next->time;
      row.entry = next->entry;
      row.early = next->early;
      row.personal = next->personal;
      readings = static_cast<long long>(next->values.size());
      content.clear();
      encode_readings(next->values, content);
      prepared.execute(true);
    }
  });
}

void ReadingWriter::take_newest(NewestByName& newest, const Group& group) {
  for (const NamedValue& value : group.values) {
    const auto place =
        std::ranges::lower_bound(newest, value.name, {}, [](const Newest& held) { return held.value->name; });
    if (place == newest.end() || place->value->name != value.name) {
      newest.insert(place, {&group, &value});
    } else if (group.age() > place->group->age()) {
      *place = {&group, &value};
    }
  }
}

Result<void> ReadingWriter::insert_latest(store::Session& session, const std::vector<Newest>& newest) {
  if (newest.empty()) return {};
  return session.run([&](soci::session& sql) {
    Group row;
    long long name = 0;
    double number = 0;
    std::string text;
    int truth = 0;
    soci::indicator has_number = soci::i_null;
    soci::indicator has_text = soci::i_null;
    soci::indicator has_truth = soci::i_null;
    soci::statement prepared =
        (sql.prepare << insert_latest_reading, soci::use(row.device, "device"), soci::use(row.time, "time"),
         soci::use(name, "name"), soci::use(row.entry, "entry"), soci::use(row.early, "early"),
         soci::use(number, has_number, "number"), soci::use(text, has_text, "text"),
         soci::use(truth, has_truth, "truth"), soci::use(row.personal, "personal"));
    for (const Newest& held : newest) {
      row.device = held.group->device;
      row.time = held.group->time;
      row.entry = held.group->entry;
      row.early = held.group->early;
      row.personal = held.group->personal;
      name = held.value->name;
      const auto& value = held.value->value;
      has_number = std::holds_alternative<double>(value) ? soci::i_ok : soci::i_null;
      has_text = std::holds_alternative<std::string>(value) ? soci::i_ok : soci::i_null;
      has_truth = std::holds_alternative<bool>(value) ? soci::i_ok : soci::i_null;
      if (has_number == soci::i_ok) number = std::get<double>(value);
      if (has_text == soci::i_ok) text = std::get<std::string>(value);
      if (has_truth == soci::i_ok) truth = std::get<bool>(value) ? 1 : 0;
      prepared.execute(true);
    }
  });
}

Result<void> ReadingWriter::flush(store::Session& session) {
  // By key, so that neighbours are written together.
  std::vector<const Group*> all;
  all.reserve(groups_.size());
  for (const Group& group : groups_)
    if (!group.values.empty()) all.push_back(&group);
  std::ranges::sort(all, {}, [](const Group* group) { return std::tuple(group->device, group->time, group->entry); });
  CHECK(insert_groups(session, all));
  std::vector<Newest> newest;
  for (std::size_t i = 0; i < all.size();) {
    NewestByName of_device;
    for (const long long device = all[i]->device; i < all.size() && all[i]->device == device; ++i)
      take_newest(of_device, *all[i]);
    newest.insert(newest.end(), of_device.begin(), of_device.end());
  }
  CHECK(insert_latest(session, newest));
  groups_.clear();
  return {};
}

// Goes through all that is left of the device; only shredding asks for it.
Result<void> ReadingWriter::latest_from_groups(store::Session& session, long long device) {
  std::vector<Group> groups;
  std::string problem;
  CHECK(session.run([&](soci::session& sql) {
    Group row;
    std::string content;
    soci::statement select =
        (sql.prepare << "SELECT time, entry, early, personal, content FROM reading_group WHERE device = :device",
         soci::use(device), soci::into(row.time), soci::into(row.entry), soci::into(row.early),
         soci::into(row.personal), soci::into(content));
    select.execute();
    while (select.fetch()) {
      auto values = decode_readings(content);
      if (!values) {
        problem = values.error().detail;
        return;
      }
      groups.push_back(row);
      groups.back().device = device;
      groups.back().values = *std::move(values);
    }
  }));
  if (!problem.empty()) return fail(Errc::corrupt, "database-corrupt", problem);
  NewestByName newest;
  for (const Group& group : groups) take_newest(newest, group);
  return insert_latest(session, newest);
}

Result<void> ReadingWriter::erase_personal(store::Session& session, const FleetId& fleet, const std::string& device) {
  CHECK(flush(session));
  TRY(const long long key, device_key(session, fleet, device));
  CHECK(session.run([&](soci::session& sql) {
    sql << "DELETE FROM reading_group WHERE device = :device AND personal = 1", soci::use(key);
    sql << "DELETE FROM latest_reading WHERE device = :device", soci::use(key);
  }));
  return latest_from_groups(session, key);
}

void ReadingWriter::reset() {
  groups_.clear();
  names_.clear();
  devices_.clear();
}

}  // namespace outrider::fleet
