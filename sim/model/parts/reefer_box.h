#pragma once
#include "sim/model/world/random.h"

namespace outrider::sim {

// The cold side of a 40-foot refrigerated container: air and cargo as two bodies of heat, walls that leak, a compressor
// with a thermostat, a door that lets the weather in. Explicit Euler with ticks of a second is stable by a wide margin.
class ReeferBox {
 public:
  ReeferBox(double setpoint_c, Random& random);

  void tick(double seconds, double ambient_c, bool powered, bool door_open, Random& random);

  double setpoint() const { return setpoint_c_; }
  double return_air() const { return air_c_; }
  // Blown in below the cargo: colder than the air that comes back while the compressor runs.
  double supply_air() const { return air_c_ - supply_drop_c_; }
  double humidity() const { return humidity_; }
  bool compressor() const { return running_; }
  double power_w() const;  // drawn from the plug

 private:
  double setpoint_c_;
  double air_c_;
  double cargo_c_;
  double humidity_;
  double supply_drop_c_ = 0;
  double rest_s_ = 0;  // compressors need a pause between two starts
  bool running_ = false;
};

}  // namespace outrider::sim
