#include "fleet/ways_in/list_tables.h"

#include <soci/soci.h>

#include "fleet/state/rows.h"

namespace outrider::fleet {

using soci::use;

void write_revoked(soci::session& sql, const ledger::Entry& entry, const facts::AnchorRevoked& fact) {
  std::string serial;
  soci::statement insert = (sql.prepare << "INSERT INTO foreign_revoked (fleet, authority, serial) "
                                           "VALUES (:fleet, :authority, :serial) ON CONFLICT DO NOTHING",
                            use(entry.fleet.value), use(fact.authority), use(serial));
  for (const auto& each : fact.serials) {
    serial = each;
    insert.execute(true);
  }
}

void write_list(soci::session& sql, const ledger::Entry& entry, const facts::AnchorList& fact) {
  const long long next_update = to_micros(fact.next_update);
  const std::string when_stale = boost::describe::enum_to_string(fact.when_stale, "refuse");
  sql << "INSERT INTO foreign_list (fleet, authority, number, next_update, when_stale) "
         "VALUES (:fleet, :authority, :number, :next, :stale) ON CONFLICT (fleet, authority) DO UPDATE SET "
         "number = excluded.number, next_update = excluded.next_update, when_stale = excluded.when_stale",
      use(entry.fleet.value), use(fact.authority), use(fact.number), use(next_update), use(when_stale);
}

void load_lists(soci::session& sql, State& state) {
  each_row<FleetId, std::string, std::string, Timestamp, facts::WhenStale>(
      sql, "SELECT fleet, authority, number, next_update, when_stale FROM foreign_list",
      [&](const FleetId& fleet, const std::string& authority, const std::string& number, Timestamp next_update,
          facts::WhenStale when_stale) {
        auto& list = state.fleets[fleet].ways.lists[authority];
        list.number = number;
        list.next_update = next_update;
        list.when_stale = when_stale;
      });
  each_row<FleetId, std::string, std::string>(
      sql, "SELECT fleet, authority, serial FROM foreign_revoked",
      [&](const FleetId& fleet, const std::string& authority, const std::string& serial) {
        state.fleets[fleet].ways.lists[authority].serials.insert(serial);
      });
}

}  // namespace outrider::fleet
