#pragma once
// Whoever the registry admits has rights: a device those of its profile, an application those of its grants.
#include <memory>

#include "fleet/state/inventory.h"
#include "gateway/mqtt/rights/rights.h"

namespace outrider::gateway::mqtt {

std::shared_ptr<const Rights> rights_of(const fleet::Admission& admission);

}  // namespace outrider::gateway::mqtt
