#pragma once
// What must be there before anybody is let in, made once and found again at every later start. Each step may be
// interrupted and is completed by the next start. All of them wait for durability.
#include <filesystem>

#include "fleet/registry/registry.h"
#include "identity/authority.h"
#include "ledger/ledger.h"

namespace outrider::server {

// The log of what concerns no fleet.
Result<void> ensure_server_log(fleet::Registry& registry);
// The first token of the API, in a file (0600) that only the owner of the data directory can read. Its hash is in the
// ledger. A token of that name that was revoked is not made again.
Result<void> ensure_admin_token(fleet::Registry& registry, const std::filesystem::path& file);
// Makes or opens the fleet's issuing authority, and tells the fleet's ledger of what it has not been told.
Result<void> ensure_authority(identity::Authority& authority, ledger::Ledger& ledger, const FleetId& fleet);

}  // namespace outrider::server
