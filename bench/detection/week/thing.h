#pragma once
// One device of the simulated week: where it truly is, what it carries, and what it says. It knows nothing of
// detection; its world is the simulator's (roads, cells, weather, batteries, cold boxes), sampled more coarsely.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/model/parts/battery.h"
#include "sim/model/parts/reefer_box.h"
#include "sim/model/world/corridors.h"
#include "sim/model/world/gnss.h"
#include "sim/model/world/radio.h"
#include "sim/model/world/random.h"

namespace outrider::bench {

enum class Sort : std::uint8_t { reefer, dry, tracker, field };
inline constexpr int sorts = 4;
std::string_view profile_of(Sort sort);
std::string_view released(Sort sort);  // firmware

// What is done to what a device says, or to its surroundings. The week's attacks set it and take it back.
struct Interference {
  double north_m = 0, east_m = 0;              // false position
  double drag_north_ms = 0, drag_east_ms = 0;  // how fast it grows, m/s
  bool spoofed_sky = false;                    // satellites out of one antenna
  double jammed_db = 0;                        // how much the jammer raises the noise
  double warmer_c = 0;                         // added to the air's temperature
  bool frozen = false;                         // the last air's temperatures for ever
  bool replayed = false;                       // those of a day before
  double drained_percent_h = 0;                // charge taken on top
  bool opened = false, unplugged = false;
  bool driven = false;  // stolen: moves although it should stand
  bool mute = false;
  std::optional<sim::Cell> rogue;  // serves instead of the network
};

class Thing {
 public:
  Thing(std::uint32_t number, Sort sort, std::uint64_t seed);

  // Time passes until `now_s` of the week; `colder_c` is what a cold snap takes from the air outside.
  void advance(double now_s, double colder_c);
  // A report as SenML JSON. `tunnel`: no sky and hardly a cell.
  std::string report(bool tunnel);
  // Standing at a place for so long already that a night's theft finds it there.
  bool standing() const { return speed_ < 0.1; }
  bool no_power() const { return battery_.percent() < 3; }
  sim::Position where() const { return at_; }
  int mcc() const { return mcc_; }

  const std::uint32_t number;
  const std::string id;
  const Sort sort;
  sim::Random random;
  Interference done;
  std::string firmware, iccid, imsi, imei, tls, serial, address;
  unsigned boots = 1, sessions = 0;
  bool weak_battery = false;  // old: it will run flat within the week

 private:
  void drive(double seconds);
  void air(double colder_c);

  sim::Gnss gnss_;
  sim::Modem modem_;
  sim::Battery battery_;
  std::optional<sim::ReeferBox> box_;
  const sim::Corridor* road_ = nullptr;
  bool onwards_ = true;
  double metres_ = 0, cruise_ = 23, speed_ = 0, heading_ = 0, stand_s_ = 0, driven_s_ = 0, mast_m_ = 0;
  sim::Position at_;
  int mcc_ = 0;
  double now_s_ = 0, elapsed_s_ = 900, outside_c_ = 15, inside_c_ = 15, odometer_m_ = 0;
  double agc_, noise_, indicator_;  // usual for its receiver
  bool door_ = false, plugged_ = true;
  double door_left_s_ = 0;
  struct Air {
    double back = 0, supply = 0;
  };
  std::vector<Air> history_;  // of reports, for the replay
  std::optional<Air> held_;
};

}  // namespace outrider::bench
