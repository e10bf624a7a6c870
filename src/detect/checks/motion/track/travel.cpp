#include <cmath>

#include "detect/checks/motion/tail.h"
#include "detect/checks/motion/track/track.h"
#include "detect/input/hash.h"

namespace outrider::detect {
namespace {

// A receiver that has lost its satellites repeats its last fix. So long it may have gone on moving meanwhile: measured
// 27 s at most with phones in towns.
constexpr double held_s_max = 30;
// After such a pause a receiver may have been switched off, and begin with an old fix.
constexpr double pause_s = 300, pause_intervals = 3;

double elapsed_s(const LastFix& last, const Fix& fix) {
  return fix.at_s - last.at_s + std::min(last.at_s - last.since_s, held_s_max);
}

}  // namespace

std::uint32_t cell_mark(const Reading& reading) {
  if (reading.cell == 0) return 0;
  const std::uint64_t network = std::uint64_t{reading.mcc} << 48U | std::uint64_t{reading.mnc} << 32U | reading.tac;
  const auto mark = static_cast<std::uint32_t>(mix(mix(network) ^ reading.cell));
  return mark == 0 ? 1 : mark;
}

bool begins_stale(const LastFix& last, const Fix& fix, const TransportLimits& limits) {
  return last.agreed == 0 && distance_m(last.place, fix.place) > limits.speed_max * elapsed_s(last, fix);
}

bool agrees(const LastFix& last, const Fix& fix, double interval_s) {
  const bool begins = fix.at_s - last.at_s > std::max(pause_s, pause_intervals * interval_s);
  if (begins) return false;
  if (last.agreed != 0 || !(fix.place == last.place)) return true;
  return fix.at_s - last.since_s > 2 * held_s_max;
}

void check_travel(const LastFix& last, const Fix& fix, std::uint32_t cell, const TransportLimits& limits,
                  Surprises& surprises) {
  const double elapsed = elapsed_s(last, fix);
  const double reach = limits.speed_max * elapsed;
  if (within_m(last.place, fix.place, reach)) return;
  const double distance = distance_m(last.place, fix.place);
  const double sigma = std::hypot(double{last.sigma_m}, fix.sigma_m);
  Evidence evidence{.check = CheckId::impossible_travel};
  evidence.nats = static_cast<float>(plane_nats((distance - reach) / sigma));
  evidence.observed = static_cast<float>(distance);
  evidence.expected = static_cast<float>(sigma);
  evidence.limit = static_cast<float>(reach);
  evidence.more[0] = static_cast<float>(elapsed);
  if (cell != 0 && last.cell != 0) evidence.more[1] = cell == last.cell ? 1 : 2;
  surprises.add(evidence);
}

}  // namespace outrider::detect
