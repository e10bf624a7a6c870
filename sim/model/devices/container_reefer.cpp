// The controller of a refrigerated container: plugged in on ships and terminals, on a generator set on the road.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/reefer_box.h"
#include "sim/model/parts/voyage.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind controller{.battery = {.capacity_wh = 36.0, .cells = 2, .resistance_ohm = 0.2},
                                .access = Access::lte_m,
                                .firmware = "5.1.0",
                                .firmware_earlier = "5.0.7"};
constexpr double load_w = 0.9;
constexpr double supply_w = 12.0;
constexpr std::array setpoints_c{-20.0, -18.0, 2.0, 4.0, 13.3};  // frozen, ice, meat, dairy, bananas
constexpr double door_mean_s = 6 * 3600.0;
constexpr double replug_mean_s = 14 * 3600.0;  // between two changes of the plug
constexpr double tick_s = tick_road_s;

class ContainerReefer final : public DeviceModel {
 public:
  explicit ContainerReefer(const ModelSetup& setup)
      : body_(controller, setup),
        voyage_(body_.random),
        box_(setpoints_c[body_.random.below(setpoints_c.size())], body_.random) {}

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      voyage_.tick(body_.random);
      if (door_left_s_ > 0) {
        door_left_s_ -= tick_s;
      } else if (voyage_.phase() == Voyage::Phase::customer && body_.random.chance(tick_s / door_mean_s)) {
        door_left_s_ = body_.random.between(300, 1200);
      }
      if (unplugged_s_ > 0) {
        unplugged_s_ -= tick_s;
      } else if (body_.random.chance(tick_s / replug_mean_s)) {
        unplugged_s_ = body_.random.between(120, 1500);
      }
      const double outside = ambient_celsius(voyage_.where(), body_.world_s, voyage_.at_sea());
      box_.tick(tick_s, outside, powered(), door_open(), body_.random);
      body_.battery.advance(tick_s, load_w, powered() ? supply_w : 0.0);
    });
  }

  void report(Report& out) override {
    body_.report_position(out, voyage_.where(), Sky::open);
    out.number("speed", "m/s", voyage_.speed(), 1);
    out.number("heading", "deg", std::fmod(std::round(voyage_.heading() * 10.0) / 10.0, 360.0), 1);
    body_.report_cell(out, voyage_.where(), voyage_.mcc(), voyage_.ship());
    out.number("temperature", "Cel", box_.return_air() + body_.random.normal(0, 0.03), 1);
    out.number("supply_temperature", "Cel", box_.supply_air() + body_.random.normal(0, 0.03), 1);
    out.number("setpoint", "Cel", box_.setpoint(), 1);
    out.number("ambient_temperature", "Cel", ambient_celsius(voyage_.where(), body_.world_s, voyage_.at_sea()), 1);
    out.number("humidity", "%RH", box_.humidity(), 1);
    out.flag("compressor", box_.compressor());
    out.flag("door", door_open());
    out.flag("power", powered());
    body_.report_self(out);
  }

 private:
  bool door_open() const { return door_left_s_ > 0; }
  bool powered() const { return unplugged_s_ <= 0; }

  Body body_;
  Voyage voyage_;
  ReeferBox box_;
  double door_left_s_ = 0;
  double unplugged_s_ = 0;
};

}  // namespace

std::unique_ptr<DeviceModel> make_container_reefer(const ModelSetup& setup) {
  return std::make_unique<ContainerReefer>(setup);
}

}  // namespace outrider::sim
