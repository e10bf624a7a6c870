#pragma once
// Detection of one fleet, whole: decoder, engine and fleet stage behind one door. The live reader, the replay and the
// simulated week all feed it the same way: every entry of the fleet, in order.
#include <cstdint>
#include <functional>
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
  Detector(const Detector&) = delete;
  Detector& operator=(const Detector&) = delete;

  // What the entry makes it conclude. The caller appends it (live) or prints it (replay); the detector hears of what
  // was appended when that entry comes by. An entry it has had already concludes nothing.
  Conclusions follow(const ledger::Entry& entry);

  // Number of the next entry it wants.
  std::uint64_t next() const { return next_; }
  const Engine& engine() const { return engine_; }
  FleetStage& stage() { return stage_; }
  const FleetStage& stage() const { return stage_; }
  // From the next entry on these dials stand as this sets them, whatever operators turn; for replays that try
  // something.
  void hold(std::function<void(Tuning&)> dials);
  // The findings of the entry that was followed last, before the fleet stage judged them.
  const std::vector<Finding>& findings() const { return findings_; }

  // The snapshot: docs/format/detection.md.
  Bytes save() const;
  // Errc::corrupt: "bad-snapshot" when damaged, "other-snapshot" when another version or fleet wrote it: begin at entry
  // 0 then. Nothing has changed after an error.
  Result<void> load(ByteView snapshot);

 private:
  void tune(const ledger::Entry& entry);
  void forget(const ledger::Subject& subject);

  FleetId fleet_;
  std::function<void(Tuning&)> held_;
  Engine engine_;
  Decoder decoder_;
  FleetStage stage_;
  std::uint64_t next_ = 0;
  std::vector<Observation> observations_;  // of the entry at hand; kept for their memory
  std::vector<Finding> findings_;
};

}  // namespace outrider::detect
