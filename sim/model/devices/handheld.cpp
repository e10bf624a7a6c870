// A scanner in the hand of somebody who picks goods in a warehouse; in its cradle between shifts.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/walker.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind scanner{.battery = {.capacity_wh = 17.0, .cells = 1, .resistance_ohm = 0.1},
                             .access = Access::lte,
                             .firmware = "12.1.0",
                             .firmware_earlier = "12.0.4"};
constexpr double idle_w = 0.5;
constexpr double busy_w = 1.4;
constexpr double cradle_w = 10.0;
constexpr double hall_m = 90.0;
constexpr double pick_mean_s = 35.0;
constexpr double wall_loss_db = 10.0;
constexpr double tick_s = 1.0;

class Handheld final : public DeviceModel {
 public:
  explicit Handheld(const ModelSetup& setup)
      : body_(scanner, setup),
        town_(some_town(body_.random)),
        walker_(town_.at, hall_m, pick_mean_s),
        shift_begins_(body_.random.chance(0.5) ? 6.0 : 14.0) {}

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      const double before = walker_.speed();
      if (const int today = solar_day(town_.at, body_.world_s); std::exchange(day_, today) != today) scans_ = 0;
      walker_.tick(!on_shift(), body_.random);
      if (on_shift() && before > 0 && walker_.speed() <= 0) scans_ += 1 + static_cast<unsigned>(body_.random.below(4));
      if (on_shift() && body_.random.chance(tick_s / (9 * 3600.0))) drop_ = body_.random.between(60, 900);
      body_.battery.advance(tick_s, on_shift() ? busy_w : idle_w, on_shift() ? 0.0 : cradle_w);
    });
  }

  void report(Report& out) override {
    body_.report_position(out, walker_.where(), Sky::indoor);
    body_.report_cell(out, walker_.where(), town_.mcc, 0, wall_loss_db);
    out.count("scans", static_cast<double>(scans_));
    out.number("shock", "m/s2", std::exchange(drop_, 0.0), 0);
    out.number("temperature", "Cel", (on_shift() ? 31.0 : 27.0) + body_.random.normal(0, 0.3), 1);
    out.flag("cradle", !on_shift());
    body_.report_self(out);
  }

 private:
  bool on_shift() const {
    const double hour = solar_hour(town_.at, body_.world_s) - shift_begins_;
    return hour > 0 && hour < 8;
  }

  Body body_;
  Town town_;
  Walker walker_;
  double shift_begins_;
  double drop_ = 0;     // hardest since the last report, m/s²
  unsigned scans_ = 0;  // since midnight
  int day_ = 0;
};

}  // namespace

std::unique_ptr<DeviceModel> make_handheld(const ModelSetup& setup) {
  return std::make_unique<Handheld>(setup);
}

}  // namespace outrider::sim
