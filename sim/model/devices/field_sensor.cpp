// A probe in a field: soil moisture and temperature, air, light; a small solar panel.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/walker.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind probe{.battery = {.capacity_wh = 12.0, .cells = 1, .resistance_ohm = 0.3},
                           .access = Access::nb_iot,
                           .firmware = "1.4.0",
                           .firmware_earlier = "1.3.2"};
constexpr double load_w = 0.012;
constexpr double panel_w = 0.35;          // at noon
constexpr double out_of_town_m = 14'000;  // fields begin where the town ends
constexpr double soil_time_s = 9 * 3600.0;
constexpr double tick_s = 30.0;

class FieldSensor final : public DeviceModel {
 public:
  explicit FieldSensor(const ModelSetup& setup) : body_(probe, setup), town_(some_town(body_.random)) {
    town_.at = moved(town_.at, body_.random.between(0, 360), out_of_town_m);
    moisture_ = body_.random.between(18, 38);
    soil_c_ = ambient_celsius(town_.at, body_.world_s - 4 * 3600.0);
    rain_in_s_ = body_.random.waiting(3 * day_s);
  }

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      const double sun = daylight(town_.at, body_.world_s);
      rain_in_s_ -= tick_s;
      if (rain_in_s_ < -rain_s_) {
        rain_in_s_ = body_.random.waiting(3 * day_s);
        rain_s_ = body_.random.between(1800, 4 * 3600);
      }
      rain_mm_ += raining() ? 3.1 * tick_s / 3600.0 : 0.0;
      wind_ = std::clamp(wind_ + (3.2 + 2.0 * sun - wind_) * tick_s / 1800.0 + body_.random.normal(0, 0.12), 0.0, 22.0);
      const double gain = raining() ? 2.2 : 0.0;  // percent an hour
      const double loss = 0.05 + 0.25 * sun * std::max(0.2, moisture_ / 40.0);
      moisture_ = std::clamp(moisture_ + (gain - loss) * tick_s / 3600.0, 6.0, 46.0);
      soil_c_ += (air_c() - soil_c_) * tick_s / soil_time_s;
      body_.battery.advance(tick_s, load_w, panel_w * sun * (raining() ? 0.15 : 1.0));
    });
  }

  void report(Report& out) override {
    body_.report_position(out, town_.at, Sky::open);
    body_.report_cell(out, town_.at, town_.mcc);
    out.number("soil_moisture", "%", moisture_, 1);
    out.number("soil_temperature", "Cel", soil_c_ + body_.random.normal(0, 0.03), 1);
    out.number("temperature", "Cel", air_c() + body_.random.normal(0, 0.1), 1);
    out.number("humidity", "%RH", std::clamp((raining() ? 92.0 : 72.0) - 1.8 * (air_c() - 15.0), 12.0, 99.0), 1);
    out.number("light", "lx", 70'000.0 * daylight(town_.at, body_.world_s) * (raining() ? 0.2 : 1.0), 0);
    out.number("rain", "mm", std::exchange(rain_mm_, 0.0), 1);
    out.number("wind", "m/s", wind_, 1);
    out.number("conductivity", "S/m", 0.012 + 0.0011 * moisture_, 3);
    body_.report_self(out);
  }

 private:
  bool raining() const { return rain_in_s_ <= 0; }
  double air_c() const { return ambient_celsius(town_.at, body_.world_s); }

  Body body_;
  Town town_;
  double moisture_ = 25;  // percent by volume
  double soil_c_ = 15;
  double rain_in_s_ = 0;
  double rain_s_ = 3600;
  double rain_mm_ = 0;  // since the last report
  double wind_ = 3.5;   // m/s
};

}  // namespace

std::unique_ptr<DeviceModel> make_field_sensor(const ModelSetup& setup) {
  return std::make_unique<FieldSensor>(setup);
}

}  // namespace outrider::sim
