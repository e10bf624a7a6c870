#pragma once
// Whoever the registry admits has rights: a device those of its profile, an application those of its grants.
#include <memory>

#include "fleet/state/inventory.h"
#include "gateway/mqtt/rights/rights.h"
#include "gateway/mqtt/signed/signatures.h"

namespace outrider::gateway::mqtt {

// `signatures`: of a device's session, to verify what it signs; nullptr for who only asks what is allowed.
std::shared_ptr<const Rights> rights_of(const fleet::Admission& admission,
                                        std::unique_ptr<Signatures> signatures = nullptr);

}  // namespace outrider::gateway::mqtt
