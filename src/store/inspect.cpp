#include "store/inspect.h"

#include <fmt/format.h>
#include <soci/soci.h>

#include <charconv>

#include "store/migrate.h"
#include "store/sqlite.h"

namespace outrider::store {
namespace {

constexpr std::chrono::milliseconds patience{2000};  // a writer's commit is over long before

std::uint64_t number_of(const std::optional<std::string>& text) {
  std::uint64_t out = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), out);
  return out;
}

}  // namespace

Result<Inspection> inspect(const std::filesystem::path& file, bool check, const Migrations& migrations) {
  std::error_code error;
  Inspection out;
  out.bytes = std::filesystem::file_size(file, error);
  if (error == std::errc::no_such_file_or_directory)
    return fail(Errc::not_found, "no-database", fmt::format("there is no database {}", file.string()));
  if (error) return std::unexpected(system_error("stat", file.string(), error.value()));
  TRY(const auto sql, sqlite::connect_to_read(file, patience));
  if (check) {
    TRY(const auto said, sqlite::rows(*sql, file, "PRAGMA quick_check(20)"));
    for (const auto& row : said)
      if (row.at(0).value_or("") != "ok") out.damage.push_back(row.at(0).value_or("?"));
    if (!out.damage.empty()) return out;  // what else it says is worth nothing
  }
  TRY(out.migrations_due, migrations_due(*sql, file, migrations));
  TRY(const auto tables, sqlite::rows(*sql, file, "SELECT 1 FROM sqlite_master WHERE name = 'reader_cursor'"));
  if (tables.empty()) return out;
  TRY(const auto cursors, sqlite::rows(*sql, file, "SELECT reader, fleet, next FROM reader_cursor ORDER BY 1, 2"));
  for (const auto& row : cursors)
    out.cursors.push_back({row.at(0).value_or(""), FleetId(row.at(1).value_or("")), number_of(row.at(2))});
  return out;
}

}  // namespace outrider::store
