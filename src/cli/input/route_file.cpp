#include "cli/input/route_file.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "base/json.h"
#include "detect/geo/geo.h"
#include "wire/csv/reader.h"

namespace outrider::cli {
namespace {

using Points = std::vector<facts::RoutePoint>;

std::unexpected<Error> bad(std::string detail) {
  return fail(Errc::malformed, "bad-route-file", std::move(detail));
}

Result<void> add(Points& points, double lat, double lon, std::string_view what, std::size_t where) {
  if (!detect::plausible(lat, lon))
    return bad(fmt::format("{} {}: {}, {} is no place; a latitude is from -90 to 90, a longitude from -180 to 180",
                           what, where, lat, lon));
  if (points.size() == route_file_points_max) return bad(fmt::format("more than {} points", route_file_points_max));
  points.push_back({lat, lon});
  return {};
}

Result<double> number(const wire::csv::Row& row, std::size_t column) {
  const std::string& text = row.cells[column];
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
    return bad(fmt::format("line {}: a coordinate is no number in degrees", row.line));
  return value;
}

Result<Points> parse_csv(std::string_view text) {
  TRY(const auto table, wire::csv::read_table(text, {.rows_max = route_file_points_max + 1}));
  const auto column = [&](std::string_view shorter, std::string_view longer) -> Result<std::size_t> {
    if (const auto found = table.find_column(shorter)) return *found;
    if (const auto found = table.find_column(longer)) return *found;
    return bad(fmt::format("line 1: column '{}' is missing; a route is lat,lon or GeoJSON", shorter));
  };
  TRY(const auto lat, column("lat", "latitude"));
  TRY(const auto lon, column("lon", "longitude"));
  Points points;
  for (const auto& row : table.rows) {
    TRY(const double north, number(row, lat));
    TRY(const double east, number(row, lon));
    CHECK(add(points, north, east, "line", row.line));
  }
  return points;
}

const json::Value* member(const json::Value& value, std::string_view key) {
  return value.is_object() ? value.get_object().if_contains(key) : nullptr;
}

bool is_type(const json::Value& value, std::string_view type) {
  const auto* found = member(value, "type");
  return found != nullptr && found->is_string() && found->get_string() == type;
}

// RFC 7946 3.3, 3.2 and 3.1.4: a collection of features, a feature with a geometry, a line.
const json::Value* line_of(const json::Value& value) {
  if (is_type(value, "LineString")) return &value;
  if (is_type(value, "Feature")) {
    const auto* geometry = member(value, "geometry");
    return geometry != nullptr && is_type(*geometry, "LineString") ? geometry : nullptr;
  }
  const auto* features = is_type(value, "FeatureCollection") ? member(value, "features") : nullptr;
  if (features == nullptr || !features->is_array()) return nullptr;
  for (const auto& feature : features->get_array())
    if (is_type(feature, "Feature"))
      if (const auto* line = line_of(feature)) return line;
  return nullptr;
}

Result<Points> parse_geojson(std::string_view text) {
  TRY(const auto value, json::parse(text));
  const auto* line = line_of(value);
  const auto* coordinates = line == nullptr ? nullptr : member(*line, "coordinates");
  if (coordinates == nullptr || !coordinates->is_array())
    return bad("there is no LineString in it; a route is one, or a Feature of one");
  Points points;
  for (const auto& each : coordinates->get_array()) {
    const std::size_t where = points.size() + 1;
    // 3.1.1: longitude first.
    if (!each.is_array() || each.get_array().size() < 2 || !each.get_array()[0].is_number() ||
        !each.get_array()[1].is_number())
      return bad(fmt::format("point {}: expected [longitude, latitude]", where));
    CHECK(
        add(points, each.get_array()[1].to_number<double>(), each.get_array()[0].to_number<double>(), "point", where));
  }
  return points;
}

}  // namespace

Result<Points> parse_route_file(std::string_view text) {
  if (text.size() > route_file_bytes_max) return bad(fmt::format("more than {} bytes", route_file_bytes_max));
  const auto first = text.find_first_not_of(" \t\r\n");
  const bool geojson = first != std::string_view::npos && text[first] == '{';
  TRY(auto points, geojson ? parse_geojson(text) : parse_csv(text));
  if (points.size() < 2) return bad("a route has two points at least");
  return points;
}

Points thin_out(const Points& points, double metres) {
  if (points.size() < 3) return points;
  const auto place = [&](std::size_t i) { return detect::Place{points[i].lat, points[i].lon}; };
  std::vector<bool> stays(points.size(), false);
  stays.front() = stays.back() = true;
  std::vector<std::pair<std::size_t, std::size_t>> stretches{{0, points.size() - 1}};
  while (!stretches.empty()) {
    const auto [from, to] = stretches.back();
    stretches.pop_back();
    double most = metres;
    std::size_t farthest = 0;
    for (std::size_t i = from + 1; i < to; ++i)
      if (const double off = detect::distance_to_line_m(place(i), place(from), place(to)); off > most) {
        most = off;
        farthest = i;
      }
    if (farthest == 0) continue;
    stays[farthest] = true;
    stretches.emplace_back(from, farthest);
    stretches.emplace_back(farthest, to);
  }
  Points out;
  for (std::size_t i = 0; i < points.size(); ++i)
    if (stays[i]) out.push_back(points[i]);
  return out;
}

}  // namespace outrider::cli
