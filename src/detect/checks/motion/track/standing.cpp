#include <algorithm>
#include <cmath>

#include "detect/checks/motion/track/track.h"

namespace outrider::detect {
namespace {

constexpr double still_m = 100;      // what a parked receiver wanders
constexpr double new_moving = 0.8;   // a device that drives hears a cell for the first time in four of five changes
constexpr double concentration = 2;  // our estimate: a house hears five cells in twenty changes
constexpr double new_least = 0.2;    // once more cells were heard than are remembered
constexpr std::uint16_t distinct_least = 4;
constexpr float nats_max = 25;

bool heard_before(Standing& standing, std::uint32_t cell) {
  const std::size_t known = std::min<std::size_t>(standing.distinct, Standing::cells_max);
  return std::ranges::find(standing.cells.begin(), standing.cells.begin() + known, cell) !=
         standing.cells.begin() + known;
}

}  // namespace

// Whoever stands still goes back and forth between few cells: after n changes the next cell is a new one with
// probability 2/(n+2) (Chinese restaurant process, concentration 2). Whoever moves leaves cells behind. The sum of the
// log-likelihood ratios is a test martingale while nothing is wrong, so P(it ever reaches x) ≤ e^−x (Ville).
void check_standing(Standing& standing, const Fix& fix, const Reading& reading, std::uint32_t cell,
                    const CellMap& cells, Surprises& surprises) {
  if (cell == 0) return;
  const double radius = std::max(still_m, 3 * fix.sigma_m);
  if (standing.since_s == 0 || !within_m(standing.anchor, fix.place, radius)) {
    standing = Standing{};
    standing.anchor = fix.place;
    standing.since_s = static_cast<std::uint32_t>(fix.at_s);
    standing.last = cell;
    standing.cells[0] = cell;
    standing.distinct = 1;
    return;
  }
  if (cell == standing.last) return;
  standing.last = cell;
  if (standing.changes < 0xFFFF) ++standing.changes;
  const bool old = heard_before(standing, cell);
  const bool full = standing.distinct >= Standing::cells_max;
  const double p_new = std::max(concentration / (concentration + standing.changes), full ? new_least : 0.0);
  if (!old) {
    standing.cells[standing.distinct % Standing::cells_max] = cell;
    if (standing.distinct < 0xFFFF) ++standing.distinct;
    // A cell that the fleet knows to be heard here is no sign of movement; one that is heard elsewhere is judged by the
    // radio family.
    if (cells.place(reading.mcc, reading.mnc, reading.tac, reading.cell)) return;
  }
  const double ratio = old ? (1 - new_moving) / (1 - p_new) : new_moving / p_new;
  standing.nats = std::clamp(standing.nats + static_cast<float>(std::log(ratio)), 0.0F, nats_max);
  if (old || standing.distinct < distinct_least) return;
  Evidence evidence{.check = CheckId::frozen_position};
  evidence.nats = standing.nats;
  evidence.observed = standing.distinct;
  evidence.expected = static_cast<float>(radius);
  evidence.more[0] = static_cast<float>(fix.at_s - standing.since_s);
  evidence.more[1] = standing.changes;
  surprises.add(evidence);
}

}  // namespace outrider::detect
