#pragma once
namespace outrider::sim {

// A lithium-ion battery: what goes in and out changes its charge, charge and load make its voltage.
// Charge only falls when less is fed than drawn, so a device that is not on a charger reports a falling level.
class Battery {
 public:
  struct Kind {
    double capacity_wh = 10;
    unsigned cells = 1;            // in series
    double resistance_ohm = 0.12;  // of the whole pack
  };

  Battery(Kind kind, double charge) : kind_(kind), charge_(charge) {}

  // Draws `load_w` and feeds `supply_w` for the time.
  void advance(double seconds, double load_w, double supply_w);

  double percent() const { return charge_ * 100.0; }
  // At the terminals, volts.
  double voltage() const;
  bool charging() const { return charging_; }

 private:
  Kind kind_;
  double charge_;  // 0 empty, 1 full
  double current_a_ = 0;
  bool charging_ = false;
};

}  // namespace outrider::sim
