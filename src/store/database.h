#pragma once
// The projection database: SQLite (WAL) through SOCI. It holds only what can be made again from the ledger.
//
// One connection writes (begin(): the caller has it until commit or destruction, others wait), a few read
// (read(): they see the last commit and wait for nobody). The schema is brought forward when the file is opened: the
// files of src/store/schema are applied in order, each in one transaction, and recorded with their SHA-256.
// Threads: every member from any thread; a Session belongs to one thread. SOCI's exceptions end here.
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace soci {
class session;
}

namespace outrider::store {

// A migration: "0001_registry.sql" and its statements.
using Migrations = std::vector<std::pair<std::string_view, std::string_view>>;
const Migrations& embedded_migrations();

using TextRow = std::vector<std::optional<std::string>>;  // nullopt: NULL

struct Options {
  std::filesystem::path file;  // made when missing, mode 0600; ":memory:" is not supported
  unsigned readers = 2;        // reading connections, opened when first needed
  // How long a connection waits for a lock. Only another process or a checkpoint of the WAL can hold one that long.
  std::chrono::milliseconds busy_timeout{5000};
  const Migrations* migrations = nullptr;  // nullptr: those of the program
};

// Access to one connection. `run` gives the SOCI session to a function and turns what SOCI throws into an Error:
// corrupt ("database-corrupt", saying that the file may be deleted because it is rebuilt from the ledger), unavailable
// ("database-busy", "database-full", "database-failed").
class Session {
 public:
  Session(Session&&) noexcept;
  Session& operator=(Session&&) = delete;
  ~Session();  // a transaction not committed is rolled back

  template <class F>
  Result<void> run(F&& work) {
    return guarded([&](soci::session& sql) { std::forward<F>(work)(sql); });
  }
  // Statements without parameters or rows.
  Result<void> execute(std::string_view statements);
  // All rows of a query without parameters, as text; for tools and tests.
  Result<std::vector<TextRow>> rows(std::string_view query);
  // Ends the transaction; the session can no longer be used. For readers nothing to do.
  Result<void> commit();

 private:
  friend class Database;
  struct Lease;
  explicit Session(std::unique_ptr<Lease> lease);
  Result<void> guarded(const std::function<void(soci::session&)>& work);
  std::unique_ptr<Lease> lease_;
};

class Database {
 public:
  // Refused: database-newer (a migration this program does not know), database-changed (a known migration with another
  // checksum), database-corrupt, database-busy (another process holds it), and errors of the file system.
  static Result<std::unique_ptr<Database>> open(Options options);
  ~Database();

  // Begins a transaction that writes. Waits for the one before.
  Result<Session> begin();
  // A consistent view for queries. Waits when all reading connections are in use.
  Result<Session> read();

  const std::filesystem::path& file() const;

 private:
  friend class Session;
  struct State;
  explicit Database(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace outrider::store
