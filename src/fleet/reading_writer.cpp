#include "fleet/reading_writer.h"

#include <soci/soci.h>

#include <algorithm>

namespace outrider::fleet {
namespace {

const std::string columns = "device, time, name, entry, early, number, text, truth, personal";
const std::string values = ":device, :time, :name, :entry, :early, :number, :text, :truth, :personal";

// The first record of a name and time in a report counts; a report that came twice is two entries.
const std::string insert_reading =
    "INSERT INTO reading (" + columns + ") VALUES (" + values + ") ON CONFLICT DO NOTHING";

const std::string insert_latest =
    "INSERT INTO latest_reading (" + columns + ") VALUES (" + values +
    ") ON CONFLICT (device, name) DO UPDATE SET time = excluded.time, entry = excluded.entry, early = excluded.early, "
    "number = excluded.number, text = excluded.text, truth = excluded.truth, personal = excluded.personal "
    "WHERE (excluded.time - excluded.early, excluded.entry, excluded.time) > "
    "(latest_reading.time - latest_reading.early, latest_reading.entry, latest_reading.time)";

const std::string latest_from_readings =
    "INSERT INTO latest_reading (" + columns + ") SELECT " + columns +
    " FROM (SELECT *, row_number() OVER (PARTITION BY name ORDER BY time - early DESC, entry DESC, time DESC) AS place "
    "FROM reading WHERE device = :device) AS ranked WHERE place = 1";

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
  const std::string id = fleet.value + '/' + device;
  if (const auto known = devices_.find(id); known != devices_.end()) return known->second;
  TRY(const long long key, key_of(session, "SELECT id FROM series_device WHERE fleet = :a AND device = :b",
                                  "INSERT INTO series_device (fleet, device) VALUES (:a, :b)", fleet.value, device));
  devices_.emplace(id, key);
  return key;
}

Result<long long> ReadingWriter::name_key(store::Session& session, const std::string& name, const std::string& unit) {
  if (const auto known = names_.find({name, unit}); known != names_.end()) return known->second;
  TRY(const long long key, key_of(session, "SELECT id FROM series_name WHERE name = :a AND unit = :b",
                                  "INSERT INTO series_name (name, unit) VALUES (:a, :b)", name, unit));
  names_.emplace(std::pair(name, unit), key);
  return key;
}

Result<void> ReadingWriter::add(store::Session& session, const ledger::Entry& entry, const wire::senml::Pack& pack) {
  if (pack.empty()) return {};
  TRY(const long long device, device_key(session, entry.fleet, entry.subject.id));
  for (const auto& record : pack) {
    Row row;
    if (const auto* const number = std::get_if<double>(&record.value)) {
      row.number = *number;
    } else if (const auto* const text = std::get_if<std::string>(&record.value)) {
      row.text = *text;
    } else if (const auto* const truth = std::get_if<bool>(&record.value)) {
      row.truth = *truth ? 1 : 0;
    } else {
      continue;
    }
    TRY(row.name, name_key(session, record.name, record.unit));
    row.device = device;
    row.time = to_micros(record.time);
    row.entry = static_cast<long long>(entry.number);
    row.early = std::max<long long>(0, row.time - to_micros(entry.received));
    row.personal = entry.privacy == ledger::Privacy::personal ? 1 : 0;
    rows_.push_back(std::move(row));
  }
  return {};
}

Result<void> ReadingWriter::insert(store::Session& session, const std::string& statement,
                                   const std::vector<const Row*>& rows) {
  if (rows.empty()) return {};
  return session.run([&](soci::session& sql) {
    Row row;
    double number = 0;
    std::string text;
    int truth = 0;
    soci::indicator has_number = soci::i_null;
    soci::indicator has_text = soci::i_null;
    soci::indicator has_truth = soci::i_null;
    soci::statement prepared =
        (sql.prepare << statement, soci::use(row.device, "device"), soci::use(row.time, "time"),
         soci::use(row.name, "name"), soci::use(row.entry, "entry"), soci::use(row.early, "early"),
         soci::use(number, has_number, "number"), soci::use(text, has_text, "text"),
         soci::use(truth, has_truth, "truth"), soci::use(row.personal, "personal"));
    for (const Row* const next : rows) {
      row.device = next->device;
      row.time = next->time;
      row.name = next->name;
      row.entry = next->entry;
      row.early = next->early;
      row.personal = next->personal;
      has_number = next->number ? soci::i_ok : soci::i_null;
      has_text = next->text ? soci::i_ok : soci::i_null;
      has_truth = next->truth ? soci::i_ok : soci::i_null;
      if (next->number) number = *next->number;
      if (next->text) text = *next->text;
      if (next->truth) truth = *next->truth;
      prepared.execute(true);
    }
  });
}

Result<void> ReadingWriter::flush(store::Session& session) {
  // By key, so that neighbours are written together; the address keeps equal ones in the order they came.
  std::vector<const Row*> all;
  all.reserve(rows_.size());
  for (const Row& row : rows_) all.push_back(&row);
  std::ranges::sort(all, {},
                    [](const Row* row) { return std::tuple(row->device, row->time, row->name, row->entry, row); });
  CHECK(insert(session, insert_reading, all));

  std::map<std::pair<long long, long long>, const Row*> newest;
  for (const Row& row : rows_) {
    const Row*& held = newest[{row.device, row.name}];
    if (held == nullptr || row.age() > held->age()) held = &row;
  }
  std::vector<const Row*> latest;
  latest.reserve(newest.size());
  for (const auto& [key, row] : newest) latest.push_back(row);
  CHECK(insert(session, insert_latest, latest));
  rows_.clear();
  return {};
}

Result<void> ReadingWriter::erase_personal(store::Session& session, const FleetId& fleet, const std::string& device) {
  CHECK(flush(session));
  TRY(const long long key, device_key(session, fleet, device));
  return session.run([&](soci::session& sql) {
    sql << "DELETE FROM reading WHERE device = :device AND personal = 1", soci::use(key);
    sql << "DELETE FROM latest_reading WHERE device = :device", soci::use(key);
    sql << latest_from_readings, soci::use(key);
  });
}

void ReadingWriter::reset() {
  rows_.clear();
  names_.clear();
  devices_.clear();
}

}  // namespace outrider::fleet
