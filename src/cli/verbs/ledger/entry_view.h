#pragma once
// Entries of the ledger as commands show them.
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/time.h"
#include "cli/output/table.h"
#include "ledger/entry.h"

namespace outrider::cli {

// As GET /fleets/{f}/entries/{n} has it, with the fleet and the payload's exact bytes.
json::Object json_of(const ledger::Entry& entry);
std::vector<std::pair<std::string_view, Cell>> fields_of(const ledger::Entry& entry, Timestamp now);

// Payload bytes for people: text as it is, everything else as its size and first bytes. Not escaped yet.
std::string payload_text(ByteView payload, std::string_view content_type);

// application/json and the like.
bool is_json(std::string_view content_type);

// "telemetry", "identity.issued"; "kind 77" for one that this version does not know.
std::string kind_text(std::uint16_t kind);

}  // namespace outrider::cli
