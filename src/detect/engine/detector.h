#pragma once
// Detection of one fleet, whole: decoder, engine and fleet stage behind one door. The live reader, the replay and the
// simulated week all feed it the same way: every entry of the fleet, in order.
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/engine.h"
#include "detect/fleet/fleet_stage.h"
#include "detect/input/decoder.h"
#include "ledger/entry.h"

namespace outrider::detect {

class Detector {
 public:
  Detector(FleetId fleet, ContractReader contracts);
  // What the entry makes it conclude. The caller appends it (live) or prints it (replay); the detector hears of what
  // was appended when that entry comes by.
  Conclusions follow(const ledger::Entry& entry);

  // Number of the next entry it wants.
  std::uint64_t next() const;
  const Engine& engine() const;

  // The snapshot: docs/format/detection.md.
  Bytes save() const;
  // Errc::corrupt when damaged, "other-snapshot" when another version wrote it: begin at entry 0 then.
  Result<void> load(ByteView snapshot);
};

}  // namespace outrider::detect
