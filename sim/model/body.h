#pragma once
#include <optional>

#include "sim/model/device_model.h"
#include "sim/model/parts/battery.h"
#include "sim/model/world/climate.h"
#include "sim/model/world/gnss.h"
#include "sim/model/world/radio.h"

namespace outrider::sim {

// What every device has: dice, the world's clock, a battery, firmware, and a modem and a satellite receiver if it is
// that kind of device. Models own one and add their own physics.
class Body {
 public:
  struct Kind {
    Battery::Kind battery;
    Access access = Access::lte;
    std::string_view firmware;          // released
    std::string_view firmware_earlier;  // a tenth of the fleet has not been updated yet
  };

  Body(const Kind& kind, const ModelSetup& setup)
      : random(setup.seed), battery(kind.battery, 0), modem(kind.access), boot_count_(setup.boot_count) {
    battery = Battery(kind.battery, random.between(0.62, 0.98));
    firmware_ = random.chance(0.1) ? kind.firmware_earlier : kind.firmware;
  }

  // `battery`, `battery_v`, `firmware`, `boot_count`, `reset_reason`.
  void report_self(Report& out) const;
  // `lat`, `lon`, `hdop`, `satellites`, `cn0`; takes a fix first.
  void report_position(Report& out, Position truth, Sky sky);
  // `rat`, `cipher`, `mcc`, `mnc`, `tac`, `cell`, `pci`, `rsrp`, `timing_advance`, `neighbours`.
  void report_cell(Report& out, Position truth, int mcc, std::uint64_t ship = 0, double indoor_loss_db = 0);

  // Cuts elapsed time into whole ticks, keeping the rest for the next call.
  template <class Tick>
  void each_tick(double seconds, double tick_s, Tick&& tick) {
    for (owed_s += seconds; owed_s >= tick_s; owed_s -= tick_s) {
      world_s += tick_s;
      tick();
    }
  }

  Random random;
  Battery battery;
  Modem modem;
  Gnss gnss;
  double world_s = world_start_s;
  double owed_s = 0;

 private:
  unsigned boot_count_;
  std::string_view firmware_;
  double fixed_at_s_ = 0;
};

}  // namespace outrider::sim
