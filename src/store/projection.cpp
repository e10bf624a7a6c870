#include "store/projection.h"

#include <fmt/format.h>
#include <soci/soci.h>

namespace outrider::store {

Result<std::map<FleetId, std::uint64_t>> load_cursors(Session& session, std::string_view reader) {
  std::map<FleetId, std::uint64_t> cursors;
  CHECK(session.run([&](soci::session& sql) {
    const std::string name(reader);
    std::string fleet;
    long long next = 0;
    soci::statement select = (sql.prepare << "SELECT fleet, next FROM reader_cursor WHERE reader = :reader",
                              soci::use(name), soci::into(fleet), soci::into(next));
    select.execute();
    while (select.fetch()) cursors.emplace(FleetId(fleet), static_cast<std::uint64_t>(next));
  }));
  return cursors;
}

Result<void> save_cursor(Session& session, std::string_view reader, const FleetId& fleet, std::uint64_t next) {
  return session.run([&](soci::session& sql) {
    const std::string name(reader);
    const auto number = static_cast<long long>(next);
    sql << "INSERT INTO reader_cursor (reader, fleet, next) VALUES (:reader, :fleet, :next) "
           "ON CONFLICT (reader, fleet) DO UPDATE SET next = excluded.next",
        soci::use(name), soci::use(fleet.value), soci::use(number);
  });
}

Result<std::string> dump(Session& session) {
  TRY(const auto tables, session.rows("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"));
  std::string out;
  for (const auto& table : tables) {
    const std::string name = table.at(0).value_or("");
    TRY(const auto columns, session.rows(fmt::format("SELECT name FROM pragma_table_info('{}')", name)));
    std::string order;
    for (std::size_t i = 1; i <= columns.size(); ++i) order += fmt::format("{}{}", i == 1 ? "" : ", ", i);
    TRY(const auto rows, session.rows(fmt::format("SELECT * FROM {} ORDER BY {}", name, order)));
    for (const auto& row : rows) {
      out += name;
      for (const auto& value : row) out += value ? fmt::format("|'{}'", *value) : "|NULL";
      out += '\n';
    }
  }
  return out;
}

}  // namespace outrider::store
