#include "fleet/history.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <limits>

#include "fleet/reading_writer.h"

namespace outrider::fleet {
namespace {

// The rows of a query over `reading` or `latest_reading` joined with series_name.
class RowReader {
 public:
  static constexpr std::string_view columns = "n.name, n.unit, r.time, r.entry, r.number, r.text, r.truth";

  void into(soci::statement& statement) {
    statement.exchange(soci::into(name_));
    statement.exchange(soci::into(unit_));
    statement.exchange(soci::into(time_));
    statement.exchange(soci::into(entry_));
    statement.exchange(soci::into(number_, has_number_));
    statement.exchange(soci::into(text_, has_text_));
    statement.exchange(soci::into(truth_, has_truth_));
  }
  Reading reading() const {
    Reading out{.name = name_, .unit = unit_, .time = from_micros(time_), .entry = static_cast<std::uint64_t>(entry_)};
    if (has_number_ == soci::i_ok) {
      out.value = number_;
    } else if (has_text_ == soci::i_ok) {
      out.value = text_;
    } else {
      out.value = truth_ != 0;
    }
    return out;
  }

 private:
  std::string name_;
  std::string unit_;
  long long time_ = 0;
  long long entry_ = 0;
  double number_ = 0;
  std::string text_;
  int truth_ = 0;
  soci::indicator has_number_ = soci::i_null;
  soci::indicator has_text_ = soci::i_null;
  soci::indicator has_truth_ = soci::i_null;
};

constexpr std::string_view device_clause =
    " WHERE r.device = (SELECT id FROM series_device WHERE fleet = :fleet AND device = :device)";

class HistoryProjection final : public Projection {
 public:
  std::string_view name() const override { return "history"; }

  Result<void> apply(store::Session& session, DecodedEntry& entry) override {
    if (entry->subject.kind != ledger::SubjectKind::device) return {};
    if (entry.kind() == Kind::telemetry || entry.kind() == Kind::event)
      return writer_.add(session, *entry, entry.pack());
    if (entry.kind() != Kind::key_shredded) return {};
    return writer_.erase_personal(session, entry->fleet, entry->subject.id);
  }
  Result<void> flush(store::Session& session) override { return writer_.flush(session); }
  void rolled_back() override { writer_.reset(); }

 private:
  ReadingWriter writer_;
};

class TableHistory final : public History {
 public:
  explicit TableHistory(store::Database& database) : database_(database) {}

  Projection& projection() override { return projection_; }
  Result<std::vector<Reading>> readings(const ReadingQuery& query) const override;
  Result<std::vector<Reading>> latest(const FleetId& fleet, const DeviceId& device) const override;
  Result<std::uint64_t> count() const override;
  Result<std::uint64_t> remove_before(const FleetId& fleet, const std::vector<DeviceId>& devices,
                                      Timestamp horizon) override;

 private:
  store::Database& database_;
  HistoryProjection projection_;
};

Result<std::vector<Reading>> TableHistory::readings(const ReadingQuery& query) const {
  const long long since = query.since ? to_micros(*query.since) : std::numeric_limits<long long>::min();
  const long long until = query.until ? to_micros(*query.until) : std::numeric_limits<long long>::max();
  const auto limit = static_cast<long long>(std::clamp<std::size_t>(query.limit, 1, history_limit_max));
  const std::string_view direction = query.order == Order::newest_first ? "DESC" : "ASC";
  std::string statement = fmt::format(
      "SELECT {} FROM reading r JOIN series_name n ON n.id = r.name{} AND r.time >= :since AND r.time < :until",
      RowReader::columns, device_clause);
  if (query.name) statement += " AND r.name IN (SELECT id FROM series_name WHERE name = :name)";
  statement += fmt::format(" ORDER BY r.time {0}, r.name {0}, r.entry {0} LIMIT :limit", direction);

  std::vector<Reading> out;
  TRY(auto session, database_.read());
  CHECK(session.run([&](soci::session& sql) {
    RowReader rows;
    soci::statement select(sql);
    rows.into(select);
    select.exchange(soci::use(query.fleet.value, "fleet"));
    select.exchange(soci::use(query.device.value, "device"));
    select.exchange(soci::use(since, "since"));
    select.exchange(soci::use(until, "until"));
    if (query.name) select.exchange(soci::use(*query.name, "name"));
    select.exchange(soci::use(limit, "limit"));
    select.alloc();
    select.prepare(statement);
    select.define_and_bind();
    select.execute();
    while (select.fetch()) out.push_back(rows.reading());
  }));
  return out;
}

Result<std::vector<Reading>> TableHistory::latest(const FleetId& fleet, const DeviceId& device) const {
  const std::string statement = fmt::format("SELECT {} FROM latest_reading r JOIN series_name n ON n.id = r.name{}",
                                            RowReader::columns, device_clause);
  std::vector<Reading> out;
  TRY(auto session, database_.read());
  CHECK(session.run([&](soci::session& sql) {
    RowReader rows;
    soci::statement select(sql);
    rows.into(select);
    select.exchange(soci::use(fleet.value, "fleet"));
    select.exchange(soci::use(device.value, "device"));
    select.alloc();
    select.prepare(statement);
    select.define_and_bind();
    select.execute();
    while (select.fetch()) out.push_back(rows.reading());
  }));
  std::ranges::sort(out, {}, [](const Reading& reading) { return std::tie(reading.name, reading.unit); });
  return out;
}

Result<std::uint64_t> TableHistory::count() const {
  long long count = 0;
  TRY(auto session, database_.read());
  CHECK(session.run([&](soci::session& sql) { sql << "SELECT count(*) FROM reading", soci::into(count); }));
  return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> TableHistory::remove_before(const FleetId& fleet, const std::vector<DeviceId>& devices,
                                                  Timestamp horizon) {
  const long long before = to_micros(horizon);
  std::uint64_t removed = 0;
  TRY(auto session, database_.begin());
  CHECK(session.run([&](soci::session& sql) {
    std::string device;
    const auto prepare = [&](std::string_view table) {
      return soci::statement((
          sql.prepare << fmt::format("DELETE FROM {} WHERE device = (SELECT id FROM series_device WHERE fleet = :fleet "
                                     "AND device = :device) AND time < :before",
                                     table),
          soci::use(fleet.value, "fleet"), soci::use(device, "device"), soci::use(before, "before")));
    };
    soci::statement readings = prepare("reading");
    soci::statement latest = prepare("latest_reading");
    for (const DeviceId& next : devices) {
      device = next.value;
      readings.execute(true);
      removed += static_cast<std::uint64_t>(readings.get_affected_rows());
      latest.execute(true);
    }
  }));
  CHECK(session.commit());
  return removed;
}

}  // namespace

json::Value Reading::to_json() const {
  json::Object out;
  out["name"] = name;
  out["unit"] = unit;
  out["time"] = to_rfc3339(time);
  std::visit([&](const auto& held) { out["value"] = json::Value(held); }, value);
  out["entry"] = entry;
  return out;
}

Result<std::unique_ptr<History>> History::open(store::Database& database) {
  return std::make_unique<TableHistory>(database);
}

}  // namespace outrider::fleet
