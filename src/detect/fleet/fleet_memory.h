#pragma once
// What is usual in a fleet, learnt from all its devices together. Each family keeps its own part in its own folder; a
// part is bounded, deterministic (the same entries give the same memory) and saves and loads itself for the snapshot.
#include "detect/checks/cells/cell_map.h"
#include "detect/checks/identity/identity_memory.h"
#include "detect/checks/motion/motion_memory.h"
#include "detect/checks/physics/physics_memory.h"
#include "detect/checks/radio/radio_memory.h"
#include "detect/checks/tamper/tamper_memory.h"
#include "detect/checks/traffic/rhythm_memory.h"

namespace outrider::detect {

struct FleetMemory {
  CellMap cells;            // cells learnt, where and how far they reach
  RadioMemory radio;        // radio technologies in use, SIM pairings, evidence against cells
  IdentityMemory identity;  // keys, networks and countries in use
  MotionMemory motion;      // routes and fences that were set
  PhysicsMemory physics;    // peers that share a vehicle, fingerprints of runs
  TamperMemory tamper;      // firmware that was released
  RhythmMemory rhythm;      // how long its devices stay silent

  // What it will be asked when this is judged is on its way from memory meanwhile.
  void expect(const Observation& observation) const {
    cells.expect(observation.reading);
    physics.expect(observation.device, observation.reading.lat, observation.reading.lon);
  }
};

}  // namespace outrider::detect
