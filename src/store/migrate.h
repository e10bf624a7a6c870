#pragma once
// Brings the schema of an open database forward. Private to the room.
#include <filesystem>

#include "base/result.h"
#include "store/database.h"

namespace outrider::store {

// Applies the migrations that are not recorded yet, in order of their numbers, each with its record in one transaction.
// Refused: database-newer, database-changed (see Database::open), bad-migration (a name without number, a number
// twice).
Result<void> migrate(soci::session& sql, const std::filesystem::path& file, const Migrations& migrations);
// How many of the migrations are not recorded yet; refused as above. Changes nothing.
Result<std::size_t> migrations_due(soci::session& sql, const std::filesystem::path& file, const Migrations& migrations);

}  // namespace outrider::store
