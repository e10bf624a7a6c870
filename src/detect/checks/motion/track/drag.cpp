#include <algorithm>
#include <cmath>

#include "detect/checks/motion/track/track.h"

namespace outrider::detect {
namespace {

constexpr double witness_s = 30;         // between two witnesses of the same cells
constexpr double handover_s = 5;         // between two at all
constexpr double repeated_weight = 0.4;  // a cell that testified lately shares its error with what it says now
constexpr double follow = 0.7;           // how much of what is off the newest witness decides
constexpr std::uint16_t here_max = 2;
constexpr float nats_max = 25;
constexpr double freedom = 4;  // Student's t, as in tail.h
// Cells along one road were all learnt from that road and err together: half a scale off is no sign of anything.
constexpr double common_error = 0.5;

bool heard_lately(const Drag& drag, std::uint16_t mark) {
  return std::ranges::find(drag.heard, mark) != drag.heard.end();
}

}  // namespace

// Every witness tells how far the position is from where cells place the device. While nothing is wrong that is an
// error without a direction; the likelihood under it is compared with the likelihood that the position is off by what
// the witnesses before said. What is to come cannot be known from those before it, so the sum is a test martingale,
// P(it ever reaches x) ≤ e^−x, whatever the size of the drift; a drift of the true position is no drift against cells.
void check_drag(Drag& drag, const Fix& fix, const Reading& reading, std::uint32_t cell, const CellMap& cells,
                Surprises& surprises) {
  if (cell == 0) return;
  const double waited = fix.at_s - drag.at_s;
  const bool same = cell == drag.cell;
  if (drag.at_s != 0 && waited < (same ? witness_s : handover_s)) return;
  const auto where = cells.locate(reading);
  if (!where) return;
  const Offset off = offset({where->lat, where->lon}, fix.place);
  // Root mean square of a plane t with 4 degrees of freedom: 2 scales.
  const double scale =
      std::sqrt((where->range_m * where->range_m + where->error_m * where->error_m) / 4 + fix.sigma_m * fix.sigma_m);
  const auto mark = static_cast<std::uint16_t>(cell | 1U);
  const bool repeated = heard_lately(drag, mark);
  if (drag.at_s == 0) {
    drag.east_m = static_cast<float>(off.east);
    drag.north_m = static_cast<float>(off.north);
    drag.since_s = static_cast<std::uint32_t>(fix.at_s);
  } else {
    // The same cells at the same place say nothing new, and others only so much: whoever parks on a hill hears many
    // cells from one side.
    const bool here = within_m(drag.from, fix.place, scale / 2);
    if (here && (repeated || drag.here >= here_max)) return;
    drag.here = static_cast<std::uint16_t>(here ? drag.here + 1 : 0);
    const double unexplained = std::max(0.0, off.length() - common_error * scale);
    const double still = 1 + unexplained * unexplained / (freedom * scale * scale);
    const double east = off.east - drag.east_m, north = off.north - drag.north_m;
    const double dragged = 1 + (east * east + north * north) / (freedom * scale * scale);
    const double ratio = (freedom + 2) / 2 * std::log(still / dragged) * (repeated ? repeated_weight : 1.0);
    drag.nats = std::clamp(drag.nats + static_cast<float>(ratio), 0.0F, nats_max);
    if (drag.nats == 0) {
      drag.since_s = static_cast<std::uint32_t>(fix.at_s);
      drag.witnesses = 0;
    }
    ++drag.witnesses;
    drag.east_m += static_cast<float>(follow * (off.east - drag.east_m));
    drag.north_m += static_cast<float>(follow * (off.north - drag.north_m));
  }
  if (!repeated) drag.heard[drag.next++ % Drag::heard_max] = mark;
  drag.at_s = static_cast<std::uint32_t>(fix.at_s);
  drag.cell = cell;
  drag.from = fix.place;
  if (drag.nats < Surprises::nats_min) return;
  Evidence evidence{.check = CheckId::drag_off};
  evidence.nats = drag.nats;
  evidence.observed = static_cast<float>(std::hypot(drag.east_m, drag.north_m));
  evidence.expected = static_cast<float>(where->range_m);
  evidence.more[0] = static_cast<float>(fix.at_s - drag.since_s);
  evidence.more[1] = static_cast<float>(drag.witnesses);
  surprises.add(evidence);
}

}  // namespace outrider::detect
