#pragma once
// A device's reports one after the other through the checks of motion and GNSS, for their tests.
#include <map>

#include "detect/checks/gnss/gnss.h"
#include "detect/checks/motion/motion.h"

namespace outrider::detect::testing {

inline constexpr double start_s = 1.79e9;
inline const Place depot{53.55, 10.0};

class Track {
 public:
  Contract contract;
  FleetMemory fleet;
  MotionState motion{};
  GnssState gnss{};
  std::map<CheckId, Evidence> strongest;  // of every check since forget()

  // The evidence of this report.
  std::map<CheckId, Evidence> report(double at_s, Reading reading) {
    Observation observation;
    observation.what = What::report;
    observation.device = 1;
    observation.entry = ++entry_;
    observation.received_s = observation.measured_s = start_s + at_s;
    observation.reading = reading;
    return observe(observation);
  }

  std::map<CheckId, Evidence> observe(const Observation& observation) {
    const Context context{contract, observation.received_s, fleet, facts::Lifecycle::active};
    surprises_.begin(observation);
    check_motion(motion, observation, context, surprises_);
    check_gnss(gnss, observation, context, surprises_);
    std::map<CheckId, Evidence> found;
    for (const Evidence& evidence : surprises_.all()) {
      if (const auto* about = info(evidence.check); about == nullptr || about->threat != evidence.threat) continue;
      found[evidence.check] = evidence;
      if (evidence.nats > strongest[evidence.check].nats) strongest[evidence.check] = evidence;
    }
    return found;
  }

  float nats(CheckId check) const { return strongest.contains(check) ? strongest.at(check).nats : 0; }
  void forget() { strongest.clear(); }

 private:
  Surprises surprises_;
  std::uint64_t entry_ = 0;
};

inline Reading at(Place place, double accuracy = 8) {
  Reading reading;
  reading.lat = place.lat;
  reading.lon = place.lon;
  reading.accuracy = accuracy;
  return reading;
}

inline Reading served_by(Reading reading, std::uint64_t cell) {
  reading.mcc = 262;
  reading.mnc = 1;
  reading.tac = 7;
  reading.cell = cell;
  reading.rat = Radio::lte;
  return reading;
}

}  // namespace outrider::detect::testing
