// A tracker on the door of a dry container: no power but its own battery, steel all round.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/voyage.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind door_tracker{.battery = {.capacity_wh = 110.0, .cells = 1, .resistance_ohm = 0.25},
                                  .access = Access::lte_m,
                                  .firmware = "2.7.0",
                                  .firmware_earlier = "2.6.3"};
constexpr double load_w = 0.02;
constexpr double sun_gain_c = 14.0;       // what the sun adds to the air in a closed steel box
constexpr double warming_s = 2.5 * 3600;  // time constant of box and cargo
constexpr double door_mean_s = 5 * 3600.0;
constexpr double tick_s = tick_road_s;

class ContainerDry final : public DeviceModel {
 public:
  explicit ContainerDry(const ModelSetup& setup) : body_(door_tracker, setup), voyage_(body_.random) {
    inside_c_ = ambient_celsius(voyage_.where(), body_.world_s, voyage_.at_sea());
    humidity_ = body_.random.between(48, 65);
  }

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      voyage_.tick(body_.random);
      move_door();
      const double outside = ambient_celsius(voyage_.where(), body_.world_s, voyage_.at_sea());
      const double target = outside + (door_open_ ? 0.0 : sun_gain_c * daylight(voyage_.where(), body_.world_s));
      inside_c_ += (target - inside_c_) * tick_s / (door_open_ ? warming_s / 4 : warming_s);
      // The same water in warmer air is a lower relative humidity; about 4 % a degree.
      const double damp = std::clamp(62.0 - 1.6 * (inside_c_ - outside), 15.0, 97.0);
      humidity_ += (damp - humidity_) * tick_s / warming_s;
      body_.battery.advance(tick_s, load_w, 0);
      if (!voyage_.standing() && !voyage_.at_sea() && body_.random.chance(tick_s / 1800.0))
        jolt_ = body_.random.between(5, 16);
    });
  }

  void report(Report& out) override {
    body_.report_position(out, voyage_.where(), Sky::open);
    out.number("speed", "m/s", voyage_.speed(), 1);
    out.number("heading", "deg", std::fmod(std::round(voyage_.heading() * 10.0) / 10.0, 360.0), 1);
    body_.report_cell(out, voyage_.where(), voyage_.mcc(), voyage_.ship());
    out.number("temperature", "Cel", inside_c_ + body_.random.normal(0, 0.05), 1);
    out.number("humidity", "%RH", std::clamp(humidity_ + body_.random.normal(0, 0.2), 0.0, 100.0), 1);
    out.flag("door", door_open_);
    const double lux = door_open_ ? 900.0 * daylight(voyage_.where(), body_.world_s) + 60.0 : 0.0;
    out.number("light", "lx", lux, 0);
    out.number("shock", "m/s2", std::exchange(jolt_, 0.0), 1);
    out.number("tilt", "deg", std::abs(body_.random.normal(0, 0.3)), 1);
    body_.report_self(out);
  }

 private:
  // Doors open only at the customer's.
  void move_door() {
    if (door_left_s_ > 0) {
      door_left_s_ -= tick_s;
      door_open_ = door_left_s_ > 0 && voyage_.phase() == Voyage::Phase::customer;
    } else if (voyage_.phase() == Voyage::Phase::customer && body_.random.chance(tick_s / door_mean_s)) {
      door_left_s_ = body_.random.between(600, 5400);
      door_open_ = true;
    }
  }

  Body body_;
  Voyage voyage_;
  double inside_c_ = 15;
  double humidity_ = 60;
  double jolt_ = 0;  // hardest since the last report, m/s²
  double door_left_s_ = 0;
  bool door_open_ = false;
};

}  // namespace

std::unique_ptr<DeviceModel> make_container_dry(const ModelSetup& setup) {
  return std::make_unique<ContainerDry>(setup);
}

}  // namespace outrider::sim
