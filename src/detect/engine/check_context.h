#pragma once
// What a check may look at beside its own state, and where it says what it found.
#include <cstdint>
#include <span>

#include "detect/engine/evidence.h"
#include "detect/fleet/fleet_memory.h"
#include "detect/input/contract.h"
#include "detect/input/observation.h"
#include "facts/facts.h"

namespace outrider::detect {

struct Context {
  const Contract& contract;
  double now_s;  // engine time: received time of the newest entry, never going back
  FleetMemory& fleet;
  facts::Lifecycle lifecycle = facts::Lifecycle::active;  // of the device, this observation included
};

// Collects what the checks of one observation found. Bounded: one observation cannot say more than that.
class Surprises {
 public:
  // nats below this are everyday life and not kept.
  static constexpr float nats_min = 2.0F;
  // Nothing is more certain than this: e^-100 is beyond any model's word.
  static constexpr float nats_max = 100.0F;
  static constexpr std::size_t count_max = 24;

  // `evidence.check` names it; time and entry are filled in from the observation, the threat from the check's table
  // unless set.
  void add(const Evidence& evidence) {
    if (evidence.nats >= nats_min) keep(evidence);
  }
  void begin(const Observation& observation) {
    observation_ = &observation;
    count_ = 0;
  }
  std::span<const Evidence> all() const { return {found_.data(), count_}; }

 private:
  void keep(Evidence evidence);

  const Observation* observation_ = nullptr;
  std::array<Evidence, count_max> found_{};
  std::size_t count_ = 0;
};

}  // namespace outrider::detect
