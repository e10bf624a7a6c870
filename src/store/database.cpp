#include "store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <soci/soci.h>

#include <cerrno>
#include <condition_variable>

#include "base/file.h"
#include "store/migrate.h"
#include "store/sqlite.h"

namespace outrider::embedded {
extern const std::vector<std::pair<std::string_view, std::string_view>> store_migrations;
}

namespace outrider::store {

const Migrations& embedded_migrations() {
  return embedded::store_migrations;
}

struct Database::State {
  Options options;
  std::mutex mutex;  // guards the rest
  std::condition_variable returned;
  std::unique_ptr<soci::session> writer;                // null while lent
  std::vector<std::unique_ptr<soci::session>> readers;  // those at home
  unsigned readers_open = 0;
};

// A connection on loan, inside a transaction. Goes home when destroyed.
struct Session::Lease {
  Database::State& home;
  std::unique_ptr<soci::session> connection;
  bool writes = false;
  bool open = true;  // the transaction

  Lease(Database::State& state, std::unique_ptr<soci::session> session, bool writer)
      : home(state), connection(std::move(session)), writes(writer) {}
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (open) (void)sqlite::execute(*connection, home.options.file, "ROLLBACK;");
    {
      const std::lock_guard lock(home.mutex);
      if (writes) {
        home.writer = std::move(connection);
      } else {
        home.readers.push_back(std::move(connection));
      }
    }
    home.returned.notify_all();
  }
};

Session::Session(std::unique_ptr<Lease> lease) : lease_(std::move(lease)) {}
Session::Session(Session&&) noexcept = default;
Session::~Session() = default;

Result<void> Session::guarded(const std::function<void(soci::session&)>& work) {
  return sqlite::guarded(lease_->home.options.file, [&] { work(*lease_->connection); });
}

Result<void> Session::execute(std::string_view statement) {
  return sqlite::execute(*lease_->connection, lease_->home.options.file, statement);
}

Result<std::vector<TextRow>> Session::rows(std::string_view query) {
  return sqlite::rows(*lease_->connection, lease_->home.options.file, query);
}

Result<void> Session::commit() {
  CHECK(sqlite::execute(*lease_->connection, lease_->home.options.file, "COMMIT;"));
  lease_->open = false;
  return {};
}

Database::Database(std::unique_ptr<State> state) : state_(std::move(state)) {}
Database::~Database() = default;

Result<std::unique_ptr<Database>> Database::open(Options options) {
  // SQLite gives the files beside this one the same mode.
  const UniqueFd made{::open(options.file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
  if (!made) return std::unexpected(system_error("open", options.file.string(), errno));
  auto state = std::make_unique<State>();
  state->options = std::move(options);
  const auto& file = state->options.file;
  TRY(state->writer, sqlite::connect(file, state->options.busy_timeout));
  const Migrations& migrations =
      state->options.migrations != nullptr ? *state->options.migrations : embedded_migrations();
  CHECK(migrate(*state->writer, file, migrations));
  return std::unique_ptr<Database>(new Database(std::move(state)));
}

Result<Session> Database::begin() {
  std::unique_ptr<soci::session> connection;
  {
    std::unique_lock lock(state_->mutex);
    state_->returned.wait(lock, [&] { return state_->writer != nullptr; });
    connection = std::move(state_->writer);
  }
  auto lease = std::make_unique<Session::Lease>(*state_, std::move(connection), true);
  lease->open = false;
  CHECK(sqlite::execute(*lease->connection, state_->options.file, "BEGIN IMMEDIATE;"));
  lease->open = true;
  return Session(std::move(lease));
}

Result<Session> Database::read() {
  std::unique_ptr<soci::session> connection;
  {
    std::unique_lock lock(state_->mutex);
    state_->returned.wait(lock,
                          [&] { return !state_->readers.empty() || state_->readers_open < state_->options.readers; });
    if (!state_->readers.empty()) {
      connection = std::move(state_->readers.back());
      state_->readers.pop_back();
    } else {
      ++state_->readers_open;
    }
  }
  if (connection == nullptr) {
    auto opened = sqlite::connect(state_->options.file, state_->options.busy_timeout);
    if (!opened) {
      {
        const std::lock_guard lock(state_->mutex);
        --state_->readers_open;
      }
      state_->returned.notify_all();
      return std::unexpected(std::move(opened).error());
    }
    connection = *std::move(opened);
  }
  auto lease = std::make_unique<Session::Lease>(*state_, std::move(connection), false);
  lease->open = false;
  CHECK(sqlite::execute(*lease->connection, state_->options.file, "BEGIN;"));
  lease->open = true;
  return Session(std::move(lease));
}

const std::filesystem::path& Database::file() const {
  return state_->options.file;
}

}  // namespace outrider::store
