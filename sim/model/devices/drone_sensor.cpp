// A survey drone: climbs, flies a round of waypoints over the country near its base, lands, charges, starts again.
#include <algorithm>
#include <array>
#include <cmath>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/walker.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind drone{.battery = {.capacity_wh = 180.0, .cells = 6, .resistance_ohm = 0.06},
                           .access = Access::lte,
                           .firmware = "4.0.3",
                           .firmware_earlier = "4.0.1"};
constexpr double avionics_w = 9.0;
constexpr double hover_w = 310.0;
constexpr double charger_w = 320.0;
constexpr double acceleration = 2.0;  // m/s²
constexpr double climb_rate = 3.0;    // m/s
constexpr double turn = 45.0;         // degrees a second
constexpr double land_below = 35.0;   // percent
constexpr double start_above = 95.0;
constexpr double range_m = 2500.0;
constexpr double tick_s = 1.0;

class DroneSensor final : public DeviceModel {
 public:
  explicit DroneSensor(const ModelSetup& setup)
      : body_(drone, setup),
        base_(some_town(body_.random)),
        at_(base_.at),
        goal_(base_.at),
        ground_m_(body_.random.between(20, 180)),
        alt_m_(ground_m_),
        height_(body_.random.between(40, 110)),
        cruise_(body_.random.between(9, 14)) {
    phase_ = body_.random.chance(0.6) ? Phase::ground : Phase::climb;
    next_goal();
  }

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      const double before_m = alt_m_;
      switch (phase_) {
        case Phase::ground:
          stand();
          break;
        case Phase::climb:
          rise();
          break;
        case Phase::survey:
          fly();
          break;
        case Phase::home:
          fly_home();
          break;
        case Phase::descend:
          sink();
          break;
      }
      climb_ = (alt_m_ - before_m) / tick_s;
      const bool flying = phase_ != Phase::ground;
      body_.battery.advance(tick_s, avionics_w + (flying ? hover_w + 1.2 * speed_ * speed_ : 0),
                            flying ? 0 : charger_w);
    });
  }

  void report(Report& out) override {
    body_.report_position(out, at_, Sky::open);
    out.number("alt", "m", body_.gnss.seen_alt(alt_m_), 1);
    out.number("speed", "m/s", speed_, 1);
    out.number("heading", "deg", std::fmod(std::round(heading_ * 10.0) / 10.0, 360.0), 1);
    out.number("climb", "m/s", climb_, 1);
    body_.report_cell(out, at_, base_.mcc);
    const double outside = ambient_celsius(at_, body_.world_s) - 0.0065 * (alt_m_ - ground_m_);
    out.number("temperature", "Cel", outside + body_.random.normal(0, 0.1), 1);
    out.number("humidity", "%RH", std::clamp(75.0 - 1.5 * (outside - 12.0), 15.0, 98.0), 1);
    // Barometric formula of the standard atmosphere, first term.
    out.number("pressure", "Pa", 101'325.0 * std::exp(-alt_m_ / 8434.0) + body_.random.normal(0, 3), 0);
    out.flag("armed", phase_ != Phase::ground);
    body_.report_self(out);
  }

 private:
  enum class Phase { ground, climb, survey, home, descend };

  void stand() {
    speed_ = 0;
    if (body_.battery.percent() >= start_above && body_.random.chance(tick_s / 240.0)) phase_ = Phase::climb;
  }
  void rise() {
    alt_m_ = approached(alt_m_, ground_m_ + height_, climb_rate * tick_s);
    if (alt_m_ >= ground_m_ + height_) phase_ = Phase::survey;
  }
  void fly() {
    steer(goal_);
    if (distance_m(at_, goal_) < 15) next_goal();
    if (body_.battery.percent() < land_below) phase_ = Phase::home;
  }
  void fly_home() {
    steer(base_.at);
    if (distance_m(at_, base_.at) < 3 && speed_ < 2.5) {
      phase_ = Phase::descend;
      speed_ = 0;
    }
  }
  void sink() {
    alt_m_ = approached(alt_m_, ground_m_, climb_rate / 2 * tick_s);
    if (alt_m_ <= ground_m_) phase_ = Phase::ground;
  }
  void next_goal() { goal_ = moved(base_.at, body_.random.between(0, 360), range_m * std::sqrt(body_.random.unit())); }

  // Turns towards the goal in place rather than in a wide arc, as a quadcopter does.
  void steer(Position goal) {
    const double left = distance_m(at_, goal);
    const double off = turn_deg(heading_, bearing_deg(at_, goal));
    heading_ = wrapped_deg(heading_ + std::clamp(off, -turn * tick_s, turn * tick_s));
    const double wanted = std::abs(off) > 30 ? 1.0 : std::min(cruise_, std::max(1.0, std::sqrt(2 * 1.2 * left)));
    speed_ = approached(speed_, wanted, acceleration * tick_s);
    at_ = moved(at_, bearing_deg(at_, goal), std::min(left, speed_ * tick_s));
  }

  Body body_;
  Town base_;
  Position at_;
  Position goal_;
  double ground_m_;
  double alt_m_;
  double height_;
  double cruise_;
  double speed_ = 0;
  double heading_ = 0;
  double climb_ = 0;
  Phase phase_ = Phase::ground;
};

}  // namespace

std::unique_ptr<DeviceModel> make_drone_sensor(const ModelSetup& setup) {
  return std::make_unique<DroneSensor>(setup);
}

}  // namespace outrider::sim
