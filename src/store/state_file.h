#pragma once
// A SQLite file that holds what is nowhere else: what it says is committed is on disk (WAL, synchronous=FULL), and what
// is deleted is overwritten (secure_delete). One connection, one thread at a time.
//
// Statements are prepared once and kept by their owner, because they run for every message. They must be gone before
// the file is.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace outrider::store {

class StateFile;

// One SQL statement with numbered parameters. Use: reset(), bind in order, step() until it says there is no row.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  // Takes back the rows and parameters of the last use.
  Statement& reset();
  // Each binds the next parameter. What is bound must stay until the next reset().
  Statement& bind(std::int64_t value);
  Statement& bind(std::string_view text);
  Statement& bind(ByteView blob);
  Statement& bind(std::optional<std::int64_t> value);
  Statement& bind_null();

  // True: there is a row; its columns can be read until the next call.
  Result<bool> step();
  // For statements without rows.
  Result<void> run();

  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  ByteView blob(int column) const;

 private:
  friend class StateFile;
  Statement(StateFile& file, void* handle) : file_(&file), handle_(handle) {}
  StateFile* file_;
  void* handle_;  // sqlite3_stmt
  int bound_ = 0;
  int failed_ = 0;
};

class StateFile {
 public:
  // Makes the file (mode 0600) with this schema when there is none. `version` is the schema's; a file of another one is
  // refused (state-version). `what` names the content for people: "sessions and queued messages".
  static Result<std::unique_ptr<StateFile>> open(const std::filesystem::path& file, int version,
                                                 std::string_view schema, std::string what);
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  Result<Statement> prepare(std::string_view sql);
  Result<void> execute(std::string_view statements);
  // Rows changed by the last statement.
  std::int64_t changes() const;

  // A consistent copy of a file that another connection may be writing to.
  static Result<void> copy(const std::filesystem::path& from, const std::filesystem::path& to);

 private:
  friend class Statement;
  StateFile(std::filesystem::path path, std::string what) : path_(std::move(path)), what_(std::move(what)) {}
  Error failure(int code) const;
  std::filesystem::path path_;
  std::string what_;
  void* handle_ = nullptr;  // sqlite3
};

}  // namespace outrider::store
