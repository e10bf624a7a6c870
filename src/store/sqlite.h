#pragma once
// What this room needs of SQLite beside SOCI: pragmas, statements without parameters, and the meaning of result codes.
// Private to the room.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/database.h"

namespace soci {
class session;
}

namespace outrider::store::sqlite {

// Opens one connection: busy timeout, foreign keys, durability as a projection needs it (WAL; synchronous NORMAL: a
// power cut may lose the last transactions, never mix them, and the cursor in them makes them come again).
Result<std::unique_ptr<soci::session>> connect(const std::filesystem::path& file,
                                               std::chrono::milliseconds busy_timeout);
// Opens one connection that cannot write.
Result<std::unique_ptr<soci::session>> connect_to_read(const std::filesystem::path& file,
                                                       std::chrono::milliseconds busy_timeout);

// Runs work and turns what SOCI or SQLite throws into an Error that names the file.
Result<void> guarded(const std::filesystem::path& file, const std::function<void()>& work);

// Executes statements (separated by ';').
Result<void> execute(soci::session& sql, const std::filesystem::path& file, std::string_view statements);

// All rows of a query as text; NULL is nullopt.
Result<std::vector<TextRow>> rows(soci::session& sql, const std::filesystem::path& file, std::string_view query);

// The Error of a SQLite result code.
Error error_of(int result_code, std::string_view message, const std::filesystem::path& file);

}  // namespace outrider::store::sqlite
