// Does the position fit the cells that are heard there?
#include <algorithm>
#include <cmath>

#include "detect/checks/cells/plane.h"
#include "detect/checks/radio/moment.h"

namespace outrider::detect {
namespace {

double accuracy_m(const Reading& reading) {
  return has(reading.accuracy) ? std::clamp(reading.accuracy, 0.0, 50'000.0) : 25;
}

// One step of timing advance as distance: half the way light goes in it.
double timing_step_m(Radio radio) {
  switch (radio) {
    case Radio::gsm:
      return 553.5;  // a bit, 48/13 us: TS 45.010 5.6
    case Radio::lte:
    case Radio::lte_m:
    case Radio::nb_iot:
      return 78.07;  // 16 Ts of 1/30.72 us: TS 36.213 4.2.3
    default:
      return 0;  // UMTS has none; NR's depends on a spacing that is not reported
  }
}

double check_distance(const Moment& moment, bool look) {
  const Reading& reading = moment.reading();
  const auto where = moment.context.fleet.cells.locate(reading);
  if (!where) return 0;
  const double apart = plane_distance_m(where->lat, where->lon, reading.lat, reading.lon);
  const double beyond = std::max(0.0, apart - accuracy_m(reading));
  const double nats = moment.context.fleet.cells.distance_nats(*where, beyond);
  if (look) moment.context.fleet.cells.calibrate(*where, beyond);
  if (nats >= Surprises::nats_min)
    moment.say(CheckId::cell_distance, nats, apart, 0, std::hypot(where->range_m, where->error_m), where->cells,
               where->samples);
  return nats;
}

double check_timing(const Moment& moment, bool look) {
  const Reading& reading = moment.reading();
  const double step = timing_step_m(reading.rat);
  if (step == 0 || !(reading.timing_advance >= 0 && reading.timing_advance <= 1282)) return 0;  // TS 36.213 4.2.3
  const auto where = moment.context.fleet.cells.place(moment.key);
  if (!where) return 0;
  const double said = (reading.timing_advance + 0.5) * step;
  const double apart = plane_distance_m(where->lat, where->lon, reading.lat, reading.lon);
  const double wrong = std::max(0.0, std::abs(apart - said) - accuracy_m(reading));
  const double scale = std::hypot(where->range_m, where->error_m, step);
  auto& timing = moment.context.fleet.radio.timing;
  const double nats = -std::log(timing.tail(1, wrong / scale));
  if (look) timing.add(1, wrong / scale);
  if (nats >= Surprises::nats_min) moment.say(CheckId::timing_advance, nats, said, apart, scale);
  return nats;
}

double check_country(const Moment& moment) {
  const Reading& reading = moment.reading();
  static constexpr std::uint32_t well_known = 100;
  const Square* region = moment.context.fleet.cells.regions.find(reading.lat, reading.lon);
  if (reading.mcc == 0 || region == nullptr || region->samples < well_known || region->countries.of(reading.mcc) != 0)
    return 0;
  const double nats = std::log((region->samples + 2.0) / (region->new_countries + 1.0));
  std::size_t most = 0;
  for (std::size_t i = 1; i < region->countries.what.size(); ++i)
    if (region->countries.count[i] > region->countries.count[most]) most = i;
  if (nats >= Surprises::nats_min)
    moment.say(CheckId::cell_country, nats, reading.mcc, region->countries.what[most], region->samples);
  return nats;
}

}  // namespace

double check_position(const Moment& moment, bool look) {
  return std::max({check_distance(moment, look), check_timing(moment, look), check_country(moment)});
}

}  // namespace outrider::detect
