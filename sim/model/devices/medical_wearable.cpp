// A patch worn by a patient at home: heart rate, skin temperature, oxygen saturation; charged every few nights.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/walker.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind patch{.battery = {.capacity_wh = 1.3, .cells = 1, .resistance_ohm = 0.4},
                           .access = Access::lte_m,
                           .firmware = "1.9.2",
                           .firmware_earlier = "1.9.0"};
constexpr double load_w = 0.011;
constexpr double charger_w = 0.4;
constexpr double recharge_below = 30.0;  // percent; then the patient puts it on the charger
constexpr double recharge_to = 97.0;
constexpr double walk_mean_s = 2400.0;
constexpr double neighbourhood_m = 900.0;
constexpr double heart_time_s = 45.0;  // how fast a heart follows effort
constexpr double skin_time_s = 900.0;
constexpr double wall_loss_db = 14.0;
constexpr double tick_s = 1.0;

class MedicalWearable final : public DeviceModel {
 public:
  explicit MedicalWearable(const ModelSetup& setup)
      : body_(patch, setup),
        town_(some_town(body_.random)),
        walker_(town_.at, neighbourhood_m, walk_mean_s),
        resting_bpm_(body_.random.between(56, 76)),
        heart_bpm_(resting_bpm_ + 5),
        calm_spo2_(body_.random.between(95.5, 98.5)) {}

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      if (const int today = solar_day(town_.at, body_.world_s); std::exchange(day_, today) != today) steps_ = 0;
      const bool asleep = sleeping();
      walker_.tick(asleep || charging_, body_.random);
      steps_ += walker_.speed() > 0.3 ? walker_.speed() / 0.72 * tick_s : 0;
      const double effort = walker_.speed() * 26.0;
      heart_bpm_ += (resting_bpm_ - (asleep ? 6 : 0) + effort - heart_bpm_) * tick_s / heart_time_s +
                    body_.random.normal(0, 0.12);
      skin_c_ += (33.1 + (asleep ? 0.9 : 0.0) - 0.3 * walker_.speed() - skin_c_) * tick_s / skin_time_s;
      if (body_.battery.percent() < recharge_below) charging_ = true;
      if (body_.battery.percent() > recharge_to) charging_ = false;
      body_.battery.advance(tick_s, load_w, charging_ ? charger_w : 0.0);
    });
  }

  void report(Report& out) override {
    const bool outside = distance_m(walker_.where(), town_.at) > 30;
    body_.report_position(out, walker_.where(), outside ? Sky::street : Sky::indoor);
    body_.report_cell(out, walker_.where(), town_.mcc, 0, outside ? 0 : wall_loss_db);
    out.number("heart_rate", "beat/min", std::clamp(heart_bpm_, 35.0, 190.0), 0);
    out.number("spo2", "%", std::clamp(calm_spo2_ - 0.4 * walker_.speed() + body_.random.normal(0, 0.3), 88.0, 100.0),
               0);
    out.number("skin_temperature", "Cel", skin_c_ + body_.random.normal(0, 0.03), 1);
    out.number("respiration", "beat/min", 14.0 + 4.0 * walker_.speed() + body_.random.normal(0, 0.4), 0);
    out.count("steps", std::floor(steps_));
    out.flag("worn", !charging_);
    body_.report_self(out);
  }

 private:
  bool sleeping() const {
    const double hour = solar_hour(town_.at, body_.world_s);
    return hour > 22.5 || hour < 6.5;
  }

  Body body_;
  Town town_;
  Walker walker_;
  double resting_bpm_;
  double heart_bpm_;
  double skin_c_ = 33.0;
  double calm_spo2_;
  double steps_ = 0;  // since midnight
  int day_ = 0;
  bool charging_ = false;
};

}  // namespace

std::unique_ptr<DeviceModel> make_medical_wearable(const ModelSetup& setup) {
  return std::make_unique<MedicalWearable>(setup);
}

}  // namespace outrider::sim
