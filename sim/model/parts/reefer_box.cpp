#include "sim/model/parts/reefer_box.h"

#include <algorithm>

namespace outrider::sim {
namespace {

constexpr double air_heat = 450e3;    // J/K, air with linings and evaporator
constexpr double cargo_heat = 48e6;   // J/K, 18 tonnes of food
constexpr double leak = 42.0;         // W/K through the walls (ATP class of a 40-foot box)
constexpr double between_wk = 380.0;  // W/K between air and cargo
constexpr double door_wk = 900.0;     // W/K through an open door with its curtain
constexpr double cooling_w = 7500.0;
constexpr double supply_drop_on_c = 3.0;
constexpr double band_c = 0.6;  // thermostat, each way
constexpr double rest_min_s = 180.0;
constexpr double compressor_w = 4800.0;
constexpr double fan_w = 550.0;

}  // namespace

ReeferBox::ReeferBox(double setpoint_c, Random& random)
    : setpoint_c_(setpoint_c),
      air_c_(setpoint_c + random.between(-0.4, 0.4)),
      cargo_c_(setpoint_c + random.between(-0.3, 0.3)),
      humidity_(setpoint_c < -5 ? random.between(62, 70) : random.between(82, 90)) {}

void ReeferBox::tick(double seconds, double ambient_c, bool powered, bool door_open, Random& random) {
  rest_s_ = std::max(0.0, rest_s_ - seconds);
  if (running_ && (!powered || door_open || air_c_ < setpoint_c_ - band_c)) {
    running_ = false;
    rest_s_ = rest_min_s;
  } else if (!running_ && powered && !door_open && rest_s_ <= 0 && air_c_ > setpoint_c_ + band_c) {
    running_ = true;
  }
  const double into_air = (leak + (door_open ? door_wk : 0.0)) * (ambient_c - air_c_) +
                          between_wk * (cargo_c_ - air_c_) - (running_ ? cooling_w : 0.0);
  const double into_cargo = between_wk * (air_c_ - cargo_c_);
  air_c_ += into_air * seconds / air_heat;
  cargo_c_ += into_cargo * seconds / cargo_heat;
  supply_drop_c_ += ((running_ ? supply_drop_on_c : 0.0) - supply_drop_c_) * seconds / 120.0;
  const double damp = door_open ? 75.0 : (setpoint_c_ < -5 ? 66.0 : 86.0) - (running_ ? 4.0 : 0.0);
  humidity_ = std::clamp(humidity_ + (damp - humidity_) * seconds / 1500.0 + random.normal(0, 0.01), 20.0, 98.0);
}

double ReeferBox::power_w() const {
  return fan_w + (running_ ? compressor_w : 0.0);
}

}  // namespace outrider::sim
