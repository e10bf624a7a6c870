#include "detect/checks/gnss/steps.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/motion/tail.h"

namespace outrider::detect {
namespace {

constexpr float excused_nats = 2.5;
constexpr double ahead_spread_s = 1;  // servers keep time to milliseconds; rounding and jitter of reports
constexpr double live_s = 30;         // older reports were kept in a buffer
constexpr double leap_s = 18, leap_tolerance_s = 1.5;  // GPS − UTC since 2017, until a cold receiver has learnt it
constexpr double rollover_s = 1024 * 7 * 86'400.0;     // GPS weeks have ten bits (IS-GPS-200, 20.3.3.3.1.1)
constexpr double rollover_tolerance_s = 60;
constexpr double height_sigma_m = 15;  // vertical errors are half as large again as horizontal ones
constexpr float height_nats_max = 12;

bool known_fault(double off) {
  if (std::abs(std::abs(off) - leap_s) <= leap_tolerance_s) return true;
  const double weeks = std::abs(off) / rollover_s;
  return weeks > 0.5 && std::abs(weeks - std::round(weeks)) * rollover_s <= rollover_tolerance_s;
}

}  // namespace

void check_clock(const Observation& observation, const Deviations& deviations, Surprises& surprises) {
  const double time = observation.reading.gnss_time;
  if (!std::isfinite(time)) return;
  const double ahead = time - observation.received_s;
  const bool live = observation.received_s - observation.measured_s < live_s;
  const double jump = live && has(deviations[Quality::clock]) ? sides_nats(deviations[Quality::clock]) : 0;
  Evidence evidence{.check = CheckId::time_offset};
  evidence.nats = static_cast<float>(std::max(side_nats(ahead / ahead_spread_s), jump));
  const double off = deviations.value[static_cast<std::size_t>(Quality::clock)];
  if (known_fault(ahead) || known_fault(off)) evidence.nats = std::min(evidence.nats, excused_nats);
  evidence.observed = static_cast<float>(ahead);
  evidence.expected = static_cast<float>(observation.measured_s - observation.received_s);
  evidence.limit = static_cast<float>(3 * ahead_spread_s);
  surprises.add(evidence);
}

void check_height(GnssState& state, const Observation& observation, const TransportLimits& limits,
                  Surprises& surprises) {
  const Reading& reading = observation.reading;
  if (!has(reading.alt) || !(std::abs(reading.alt) < 100'000)) return;
  const double claimed = reading.vertical_accuracy;
  const double sigma = has(claimed) && claimed > 0 ? std::clamp(claimed, 3.0, 10'000.0) : height_sigma_m;
  const double elapsed = observation.measured_s - state.height_at_s;
  if (state.height_at_s != 0 && elapsed >= 0) {
    const double step = std::abs(reading.alt - state.height_m);
    const double reach = limits.climb_max * elapsed;
    const double both = std::sqrt(sigma * sigma + double{state.height_sigma_m} * state.height_sigma_m);
    Evidence evidence{.check = CheckId::altitude_step};
    evidence.nats = std::min(static_cast<float>(side_nats((step - reach) / both)), height_nats_max);
    evidence.observed = static_cast<float>(step);
    evidence.expected = static_cast<float>(both);
    evidence.limit = static_cast<float>(reach);
    evidence.more[0] = static_cast<float>(elapsed);
    surprises.add(evidence);
  }
  state.height_m = static_cast<float>(reading.alt);
  state.height_sigma_m = static_cast<float>(sigma);
  state.height_at_s = observation.measured_s;
}

}  // namespace outrider::detect
