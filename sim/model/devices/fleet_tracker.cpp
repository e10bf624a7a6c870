// A tracker screwed into a lorry or a van that shuttles between two cities.
#include <cmath>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/vehicle.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind tracker{.battery = {.capacity_wh = 7.4, .cells = 1, .resistance_ohm = 0.15},
                             .access = Access::lte,
                             .firmware = "3.2.1",
                             .firmware_earlier = "3.1.4"};
constexpr double load_w = 0.55;
constexpr double supply_w = 5.0;  // from the vehicle while its engine runs

constexpr double gathered_at = 0.4;  // of the road
constexpr double convoy_m = 3000, car_park_m = 200;
constexpr double parked_s = 30 * 24 * 3600.0;

class FleetTracker final : public DeviceModel {
 public:
  explicit FleetTracker(const ModelSetup& setup)
      : body_(tracker, setup),
        driver_(roads()[body_.random.below(roads().size())], body_.random.chance(0.5),
                body_.random.chance(0.7) ? body_.random.between(22.0, 25.0)   // lorry, limited to 90 km/h
                                         : body_.random.between(27.0, 33.0),  // van
                body_.random) {
    driver_.place(body_.random.between(0.02, 0.95));
    odometer_m_ = body_.random.between(4e6, 600e6);
    if (setup.gathering != Gathering::scattered) gather(setup.gathering);
  }

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_road_s, [&] {
      driver_.tick(body_.random);
      odometer_m_ += driver_.speed() * tick_road_s;
      if (driver_.arrived()) driver_.turn_round(body_.random.between(20 * 60, 60 * 60));
      body_.battery.advance(tick_road_s, load_w, driver_.engine_on() ? supply_w : 0.0);
    });
  }

  void report(Report& out) override {
    const auto& place = driver_.where();
    body_.report_position(out, place.at, place.town_m < 2000 ? Sky::street : Sky::open);
    out.number("speed", "m/s", driver_.speed(), 1);
    out.number("heading", "deg", std::fmod(std::round(driver_.heading() * 10.0) / 10.0, 360.0), 1);
    body_.report_cell(out, place.at, place.mcc);
    out.number("odometer", "m", odometer_m_, 0);
    out.flag("ignition", driver_.engine_on());
    body_.report_self(out);
  }

 private:
  void gather(Gathering how) {
    const Corridor& road = roads().front();
    const bool parked = how == Gathering::car_park;
    driver_ = RoadDriver(road, true, body_.random.between(22.0, 25.0), body_.random);
    driver_.place((gathered_at * road.length_m() + body_.random.between(0, parked ? car_park_m : convoy_m)) /
                  road.length_m());
    if (parked) driver_.park(parked_s);
  }

  Body body_;
  RoadDriver driver_;
  double odometer_m_;
};

}  // namespace

std::unique_ptr<DeviceModel> make_fleet_tracker(const ModelSetup& setup) {
  return std::make_unique<FleetTracker>(setup);
}

}  // namespace outrider::sim
