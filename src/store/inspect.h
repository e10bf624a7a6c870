#pragma once
// A look at a projection database from outside, without changing it; also while a server has it open.
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "store/database.h"

namespace outrider::store {

struct ReaderCursor {
  std::string reader;
  FleetId fleet;
  std::uint64_t next = 0;  // number of the entry it wants
};

struct Inspection {
  std::uint64_t bytes = 0;
  std::vector<std::string> damage;  // what SQLite's own check says; empty: sound, or not checked
  std::size_t migrations_due = 0;   // the next start brings the schema forward by so many steps
  std::vector<ReaderCursor> cursors;
};

// `check`: reads every page (SQLite's quick_check). not_found ("no-database") when there is no file; conflict
// ("database-newer", "database-changed") when its schema is not one this program would make; corrupt when it is no
// database at all.
Result<Inspection> inspect(const std::filesystem::path& file, bool check,
                           const Migrations& migrations = embedded_migrations());

}  // namespace outrider::store
