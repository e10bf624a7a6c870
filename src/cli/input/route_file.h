#pragma once
// A route in a file: CSV with the columns lat and lon (or latitude and longitude), or GeoJSON (RFC 7946) whose first
// LineString counts.
#include <string_view>
#include <vector>

#include "base/result.h"
#include "facts/alerts.h"

namespace outrider::cli {

inline constexpr std::size_t route_file_bytes_max = 16UL * 1024 * 1024;
inline constexpr std::size_t route_file_points_max = 200'000;

// Refused, with the line or the number of the point: what is no number, what is no place on earth, a file without
// points.
Result<std::vector<facts::RoutePoint>> parse_route_file(std::string_view text);

// Leaves out points that are less than `metres` beside the line between those that stay (Douglas and Peucker).
std::vector<facts::RoutePoint> thin_out(const std::vector<facts::RoutePoint>& points, double metres);

}  // namespace outrider::cli
