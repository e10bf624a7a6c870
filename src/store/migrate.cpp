#include "store/migrate.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <charconv>
#include <map>

#include "base/bytes.h"
#include "crypto/hash.h"
#include "store/sqlite.h"

namespace outrider::store {
namespace {

struct Step {
  std::string_view name;
  std::string_view statements;
  std::string checksum;
};

Result<std::map<int, Step>> in_order(const Migrations& migrations) {
  std::map<int, Step> steps;
  for (const auto& [name, statements] : migrations) {
    int number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error != std::errc{} || number <= 0 || end == name.data() + name.size() || *end != '_') {
      return fail(Errc::internal, "bad-migration", fmt::format("migration '{}' has no number", name));
    }
    const Step step{name, statements, hex(crypto::sha256(as_bytes(statements)))};
    if (!steps.emplace(number, step).second) {
      return fail(Errc::internal, "bad-migration", fmt::format("two migrations have the number {}", number));
    }
  }
  return steps;
}

constexpr std::string_view rebuild =
    "; the database holds nothing that is not in the ledger: delete it and it is rebuilt";

// What the database says was applied must be what this program would have applied.
Result<void> check_applied(const std::map<int, Step>& steps, const std::vector<TextRow>& applied,
                           const std::filesystem::path& file) {
  for (const auto& row : applied) {
    const std::string number_text = row.at(0).value_or("");
    int number = 0;
    std::from_chars(number_text.data(), number_text.data() + number_text.size(), number);
    const auto step = steps.find(number);
    if (step == steps.end()) {
      return fail(
          Errc::conflict, "database-newer",
          fmt::format("database {} was made by a newer program (it has migration {}, this program knows {}); run "
                      "that program{}",
                      file.string(), row.at(1).value_or("?"), steps.empty() ? 0 : steps.rbegin()->first, rebuild));
    }
    if (step->second.checksum != row.at(2)) {
      return fail(Errc::conflict, "database-changed",
                  fmt::format("database {} was made with another version of migration {}{}", file.string(),
                              step->second.name, rebuild));
    }
  }
  return {};
}

Result<void> apply(soci::session& sql, const std::filesystem::path& file, int number, const Step& step) {
  const std::string record =
      fmt::format("INSERT INTO schema_migration (number, name, checksum) VALUES ({}, '{}', '{}');", number, step.name,
                  step.checksum);
  auto done = sqlite::execute(sql, file, fmt::format("BEGIN IMMEDIATE;{};{}COMMIT;", step.statements, record));
  if (!done) {
    (void)sqlite::execute(sql, file, "ROLLBACK;");
    return std::unexpected(std::move(done).error().during(fmt::format("while applying migration {}", step.name)));
  }
  return {};
}

constexpr std::string_view applied_query = "SELECT number, name, checksum FROM schema_migration ORDER BY number";

}  // namespace

Result<std::size_t> migrations_due(soci::session& sql, const std::filesystem::path& file,
                                   const Migrations& migrations) {
  TRY(const auto steps, in_order(migrations));
  TRY(const auto tables, sqlite::rows(sql, file, "SELECT 1 FROM sqlite_master WHERE name = 'schema_migration'"));
  if (tables.empty()) return steps.size();
  TRY(const auto applied, sqlite::rows(sql, file, applied_query));
  CHECK(check_applied(steps, applied, file));
  return steps.size() - applied.size();
}

Result<void> migrate(soci::session& sql, const std::filesystem::path& file, const Migrations& migrations) {
  TRY(const auto steps, in_order(migrations));
  CHECK(sqlite::execute(sql, file,
                        "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                        "checksum TEXT NOT NULL);"));
  TRY(const auto applied, sqlite::rows(sql, file, applied_query));
  CHECK(check_applied(steps, applied, file));
  for (const auto& [number, step] : steps) {
    bool known = false;
    for (const auto& row : applied) known = known || row.at(0) == std::to_string(number);
    if (!known) CHECK(apply(sql, file, number, step));
  }
  return {};
}

}  // namespace outrider::store
