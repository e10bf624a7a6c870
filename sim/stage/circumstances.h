#pragma once
// What surrounds one device of a run that takes orders: what its receiver, its modem and its box say beside the model's
// readings, and what is done to them.
#include <optional>
#include <string>
#include <string_view>

#include "sim/model/device_model.h"
#include "sim/model/world/random.h"
#include "sim/stage/order.h"

namespace outrider::sim {

// Who a device's SIM and modem are, as hashes; also the thief knows them.
struct SimCardNames {
  std::string iccid, imsi, imei;
};
SimCardNames sim_card_of(std::string_view device);

class Circumstances {
 public:
  Circumstances(std::string_view device, std::uint64_t seed);

  // `now_s`: since the device began, as in alter().
  void obey(const Order& order, double now_s);
  // The report as this device's surroundings let it be.
  void alter(Report& report, double now_s);
  // What it has to say at once.
  std::optional<Report> event();

  double flood_per_s() const { return flood_per_s_; }

 private:
  void instruments(Report& report);
  void jammed(Report& report) const;
  void dragged(Report& report, double now_s) const;
  void caught(Report& report) const;
  void chilled(Report& report, double now_s) const;
  void updated(Report& report);

  SimCardNames names_;
  Random random_;
  double agc_, noise_, indicator_, spread_;  // usual for this receiver
  double bearing_;
  double jam_db_ = 0;
  double drag_m_s_ = 0, drag_from_s_ = 0;
  double cold_deg_ = 0, cold_from_s_ = 0;
  double flood_per_s_ = 0;
  std::optional<Deed> cell_;       // twin_cell or downgrade
  std::optional<Deed> event_due_;  // open_box or cut_power
  bool open_ = false, unpowered_ = false;
  unsigned updates_ = 0;
  std::string firmware_;  // after an update
};

}  // namespace outrider::sim
