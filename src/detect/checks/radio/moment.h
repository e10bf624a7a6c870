#pragma once
// One reading of a device on a cell, as the radio checks see it.
#include <optional>

#include "detect/checks/radio/radio_state.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

struct Spot {
  double lat, lon;
};

struct Moment {
  const Observation& observation;
  const Context& context;
  Surprises& surprises;
  CellKey key;                // serving; cell 0: not said
  bool onto = false;          // it came onto this cell just now
  std::optional<Spot> place;  // trusted: of this reading, or lately

  const Reading& reading() const { return observation.reading; }
  void say(CheckId check, double nats, double observed, double expected, double limit, double more = 0,
           double further = 0) const {
    surprises.add({.check = check,
                   .nats = static_cast<float>(nats),
                   .observed = static_cast<float>(observed),
                   .expected = static_cast<float>(expected),
                   .limit = static_cast<float>(limit),
                   .more = {static_cast<float>(more), static_cast<float>(further)}});
  }
};

// position.cpp: does the position fit the cells? Returns the largest surprise. `look`: of a device that was trusted
// until now, at another place or on another cell than before, so that the fleet learns from it how large surprises are.
double check_position(const Moment& moment, bool look);
// cell_signs.cpp: does the cell behave like an operator's? Learns what is usual.
void check_cell(RadioState& state, const Moment& moment);
// sim/sim.cpp: do SIM, subscriber and modem belong together?
void check_sim(RadioState& state, const Moment& moment);
// A device left the fleet, or was in a workshop: its pairings may change.
void release_sim(RadioState& state, const Observation& observation, const Context& context);

}  // namespace outrider::detect
