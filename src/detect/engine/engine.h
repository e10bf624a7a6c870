#pragma once
// The engine of one fleet: observations in, findings out. Deterministic: the same observations in the same order give
// the same findings and the same state, bit for bit, live, after a restart and in replay. It has no clock, no
// randomness, no I/O.
//
// One thread at a time. Findings are what the evidence says of one device; what is said to people about it is decided
// by the fleet stage (fleet/fleet_stage.h).
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/check_context.h"
#include "detect/engine/device_state.h"
#include "detect/engine/finding.h"
#include "detect/engine/roll/directory.h"
#include "detect/engine/roll/waker.h"
#include "detect/engine/tuning.h"
#include "detect/fleet/fleet_memory.h"
#include "detect/input/contract.h"
#include "detect/input/observation.h"

namespace outrider::detect {

class Engine {
 public:
  Engine() = default;

  // A profile was added, or replaced: returns its index, the same for the same id.
  std::uint32_t add_contract(Contract contract) { return directory_.add_contract(std::move(contract)); }
  // The device's index, from 1; new when the id was not known. `contract` is what it belongs to from now on.
  std::uint32_t add_device(std::string_view id, std::uint32_t contract);
  // 0: not known.
  std::uint32_t device(std::string_view id) const { return directory_.device(id); }
  // "" of index 0, which is nobody: findings about names that the fleet does not know are its.
  std::string_view device_name(std::uint32_t device) const { return directory_.name(device); }
  std::uint32_t contract_of(std::uint32_t device) const { return directory_.contract_of(device); }
  const Contract& contract(std::uint32_t index) const { return directory_.contract(index); }
  // 0: no such profile; its contract promises nothing.
  std::uint32_t contract_index(std::string_view profile) const { return directory_.contract_index(profile); }

  // One observation, in ledger order. Appends what it concludes to `findings`: a threat whose risk reached ticket or
  // page level, or has grown by half since it was last given out.
  void observe(const Observation& observation, std::vector<Finding>& findings);
  // Many, in order: the same as one by one, but what the next ones need is on its way from memory meanwhile.
  void observe(std::span<const Observation> observations, std::vector<Finding>& findings);

  // An observation of this device is being made: its state is on its way from memory meanwhile.
  void expect(std::uint32_t device) const;

  // Nothing that the device said is known any more (its data key was destroyed), by the fleet's memory neither where
  // that is kept by device.
  void forget(std::uint32_t device);
  // The clock was wrong and was put back to `now_s`: what was remembered of each device has times that are not to come
  // for long, and no evidence would weigh anything until then. Devices are learnt anew; what the fleet knows stays.
  void begin_again(double now_s);

  void tune(const Tuning& tuning) { tuning_ = tuning; }
  const Tuning& tuning() const { return tuning_; }
  const DeviceState& state(std::uint32_t device) const { return directory_.state(device); }
  FleetMemory& memory() { return memory_; }
  const FleetMemory& memory() const { return memory_; }
  std::size_t devices() const { return directory_.size() - 1; }
  double now_s() const { return now_s_; }

  // Everything, for the snapshot. load() refuses (Errc::corrupt, "other-snapshot") what another version wrote: the
  // caller then starts from the ledger's beginning.
  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  void visit_at(std::uint32_t device, double at_s);
  void reset(std::uint32_t device);
  void wake_due(const Observation& cause, std::vector<Finding>& findings);
  void examine(const Observation& observation, std::vector<Finding>& findings);
  void judge(RiskState& risk, const Observation& observation, std::vector<Finding>& findings);
  double factor(CheckId check, std::uint32_t device) const;

  Directory directory_;
  FleetMemory memory_;
  Tuning tuning_;
  Waker waker_;
  Surprises surprises_;
  const DeviceState* next_ = nullptr;  // will be looked at next
  Observation tick_;                   // of a device that is woken
  double now_s_ = 0;
};

}  // namespace outrider::detect
