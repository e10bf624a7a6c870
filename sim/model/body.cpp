#include "sim/model/body.h"

namespace outrider::sim {

void Body::report_self(Report& out) const {
  out.number("battery", "%", battery.percent(), 1);
  out.number("battery_v", "V", battery.voltage(), 3);
  out.text("firmware", firmware_);
  out.count("boot_count", boot_count_);
  out.text("reset_reason", boot_count_ == 1 ? "power-on" : "restart");
}

void Body::report_position(Report& out, Position truth, Sky sky) {
  gnss.fix(world_s - fixed_at_s_, sky, random);
  fixed_at_s_ = world_s;
  const Position seen = gnss.seen(truth);
  out.number("lat", "lat", seen.lat, 6);
  out.number("lon", "lon", seen.lon, 6);
  out.number("hdop", "", gnss.hdop(), 1);
  out.count("satellites", gnss.satellites());
  out.number("cn0", "dB", gnss.cn0(), 1);
}

void Body::report_cell(Report& out, Position truth, int mcc, std::uint64_t ship, double indoor_loss_db) {
  modem.camp(truth, mcc, ship, indoor_loss_db, random);
  const Cell& cell = modem.serving();
  out.text("rat", cell.rat);
  out.text("cipher", cell.cipher);
  out.count("mcc", cell.mcc);
  out.count("mnc", cell.mnc);
  out.count("tac", cell.tac);
  out.count("cell", static_cast<double>(cell.cell));
  if (cell.mcc != mcc_ship) out.count("pci", cell.pci);  // GSM has none
  out.number("rsrp", "dBm", cell.rsrp, 0);
  out.count("timing_advance", cell.timing_advance);
  out.count("neighbours", cell.neighbours);
}

}  // namespace outrider::sim
