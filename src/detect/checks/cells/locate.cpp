// Where cells say a device is.
#include <algorithm>
#include <array>
#include <cmath>

#include "detect/checks/cells/cell_map.h"

namespace outrider::detect {
namespace {

constexpr std::uint32_t samples_least = 3;
constexpr int devices_least = 3;  // that stood at the same place

// A slip of one receiver places no cell.
bool placed(const Cell& cell) {
  return cell.seeded != 0 || cell.samples >= samples_least || (cell.samples > 0 && cell.devices() >= devices_least);
}
constexpr double error_floor_m = 150;  // places were learnt at least so far apart

double root(double a, double b) {
  return std::sqrt(a * a + b * b);
}

struct Vote {
  double at, weight;
};

double weighted_median(std::span<Vote> votes) {
  std::ranges::sort(votes, {}, &Vote::at);
  double all = 0, sum = 0;
  for (const auto& vote : votes) all += vote.weight;
  for (std::size_t i = 0; i < votes.size(); ++i) {
    sum += votes[i].weight;
    // The middle between two when it lies between them: with two cells neither is the right one.
    if (sum == all / 2 && i + 1 < votes.size()) return (votes[i].at + votes[i + 1].at) / 2;
    if (sum > all / 2) return votes[i].at;
  }
  return votes.back().at;
}

}  // namespace

std::optional<CellPlace> CellMap::place(const CellKey& key) const {
  const Cell* cell = find(key);
  if (cell == nullptr || !placed(*cell)) return std::nullopt;
  const double range = detect::range_m(*cell);
  const double drives = std::max(1U, cell->drives);
  return CellPlace{.lat = cell->lat,
                   .lon = cell->lon,
                   .range_m = range,
                   .error_m = root(range / std::sqrt(drives), error_floor_m),
                   .samples = cell->samples};
}

std::optional<CellPlace> CellMap::place(std::uint16_t mcc, std::uint16_t mnc, std::uint32_t area,
                                        std::uint64_t cell) const {
  return place(CellKey{mcc, mnc, area, cell});
}

std::optional<CellPlace> CellMap::locate(const Reading& reading) const {
  static constexpr std::size_t most = visible_max + 1;
  std::array<CellPlace, most> places;
  std::size_t count = 0;
  const auto look = [&](const CellKey& key) {
    if (const auto found = place(key)) places[count++] = *found;
  };
  if (reading.cell != 0) look({reading.mcc, reading.mnc, reading.tac, reading.cell});
  for (const auto& key : reading.visible) {
    if (key.cell == 0) break;
    look(key);
  }
  if (count == 0) return std::nullopt;
  if (count == 1) return places[0];

  std::array<Vote, most> lats, lons, ranges;
  std::uint32_t samples = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double spread = root(places[i].range_m, places[i].error_m);
    const double weight = 1 / (spread * spread);
    lats[i] = {places[i].lat, weight};
    lons[i] = {places[i].lon, weight};
    ranges[i] = {spread, 1};
    samples += places[i].samples;
  }
  // Cells stand around the device, so that their middle is nearer to it than each of them, with the square root of
  // their number. Sectors of one site do not stand around it, and a list is wrong for a whole quarter at once,
  // therefore the fourth root; what is left over is calibrated.
  const double spread = weighted_median({ranges.data(), count}) / std::sqrt(std::sqrt(static_cast<double>(count)));
  return CellPlace{.lat = weighted_median({lats.data(), count}),
                   .lon = weighted_median({lons.data(), count}),
                   .range_m = spread,
                   .error_m = error_floor_m,
                   .samples = samples,
                   .cells = static_cast<std::uint32_t>(count)};
}

double CellMap::distance_nats(const CellPlace& where, double distance_m) const {
  const double ratio = distance_m / root(where.range_m, where.error_m);
  if (!(ratio > 1.5)) return 0;  // nobody is surprised by that, whatever was counted; and nearly every report ends here
  return std::max(0.0, -std::log(distances_.tail(where.cells, ratio)));
}

}  // namespace outrider::detect
