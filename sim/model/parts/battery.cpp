#include "sim/model/parts/battery.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace outrider::sim {
namespace {

// Open-circuit voltage of one NMC cell at 0 %, 10 %, … 100 % of charge.
constexpr std::array cell_volts{3.00, 3.45, 3.55, 3.60, 3.64, 3.69, 3.77, 3.86, 3.95, 4.05, 4.18};

double open_circuit(double charge) {
  const double at = std::clamp(charge, 0.0, 1.0) * (cell_volts.size() - 1);
  const auto low = std::min(static_cast<std::size_t>(at), cell_volts.size() - 2);
  return std::lerp(cell_volts[low], cell_volts[low + 1], at - static_cast<double>(low));
}

}  // namespace

void Battery::advance(double seconds, double load_w, double supply_w) {
  // Above 80 % a charger holds the voltage and the current tapers off.
  const double taper = charge_ < 0.8 ? 1.0 : std::max(0.03, (1.0 - charge_) / 0.2);
  const double in_w = std::max(0.0, supply_w - load_w) * taper;
  const double out_w = std::max(0.0, load_w - supply_w);
  charging_ = in_w > 0 && charge_ < 1.0;
  const double watts = charging_ ? in_w : -out_w;
  charge_ = std::clamp(charge_ + watts * seconds / 3600.0 / kind_.capacity_wh, 0.0, 1.0);
  current_a_ = watts / (open_circuit(charge_) * kind_.cells);
}

double Battery::voltage() const {
  return open_circuit(charge_) * kind_.cells + current_a_ * kind_.resistance_ohm;
}

}  // namespace outrider::sim
