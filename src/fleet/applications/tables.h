#pragma once
// Writes the tables of applications (schema/0003_applications.sql) by the rules of applications/rules.h. Private to the
// room; used by the projector's thread.
#include "fleet/state/decoded.h"
#include "store/database.h"

namespace outrider::fleet {

// An entry about an application, or about a session of one.
Result<void> apply_application(store::Session& session, DecodedEntry& entry);

}  // namespace outrider::fleet
