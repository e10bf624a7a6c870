#pragma once
// Cursors of readers that keep their state in the database: how far each has come in each fleet's ledger. Always saved
// in the transaction that holds the effects of the entries before it (fleet/projection/projector.h does).
#include <cstdint>
#include <map>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "store/database.h"

namespace outrider::store {

// Number of the next entry that `reader` wants, by fleet. A fleet it has not met is absent: 0.
Result<std::map<FleetId, std::uint64_t>> load_cursors(Session& session, std::string_view reader);
Result<void> save_cursor(Session& session, std::string_view reader, const FleetId& fleet, std::uint64_t next);

// All tables with all rows as text, ordered, one line a row: for comparing two databases (rebuild tests).
Result<std::string> dump(Session& session);

}  // namespace outrider::store
