#pragma once
#include "sim/model/world/geo.h"

namespace outrider::sim {

// The world the models live in begins at the same moment in every run, a June morning, and moves with the run's own
// time. A device's values therefore depend on its seed alone and not on when the simulator was started.
inline constexpr double world_start_s = 6 * 3600.0;  // 06:00 UTC
inline constexpr double day_s = 24 * 3600.0;

// Local solar time in hours, [0, 24).
double solar_hour(Position at, double world_s);
// Number of the day by local solar time; changes at midnight there.
int solar_day(Position at, double world_s);
// 0 at night, 1 with the sun at its highest.
double daylight(Position at, double world_s);
// Shade temperature in the open, °C: latitude sets the mean, the sun the day's swing (coldest at 4, warmest at 16).
// At sea the swing is a quarter of that on land.
double ambient_celsius(Position at, double world_s, bool at_sea = false);

}  // namespace outrider::sim
