#pragma once
// The routes and fences that detection holds devices to, as they were ordered.
#include <optional>
#include <vector>

#include "detect/engine/engine.h"
#include "facts/alerts.h"

namespace outrider::detect {

// Nothing: it has none, or it is over.
std::optional<facts::RouteAssigned> route_of(const Engine& engine, const DeviceId& device, Timestamp now);
// By name.
std::vector<facts::FenceSet> fences_of(const Engine& engine);

}  // namespace outrider::detect
