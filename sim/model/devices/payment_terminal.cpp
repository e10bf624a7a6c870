// A payment terminal on a counter: on the mains, indoors, busy in opening hours.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/model/body.h"
#include "sim/model/catalogue.h"
#include "sim/model/parts/walker.h"

namespace outrider::sim {
namespace {

constexpr Body::Kind terminal{.battery = {.capacity_wh = 9.6, .cells = 1, .resistance_ohm = 0.1},
                              .access = Access::lte,
                              .firmware = "8.4.2",
                              .firmware_earlier = "8.3.9"};
constexpr double load_w = 1.6;
constexpr double supply_w = 9.0;
constexpr double wall_loss_db = 12.0;
constexpr double unplug_mean_s = 3 * 3600.0;  // carried to a table
constexpr double tick_s = 1.0;

class PaymentTerminal final : public DeviceModel {
 public:
  explicit PaymentTerminal(const ModelSetup& setup)
      : body_(terminal, setup), town_(some_town(body_.random)), busy_mean_s_(body_.random.between(60, 420)) {}

  void advance(double seconds) override {
    body_.each_tick(seconds, tick_s, [&] {
      if (const int today = solar_day(town_.at, body_.world_s); std::exchange(day_, today) != today) {
        transactions_ = 0;
        declined_ = 0;
      }
      if (open() && body_.random.chance(tick_s / busy_mean_s_)) {
        ++transactions_;
        declined_ += body_.random.chance(0.02) ? 1 : 0;
      }
      if (unplugged_s_ > 0) {
        unplugged_s_ -= tick_s;
      } else if (open() && body_.random.chance(tick_s / unplug_mean_s)) {
        unplugged_s_ = body_.random.between(60, 900);
      }
      const double room = 20.5 + (open() ? 2.5 : 0.0) + (unplugged_s_ > 0 ? 0 : 6.0);
      inside_c_ += (room - inside_c_) * tick_s / 2400.0;
      body_.battery.advance(tick_s, load_w, unplugged_s_ > 0 ? 0.0 : supply_w);
    });
  }

  void report(Report& out) override {
    body_.report_cell(out, town_.at, town_.mcc, 0, wall_loss_db);
    out.number("temperature", "Cel", inside_c_ + body_.random.normal(0, 0.05), 1);
    out.count("transactions", static_cast<double>(transactions_));
    out.count("declined", static_cast<double>(declined_));
    out.flag("tamper", false);  // an attacker is another program
    out.flag("mains", unplugged_s_ <= 0);
    body_.report_self(out);
  }

 private:
  bool open() const {
    const double hour = solar_hour(town_.at, body_.world_s);
    return hour > 8.5 && hour < 20.0;
  }

  Body body_;
  Town town_;
  double busy_mean_s_;
  double unplugged_s_ = 0;
  double inside_c_ = 26;
  unsigned transactions_ = 0;  // since midnight, as the next
  unsigned declined_ = 0;
  int day_ = 0;
};

}  // namespace

std::unique_ptr<DeviceModel> make_payment_terminal(const ModelSetup& setup) {
  return std::make_unique<PaymentTerminal>(setup);
}

}  // namespace outrider::sim
