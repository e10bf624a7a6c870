#include "detect/checks/gnss/receiver.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

constexpr std::uint16_t known_count = 20;     // reports before anything is called usual
constexpr double memory_s = 6 * 3600.0;       // then older ones fade
constexpr double alarmed_share = 0.05;        // what a report counts while something is wrong
constexpr double clip = 3;                    // so many spreads a single report may teach
constexpr double mean_to_deviation = 1.2533;  // normal distribution: standard over mean absolute deviation

// Floors of the spread. A receiver looks steadier than it is while it stands in one place; these are the differences
// between places, temperatures and minutes of one receiver that is well.
double spread_floor(Quality quality, double location) {
  switch (quality) {
    case Quality::agc:
      return 1.5;  // gain steps of phone front ends are 0.5 to 1 dB
    case Quality::noise:
      return 0.08 * std::abs(location);  // thermal noise moves 1 dB over -40..85 °C, 10 % in amplitude
    case Quality::jamming:
      return 10;  // of 255: neighbouring electronics (u-blox MON-RF jamInd)
    case Quality::cn0:
      return 2;  // satellites rise and set, bodies and roofs shade
    case Quality::cn0_spread:
      return 1;
    case Quality::accuracy:
    case Quality::height:
      return 0.25;  // a quarter more or less: geometry through a day
    case Quality::speed_variance:
      return 0.25;
    case Quality::satellites:
      return 2;
    case Quality::clock:
      return 1;  // time stamps of reports are whole seconds
  }
  return 1;
}

double logarithm(double value) {
  return value > 0 ? std::log(value) : absent;
}

std::array<double, qualities> figures(const Reading& reading, double measured_s) {
  const double clock = has(reading.gnss_time) ? reading.gnss_time - measured_s : absent;
  return {reading.agc,
          reading.noise,
          reading.jamming,
          reading.cn0,
          reading.cn0_spread,
          logarithm(reading.accuracy),
          logarithm(reading.vertical_accuracy),
          logarithm(reading.speed_variance),
          reading.satellites,
          clock};
}

}  // namespace

double spread(const GnssState& state, Quality quality) {
  const Usual& usual = state.usual[static_cast<std::size_t>(quality)];
  return std::max(mean_to_deviation * usual.deviation, std::max(spread_floor(quality, usual.location), 1e-6));
}

Deviations deviations(const GnssState& state, const Reading& reading, double measured_s) {
  Deviations found{figures(reading, measured_s), {}};
  for (std::size_t i = 0; i < qualities; ++i) {
    if (!std::isfinite(found.value[i])) found.value[i] = absent;
    const bool known = state.count[i] >= known_count && has(found.value[i]);
    found.z[i] = known ? (found.value[i] - state.usual[i].location) / spread(state, static_cast<Quality>(i)) : absent;
  }
  return found;
}

void learn(GnssState& state, const Deviations& deviations, double elapsed_s, bool calm) {
  for (std::size_t i = 0; i < qualities; ++i) {
    if (!has(deviations.value[i])) continue;
    Usual& usual = state.usual[i];
    std::uint16_t& count = state.count[i];
    if (count == 0) {
      usual = {static_cast<float>(deviations.value[i]), 0};
      count = 1;
      continue;
    }
    double share = std::max(1.0 / (1.0 + count), std::clamp(elapsed_s / memory_s, 0.0, 0.1));
    if (!calm) share *= alarmed_share;
    const double limit = clip * spread(state, static_cast<Quality>(i));
    const double step = std::clamp(deviations.value[i] - usual.location, -limit, limit);
    usual.location += static_cast<float>(share * step);
    usual.deviation += static_cast<float>(share * (std::abs(step) - usual.deviation));
    if (calm && count < 0xFFFF) ++count;
  }
}

}  // namespace outrider::detect
