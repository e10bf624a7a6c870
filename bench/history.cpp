// Reading history and registry look-ups at the size one machine serves.
//
//   bench_history [devices] [reports per device]        default 10000 100: 8 million readings
//
// Insert: entries decoded, projected and committed in batches, against a floor measured in the same run: the same rows
// with SQLite's C interface and one prepared statement. Queries: against the floor's own prepared statement. Admission:
// look-ups by 1, 2 and 4 threads while another adds devices.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <random>
#include <thread>

#include "base/testing/temporary_directory.h"
#include "fleet/history/history.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "fleet/testing/memory_ledger.h"
#include "store/projection.h"

namespace {

using namespace outrider;
using Steady = std::chrono::steady_clock;

constexpr int names = 8;
constexpr int batch_entries = 2000;
constexpr std::int64_t start_us = 1'700'000'000'000'000;
const FleetId fleet_id("bench");

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

void check(bool good, const char* what) {
  if (good) return;
  std::fprintf(stderr, "bench_history: %s\n", what);
  std::exit(1);
}

struct Size {
  int devices;
  int reports;
  std::int64_t readings() const { return std::int64_t{names} * devices * reports; }
};

std::int64_t time_of(int report) {
  return start_us + report * std::int64_t{30'000'000};
}

ledger::Entry entry_of(int device, int report, std::uint64_t number) {
  std::string text =
      fmt::format(R"([{{"bt":{},"n":"r0","u":"Cel","v":{}.5}})", time_of(report) / 1'000'000, report % 50);
  for (int name = 1; name < names; ++name)
    text += fmt::format(R"(,{{"n":"r{}","u":"Cel","v":{}.25}})", name, report % 40);
  text += ']';
  return {.number = number,
          .kind = static_cast<std::uint16_t>(Kind::telemetry),
          .fleet = fleet_id,
          .subject = {ledger::SubjectKind::device, fmt::format("d-{}", device)},
          .received = from_micros(time_of(report) + 500'000),
          .content_type = "application/senml+json",
          .payload = to_bytes(as_bytes(text))};
}

// --- the floor: SQLite alone

class Floor {
 public:
  explicit Floor(const std::filesystem::path& file) {
    check(sqlite3_open(file.c_str(), &db_) == SQLITE_OK, "cannot open the floor's database");
    execute(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=4000; PRAGMA cache_size=-65536;"
        "CREATE TABLE reading (device INTEGER, time BIGINT, name INTEGER, entry BIGINT, early BIGINT, number DOUBLE, "
        "text TEXT, truth INTEGER, personal INTEGER, PRIMARY KEY (device, time, name, entry)) WITHOUT ROWID");
  }
  ~Floor() { sqlite3_close_v2(db_); }
  Floor(const Floor&) = delete;
  Floor& operator=(const Floor&) = delete;

  void execute(const char* sql) {
    check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, "floor statement");
  }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    check(sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK, "floor prepare");
    return statement;
  }

  double insert(const Size& size) {
    sqlite3_stmt* const insert = prepare("INSERT INTO reading VALUES (?1, ?2, ?3, ?4, 0, ?5, NULL, NULL, 0)");
    const auto start = Steady::now();
    std::int64_t entry = 0;
    execute("BEGIN");
    for (int report = 0; report < size.reports; ++report) {
      for (int device = 0; device < size.devices; ++device) {
        for (int name = 0; name < names; ++name) {
          sqlite3_bind_int64(insert, 1, device);
          sqlite3_bind_int64(insert, 2, time_of(report));
          sqlite3_bind_int64(insert, 3, name);
          sqlite3_bind_int64(insert, 4, entry);
          sqlite3_bind_double(insert, 5, report % 40 + 0.25);
          check(sqlite3_step(insert) == SQLITE_DONE, "floor insert");
          sqlite3_reset(insert);
        }
        if (++entry % batch_entries == 0) execute("COMMIT; BEGIN");
      }
    }
    execute("COMMIT");
    sqlite3_finalize(insert);
    return seconds_since(start);
  }

  double query(const Size& size, int count, std::mt19937& random) {
    sqlite3_stmt* const select = prepare(
        "SELECT time, entry, number FROM reading WHERE device = ?1 AND name = 3 "
        "ORDER BY time DESC LIMIT 100");
    const auto start = Steady::now();
    for (int i = 0; i < count; ++i) {
      sqlite3_bind_int64(select, 1, static_cast<int>(random() % static_cast<unsigned>(size.devices)));
      while (sqlite3_step(select) == SQLITE_ROW) sqlite3_column_double(select, 2);
      sqlite3_reset(select);
    }
    const double taken = seconds_since(start) / count;
    sqlite3_finalize(select);
    return taken;
  }

 private:
  sqlite3* db_ = nullptr;
};

// --- ours

double insert(store::Database& database, fleet::Projection& projection, const Size& size) {
  double taken = 0;
  std::uint64_t number = 0;
  const std::uint64_t total = static_cast<std::uint64_t>(size.devices) * static_cast<std::uint64_t>(size.reports);
  while (number < total) {
    std::vector<fleet::DecodedEntry> batch;  // made outside the measure: the ledger's cost is another bench
    for (int i = 0; i < batch_entries && number < total; ++i, ++number) {
      batch.emplace_back(entry_of(static_cast<int>(number % static_cast<unsigned>(size.devices)),
                                  static_cast<int>(number / static_cast<unsigned>(size.devices)), number));
    }
    const auto start = Steady::now();
    auto session = database.begin();
    check(session.has_value(), "begin");
    for (auto& entry : batch) check(projection.apply(*session, entry).has_value(), "apply");
    check(projection.flush(*session).has_value(), "flush");
    check(store::save_cursor(*session, "history", fleet_id, number).has_value(), "cursor");
    check(session->commit().has_value(), "commit");
    taken += seconds_since(start);
  }
  return taken;
}

// Mean and worst of many queries, in milliseconds.
template <class Query>
std::pair<double, double> measure(int count, const Size& size, std::mt19937& random, Query query) {
  double sum = 0;
  double worst = 0;
  for (int i = 0; i < count; ++i) {
    const DeviceId device(fmt::format("d-{}", random() % static_cast<unsigned>(size.devices)));
    const auto start = Steady::now();
    check(query(device) > 0, "a query found nothing");
    const double taken = seconds_since(start) * 1000;
    sum += taken;
    worst = std::max(worst, taken);
  }
  return {sum / count, worst};
}

void bench_history(const std::filesystem::path& directory, const Size& size) {
  std::mt19937 random{1};
  Floor floor(directory / "floor.db");
  const double floor_s = floor.insert(size);
  auto database = store::Database::open({.file = directory / "history.db"});
  check(database.has_value(), "open");
  auto history = fleet::History::open(**database);
  const double ours_s = insert(**database, (*history)->projection(), size);
  const auto rate = [&](double seconds) { return static_cast<double>(size.readings()) / seconds; };
  fmt::print("history.insert            {:>10.0f} readings/s   floor {:>10.0f}   ratio {:.2f}\n", rate(ours_s),
             rate(floor_s), rate(ours_s) / rate(floor_s));

  constexpr int queries = 2000;
  const double floor_ms = floor.query(size, queries, random) * 1000;
  const auto [name_ms, name_worst] = measure(queries, size, random, [&](const DeviceId& device) {
    return (*history)->readings({.fleet = fleet_id, .device = device, .name = "r3"})->size();
  });
  const auto [range_ms, range_worst] = measure(queries, size, random, [&](const DeviceId& device) {
    return (*history)
        ->readings({.fleet = fleet_id,
                    .device = device,
                    .since = from_micros(time_of(size.reports / 2)),
                    .until = from_micros(time_of(size.reports / 2) + 600'000'000),
                    .limit = 1000})
        ->size();
  });
  const auto [latest_ms, latest_worst] = measure(
      queries, size, random, [&](const DeviceId& device) { return (*history)->latest(fleet_id, device)->size(); });
  fmt::print("history.last_100_of_name  {:>10.3f} ms (worst {:.2f})   floor {:.3f} ms   ratio {:.2f}\n", name_ms,
             name_worst, floor_ms, name_ms / floor_ms);
  fmt::print("history.ten_minutes       {:>10.3f} ms (worst {:.2f})\n", range_ms, range_worst);
  fmt::print("history.latest            {:>10.3f} ms (worst {:.2f})\n", latest_ms, latest_worst);
  fmt::print(
      "history.bytes_per_reading {:>10.1f}   floor {:.1f}\n",
      static_cast<double>(std::filesystem::file_size(directory / "history.db")) / static_cast<double>(size.readings()),
      static_cast<double>(std::filesystem::file_size(directory / "floor.db")) / static_cast<double>(size.readings()));
}

// --- admission

std::string serial_of(int device) {
  return fmt::format("{:040x}", device);
}

void fill(fleet::Registry& registry, int devices) {
  std::promise<void> created;
  registry.create_fleet(fleet_id, "Bench", [&](const Result<void>& done) {
    check(done.has_value(), "create fleet");
    created.set_value();
  });
  created.get_future().wait();
  std::vector<facts::DeviceAdded> added;
  for (int i = 0; i < devices; ++i)
    added.push_back({.device = DeviceId(fmt::format("d-{}", i)), .profile = ProfileId("handheld")});
  std::promise<void> done;
  registry.add_devices(fleet_id, std::move(added), [&](const auto&) { done.set_value(); });
  done.get_future().wait();
  for (int i = 0; i < devices; ++i) {
    const std::string hash = fmt::format("{:064x}", i);
    const DeviceId device(fmt::format("d-{}", i));
    registry.create_code(fleet_id,
                         {.device = device, .code_hash = hash, .expires = system_clock().now() + std::chrono::hours{1}},
                         [](const Result<void>& good) { check(good.has_value(), "code"); });
    registry.record_issue(fleet_id,
                          {.device = device,
                           .serial = serial_of(i),
                           .not_before = system_clock().now(),
                           .not_after = system_clock().now() + std::chrono::hours{24},
                           .spki_sha256 = hash,
                           .code_hash = hash},
                          [](const Result<void>& good) { check(good.has_value(), "issue"); });
  }
}

void bench_admission(const std::filesystem::path& directory, int devices) {
  fleet::testing::MemoryLedger ledger(system_clock());
  auto database = store::Database::open({.file = directory / "registry.db"});
  auto registry = fleet::Registry::open(**database, ledger, {});
  check(registry.has_value(), "registry");
  (*registry)->mark_ready([](const Result<void>&) {});
  const auto start = Steady::now();
  fill(**registry, devices);
  fmt::print("registry.enrolled         {:>10.0f} devices/s (added, code, certificate; in memory)\n",
             devices / seconds_since(start));
  for (const bool writing : {false, true}) {
    for (const int threads : {1, 2, 4}) {
      std::atomic<bool> stop{false};
      std::atomic<std::uint64_t> admitted{0};
      std::atomic<std::uint64_t> decided{0};
      std::vector<std::jthread> readers;
      for (int t = 0; t < threads; ++t) {
        readers.emplace_back([&, t] {
          std::mt19937 random(static_cast<unsigned>(t));
          std::uint64_t count = 0;
          while (!stop) {
            const int device = static_cast<int>(random() % static_cast<unsigned>(devices));
            check(
                (*registry)->admit(fleet_id, DeviceId(fmt::format("d-{}", device)), serial_of(device), "").has_value(),
                "admit");
            ++count;
          }
          admitted += count;
        });
      }
      std::jthread writer([&] {
        while (writing && !stop) {
          (*registry)->create_code(
              fleet_id,
              {.device = DeviceId("d-1"),
               .code_hash = fmt::format("{:063x}f", decided++ + 1000 * static_cast<unsigned>(threads)),
               .expires = system_clock().now() + std::chrono::hours{1}},
              [](const Result<void>&) {});
          std::this_thread::sleep_for(std::chrono::milliseconds{1});
        }
      });
      std::this_thread::sleep_for(std::chrono::milliseconds{500});
      stop = true;
      readers.clear();
      writer.join();
      fmt::print("registry.admit            {:>10.0f} look-ups/s   {} threads{}\n", static_cast<double>(admitted) / 0.5,
                 threads, writing ? fmt::format(", {} decisions/s beside", decided * 2) : "");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Size size{argc > 1 ? std::atoi(argv[1]) : 10'000, argc > 2 ? std::atoi(argv[2]) : 100};
  check(size.devices > 0 && size.reports > 1, "usage: bench_history [devices] [reports per device]");
  const testing_support::TemporaryDirectory directory;
  fmt::print("{} devices, {} readings\n", size.devices, size.readings());
  bench_history(directory.path(), size);
  bench_admission(directory.path(), size.devices);
}
