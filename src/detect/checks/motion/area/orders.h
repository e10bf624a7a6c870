#pragma once
// Whether a route or a fence may be ordered. Asked before it becomes an entry; what became one is only read.
#include "base/result.h"
#include "facts/alerts.h"

namespace outrider::detect {

inline constexpr double corridor_m_min = 50;        // a motorway with its junctions, and the error of a receiver
inline constexpr double corridor_m_max = 500'000;   // beyond, it holds nobody
inline constexpr double radius_m_min = 20;          // a yard
inline constexpr double radius_m_max = 10'000'000;  // a quarter of the way round
inline constexpr double dwell_s_max = 30 * 86'400.0;

// Reasons: bad-route (points, their number, corridor), expiry-in-the-past. No points: the route is taken back.
Result<void> check_order(const facts::RouteAssigned& route, Timestamp now);
// Reasons: bad-fence. A radius of 0 removes the fence.
Result<void> check_order(const facts::FenceSet& fence);

}  // namespace outrider::detect
