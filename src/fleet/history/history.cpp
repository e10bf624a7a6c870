#include "fleet/history/history.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <algorithm>
#include <limits>
#include <unordered_map>

#include "fleet/history/reading_content.h"
#include "fleet/history/reading_writer.h"

namespace outrider::fleet {
namespace {

// The rows of a query over `latest_reading` joined with series_name.
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
  struct Series {
    std::string name;
    std::string unit;
  };
  class SeriesNames {
   public:
    Result<void> load(store::Session& session);
    const Series* find(long long id) const;

   private:
    std::unordered_map<long long, Series> known_;
  };

  store::Database& database_;
  HistoryProjection projection_;
};

// The names of the series, by id. They are only ever added to.
Result<void> TableHistory::SeriesNames::load(store::Session& session) {
  return session.run([&](soci::session& sql) {
    long long id = 0;
    Series series;
    soci::statement select = (sql.prepare << "SELECT id, name, unit FROM series_name", soci::into(id),
                              soci::into(series.name), soci::into(series.unit));
    select.execute();
    while (select.fetch()) known_.insert_or_assign(id, series);
  });
}

const TableHistory::Series* TableHistory::SeriesNames::find(long long id) const {
  const auto found = known_.find(id);
  return found == known_.end() ? nullptr : &found->second;
}

Result<std::vector<Reading>> TableHistory::readings(const ReadingQuery& query) const {
  const long long since = query.since ? to_micros(*query.since) : std::numeric_limits<long long>::min();
  const long long until = query.until ? to_micros(*query.until) : std::numeric_limits<long long>::max();
  const std::size_t limit = std::clamp<std::size_t>(query.limit, 1, history_limit_max);
  const bool newest_first = query.order == Order::newest_first;
  const std::string statement = fmt::format(
      "SELECT r.time, r.entry, r.content FROM reading_group r{} AND r.time >= :since AND r.time < :until ORDER BY "
      "r.time "
      "{}, r.entry {}",
      device_clause, newest_first ? "DESC" : "ASC", newest_first ? "DESC" : "ASC");

  std::vector<Reading> out;
  TRY(auto session, database_.read());
  SeriesNames names;
  CHECK(names.load(session));
  Result<void> decoded;
  CHECK(session.run([&](soci::session& sql) {
    long long time = 0;
    long long entry = 0;
    std::string content;
    soci::statement select = (sql.prepare << statement, soci::use(query.fleet.value, "fleet"),
                              soci::use(query.device.value, "device"), soci::use(since, "since"),
                              soci::use(until, "until"), soci::into(time), soci::into(entry), soci::into(content));
    select.execute();
    while (out.size() < limit && select.fetch()) {
      auto values = decode_readings(content);
      if (!values) {
        decoded = std::unexpected(std::move(values).error());
        return;
      }
      if (newest_first) std::ranges::reverse(*values);
      for (NamedValue& each : *values) {
        const Series* const series = names.find(each.name);
        if (series == nullptr || (query.name && *query.name != series->name) || out.size() == limit) continue;
        out.push_back({.name = series->name,
                       .unit = series->unit,
                       .time = from_micros(time),
                       .value = std::move(each.value),
                       .entry = static_cast<std::uint64_t>(entry)});
      }
    }
  }));
  CHECK(decoded);
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
  CHECK(session.run(
      [&](soci::session& sql) { sql << "SELECT COALESCE(SUM(readings), 0) FROM reading_group", soci::into(count); }));
  return static_cast<std::uint64_t>(count);
}

Result<std::uint64_t> TableHistory::remove_before(const FleetId& fleet, const std::vector<DeviceId>& devices,
                                                  Timestamp horizon) {
  const long long before = to_micros(horizon);
  std::uint64_t removed = 0;
  TRY(auto session, database_.begin());
  CHECK(session.run([&](soci::session& sql) {
    std::string device;
    long long count = 0;
    const auto prepare = [&](std::string_view what) {
      return soci::statement((sql.prepare << fmt::format("{} r{} AND r.time < :before", what, device_clause),
                              soci::use(fleet.value, "fleet"), soci::use(device, "device"),
                              soci::use(before, "before")));
    };
    soci::statement counted =
        (sql.prepare << fmt::format("SELECT COALESCE(SUM(r.readings), 0) FROM reading_group r{} AND r.time < :before",
                                    device_clause),
         soci::use(fleet.value, "fleet"), soci::use(device, "device"), soci::use(before, "before"), soci::into(count));
    soci::statement readings = prepare("DELETE FROM reading_group AS");
    soci::statement latest = prepare("DELETE FROM latest_reading AS");
    for (const DeviceId& next : devices) {
      device = next.value;
      counted.execute(true);
      removed += static_cast<std::uint64_t>(count);
      if (count != 0) readings.execute(true);
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
