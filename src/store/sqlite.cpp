#include "store/sqlite.h"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <mutex>
#include <optional>

namespace outrider::store::sqlite {
namespace {

// 64 MiB (negative: KiB): the newest page of the readings of some 10,000 devices stays in memory.
constexpr std::string_view pragmas =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=NORMAL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA wal_autocheckpoint=4000;"
    "PRAGMA cache_size=-65536;";

constexpr std::string_view advice =
    "; it holds nothing that is not in the ledger: stop the server, delete the file (and those beside it that end in "
    "-wal and -shm), and it is rebuilt at the next start";

sqlite_api::sqlite3* handle_of(soci::session& sql) {
  return static_cast<soci::sqlite3_session_backend*>(sql.get_backend())->conn_;
}

struct Finalize {
  void operator()(sqlite_api::sqlite3_stmt* statement) const { sqlite_api::sqlite3_finalize(statement); }
};

// A connection is lent to one thread at a time (Database), so the library need not lock it for each call: a tenth of
// the projector's time. Before the first connection of the process, or never.
void configure_library() {
  static std::once_flag once;
  std::call_once(once, [] { (void)sqlite_api::sqlite3_config(SQLITE_CONFIG_MULTITHREAD); });
}

Result<std::unique_ptr<soci::session>> connect_as(const std::filesystem::path& file,
                                                  std::chrono::milliseconds busy_timeout, std::string_view options) {
  if (file.string().find('"') != std::string::npos) {
    return fail(Errc::malformed, "bad-path",
                fmt::format("database {}: the path may not contain a quotation mark", file.string()));
  }
  configure_library();
  std::unique_ptr<soci::session> session;
  CHECK(guarded(file, [&] {
    session = std::make_unique<soci::session>(*soci::factory_sqlite3(),
                                              fmt::format("dbname=\"{}\"{}", file.string(), options));
  }));
  sqlite_api::sqlite3_busy_timeout(handle_of(*session), static_cast<int>(busy_timeout.count()));
  sqlite_api::sqlite3_extended_result_codes(handle_of(*session), 1);
  return session;
}

}  // namespace

Error error_of(int result_code, std::string_view message, const std::filesystem::path& file) {
  const std::string where = fmt::format("database {}: {}", file.string(), message);
  switch (result_code & 0xff) {  // the low byte of an extended code is the primary one
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::corrupt, "database-corrupt", where + std::string(advice)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable, "database-busy",
              where + " (another process holds it); end that process; should nobody hold it" +
                  std::string(advice.substr(1))};
    case SQLITE_FULL:
      return {Errc::unavailable, "database-full", where + ": no space left"};
    default:
      return {Errc::unavailable, "database-failed", where};
  }
}

Result<void> guarded(const std::filesystem::path& file, const std::function<void()>& work) {
  try {
    work();
    return {};
  } catch (const soci::sqlite3_soci_error& e) {
    return std::unexpected(error_of(e.result(), e.what(), file));
  } catch (const std::exception& e) {
    return fail(Errc::internal, "database-failed", fmt::format("database {}: {}", file.string(), e.what()));
  }
}

Result<void> execute(soci::session& sql, const std::filesystem::path& file, std::string_view statements) {
  auto* const connection = handle_of(sql);
  const std::string text(statements);
  const int code = sqlite_api::sqlite3_exec(connection, text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error_of(code, sqlite_api::sqlite3_errmsg(connection), file));
  return {};
}

Result<std::vector<TextRow>> rows(soci::session& sql, const std::filesystem::path& file, std::string_view query) {
  auto* const connection = handle_of(sql);
  sqlite_api::sqlite3_stmt* raw = nullptr;
  int code = sqlite_api::sqlite3_prepare_v2(connection, query.data(), static_cast<int>(query.size()), &raw, nullptr);
  const std::unique_ptr<sqlite_api::sqlite3_stmt, Finalize> statement(raw);
  std::vector<TextRow> out;
  while (code == SQLITE_OK || code == SQLITE_ROW) {
    code = sqlite_api::sqlite3_step(raw);
    if (code != SQLITE_ROW) break;
    TextRow& row = out.emplace_back();
    for (int column = 0; column < sqlite_api::sqlite3_column_count(raw); ++column) {
      const auto* const text = sqlite_api::sqlite3_column_text(raw, column);
      if (text == nullptr) {
        row.emplace_back(std::nullopt);
      } else {
        row.emplace_back(std::in_place, reinterpret_cast<const char*>(text),
                         static_cast<std::size_t>(sqlite_api::sqlite3_column_bytes(raw, column)));
      }
    }
  }
  if (code != SQLITE_DONE) return std::unexpected(error_of(code, sqlite_api::sqlite3_errmsg(connection), file));
  return out;
}

Result<std::unique_ptr<soci::session>> connect(const std::filesystem::path& file,
                                               std::chrono::milliseconds busy_timeout) {
  TRY(auto session, connect_as(file, busy_timeout, ""));
  CHECK(execute(*session, file, pragmas));
  return session;
}

Result<std::unique_ptr<soci::session>> connect_to_read(const std::filesystem::path& file,
                                                       std::chrono::milliseconds busy_timeout) {
  return connect_as(file, busy_timeout, " readonly=true");
}

}  // namespace outrider::store::sqlite
