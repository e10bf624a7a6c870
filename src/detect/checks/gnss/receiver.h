#pragma once
// A receiver's figures against what is usual for it.
#include <array>

#include "detect/checks/gnss/gnss_state.h"
#include "detect/input/observation.h"

namespace outrider::detect {

// Deviations in standard deviations, NaN where a figure is absent or not known well enough yet.
struct Deviations {
  std::array<double, qualities> value{};
  std::array<double, qualities> z{};
  double operator[](Quality quality) const { return z[static_cast<std::size_t>(quality)]; }
};

Deviations deviations(const GnssState& state, const Reading& reading, double measured_s);

// The spread that is believed of it: what was learnt, and never less than receivers of any make show.
double spread(const GnssState& state, Quality quality);

// Learns from a report. `calm`: nothing is wrong with it; else it counts little, so that an attack does not become
// usual in hours and a new antenna does in weeks.
void learn(GnssState& state, const Deviations& deviations, double elapsed_s, bool calm);

}  // namespace outrider::detect
