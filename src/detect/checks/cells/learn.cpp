// How the map learns places.
#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/checks/cells/cell_map.h"
#include "detect/checks/cells/plane.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t samples_max = 256;      // the middle keeps following: operators move antennas
constexpr std::uint32_t seed_samples_max = 16;  // a public list is soon outweighed by what the fleet hears itself
constexpr double seed_range_max_m = 35'000;     // GSM's largest timing advance, TS 45.010 5.6: 63 steps of 550 m

// Where it was heard within the last places is no news: who stands there for a night, or a yard where the whole fleet
// stands, says nothing about how far the cell reaches. After spots_kept other places it may say so again, so that the
// middle keeps following.
constexpr double spot_deg = 0.002;  // 220 m: two such places are at least learn_apart_m apart, mostly
constexpr int spots_kept = 24;      // of 32 bits: beyond that, most places would look known

bool known_spot(Cell& cell, double lat, double lon) {
  const auto row = static_cast<std::uint64_t>((lat + 90) / spot_deg);
  const auto column = static_cast<std::uint64_t>((lon + 180) / spot_deg);
  const std::uint32_t bit = 1U << (mix(row, column) >> 59U);
  if ((cell.spots & bit) != 0) return true;
  cell.spots = std::popcount(cell.spots) >= spots_kept ? bit : cell.spots | bit;
  return false;
}

void learn_place(Cell& cell, double lat, double lon) {
  if (cell.samples == 0) {
    cell.lat = lat;
    cell.lon = lon;
    cell.samples = 1;
    return;
  }
  const double known = std::min(cell.samples, samples_max);
  // Distance from the middle without this place: larger than to the true middle by the middle's own error.
  const double apart = plane_distance_m(cell.lat, cell.lon, lat, lon);
  const double square = apart * apart * known / (known + 1);
  cell.square_m2 += static_cast<float>((square - cell.square_m2) / (known + 1));
  cell.lat += (lat - cell.lat) / (known + 1);
  cell.lon += (lon - cell.lon) / (known + 1);
  if (cell.samples < UINT32_MAX) ++cell.samples;
}

void begins_drive(Cell& cell, std::uint32_t device, double now_s) {
  static constexpr double apart_s = 3600, others_apart_s = 600;  // a convoy is one drive
  const double passed = now_s - cell.drive_s;
  if (cell.drives != 0 && passed < (cell.driver == device ? apart_s : others_apart_s)) return;
  cell.drive_s = static_cast<std::uint32_t>(now_s);
  cell.driver = device;
  if (cell.drives < UINT32_MAX) ++cell.drives;
}

}  // namespace

void CellMap::learn(const Reading& reading, std::uint32_t device, double now_s) {
  const auto teach = [&](const CellKey& key) {
    Cell& cell = hear(key, reading.rat, device, now_s);
    if (known_spot(cell, reading.lat, reading.lon)) return;
    begins_drive(cell, device, now_s);
    learn_place(cell, reading.lat, reading.lon);
  };
  if (reading.cell != 0) teach({reading.mcc, reading.mnc, reading.tac, reading.cell});
  for (const auto& key : reading.visible) {
    if (key.cell == 0) break;
    teach(key);
  }
}

void CellMap::calibrate(const CellPlace& where, double distance_m) {
  distances_.add(where.cells, distance_m / std::sqrt(where.range_m * where.range_m + where.error_m * where.error_m));
}

void CellMap::seed(const CellKey& key, Radio radio, double lat, double lon, double range_m, std::uint32_t samples,
                   double now_s) {
  Cell& cell = hear(key, radio, 0, now_s);
  if (cell.samples < 3 || cell.seeded != 0) {
    cell.lat = lat;
    cell.lon = lon;
    cell.samples = cell.drives = std::clamp(samples, 1U, seed_samples_max);
    const double range = std::clamp(range_m, typical_range_m(radio), seed_range_max_m);
    cell.square_m2 = static_cast<float>(range * range / 2);  // the list's range is nearer to the largest distance
  }
  cell.seeded = 1;
  for (auto* square : {&squares.at(lat, lon, now_s), &regions.at(lat, lon, now_s)}) {
    if (square->areas.of(area_id(key)) == 0) square->areas.add(area_id(key));
    if (square->countries.of(key.mcc) == 0) square->countries.add(key.mcc);
  }
}

}  // namespace outrider::detect
