#include "store/state_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <utility>

#include "base/file.h"

namespace outrider::store {
namespace {

using namespace sqlite_api;

// Another process may hold a lock for a moment (a backup); nobody holds one longer.
constexpr int busy_timeout_ms = 5000;

constexpr std::string_view pragmas =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA secure_delete=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA wal_autocheckpoint=2000;"
    "PRAGMA cache_size=-16384;";  // 16 MiB (negative: KiB)

sqlite3_stmt* as_statement(void* handle) {
  return static_cast<sqlite3_stmt*>(handle);
}

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : file_(other.file_),
      handle_(std::exchange(other.handle_, nullptr)),
      bound_(other.bound_),
      failed_(other.failed_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(handle_, other.handle_);
  std::swap(bound_, other.bound_);
  std::swap(failed_, other.failed_);
  return *this;
}

Statement::~Statement() {
  sqlite3_finalize(as_statement(handle_));
}

Statement& Statement::reset() {
  sqlite3_reset(as_statement(handle_));
  sqlite3_clear_bindings(as_statement(handle_));
  bound_ = 0;
  failed_ = SQLITE_OK;
  return *this;
}

Statement& Statement::bind(std::int64_t value) {
  if (const int code = sqlite3_bind_int64(as_statement(handle_), ++bound_, value); code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  const int code = sqlite3_bind_text(as_statement(handle_), ++bound_, text.empty() ? "" : text.data(),
                                     static_cast<int>(text.size()), SQLITE_STATIC);
  if (code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::bind(ByteView blob) {
  static constexpr std::uint8_t nothing = 0;  // a null pointer would bind NULL
  const int code = sqlite3_bind_blob(as_statement(handle_), ++bound_, blob.empty() ? &nothing : blob.data(),
                                     static_cast<int>(blob.size()), SQLITE_STATIC);
  if (code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::bind(std::optional<std::int64_t> value) {
  return value ? bind(*value) : bind_null();
}

Statement& Statement::bind_null() {
  ++bound_;  // a parameter without a value is NULL
  return *this;
}

Result<bool> Statement::step() {
  const int code = failed_ != SQLITE_OK ? failed_ : sqlite3_step(as_statement(handle_));
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(file_->failure(code));
}

Result<void> Statement::run() {
  CHECK(step());
  return {};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(as_statement(handle_), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(as_statement(handle_), column);
}

std::string_view Statement::text(int column) const {
  const auto* const bytes = reinterpret_cast<const char*>(sqlite3_column_text(as_statement(handle_), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(as_statement(handle_), column))};
}

ByteView Statement::blob(int column) const {
  const auto* const bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(as_statement(handle_), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(as_statement(handle_), column))};
}

Result<std::unique_ptr<StateFile>> StateFile::open(const std::filesystem::path& file, int version,
                                                   std::string_view schema, std::string what) {
  // SQLite gives the files beside this one the same mode.
  const UniqueFd made{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!made) return std::unexpected(system_error("open", file.string(), errno));
  std::unique_ptr<StateFile> out(new StateFile(file, std::move(what)));
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  out->handle_ = opened;
  if (code != SQLITE_OK) return std::unexpected(out->failure(code));
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  sqlite3_extended_result_codes(opened, 1);
  CHECK(out->execute(pragmas));
  std::int64_t found = 0;
  {
    TRY(auto asked, out->prepare("PRAGMA user_version"));
    TRY(const bool row, asked.step());
    if (row) found = asked.integer(0);
  }
  if (found == 0) CHECK(out->execute(fmt::format("BEGIN IMMEDIATE;{}PRAGMA user_version={};COMMIT;", schema, version)));
  if (found != 0 && found != version) {
    return fail(Errc::conflict, "state-version",
                fmt::format("{} ({}) has version {}, this program knows {}; run the program that made it",
                            file.string(), out->what_, found, version));
  }
  return out;
}

StateFile::~StateFile() {
  sqlite3_close(static_cast<sqlite3*>(handle_));
}

Result<Statement> StateFile::prepare(std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  const int code = sqlite3_prepare_v3(static_cast<sqlite3*>(handle_), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(code));
  return Statement(*this, prepared);
}

Result<void> StateFile::execute(std::string_view statements) {
  const std::string text(statements);
  const int code = sqlite3_exec(static_cast<sqlite3*>(handle_), text.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(failure(code));
  return {};
}

std::int64_t StateFile::changes() const {
  return sqlite3_changes(static_cast<sqlite3*>(handle_));
}

Result<void> StateFile::copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  StateFile reader(from, "a copy");
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(from.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
  reader.handle_ = opened;
  if (code != SQLITE_OK) return std::unexpected(reader.failure(code));
  sqlite3_busy_timeout(opened, busy_timeout_ms);
  TRY(auto vacuum, reader.prepare("VACUUM INTO ?"));
  const std::string target = to.string();
  return vacuum.reset().bind(std::string_view(target)).run();
}

Error StateFile::failure(int code) const {
  const std::string where =
      fmt::format("{} ({}): {}", path_.string(), what_, sqlite3_errmsg(static_cast<sqlite3*>(handle_)));
  switch (code & 0xff) {  // the low byte of an extended code is the primary one
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return {Errc::corrupt, "state-corrupt",
              where + "; restore a backup, or move the file away: then what it held is lost, and nothing else"};
    case SQLITE_FULL:
      return {Errc::unavailable, "disk-full", where + ": no space left"};
    default:
      return {Errc::unavailable, "state-failed", where};
  }
}

}  // namespace outrider::store
