#pragma once
// Ledger entries as observations. Keeps the engine's directory of profiles and devices while it reads.
//
// What an entry holds came from devices and strangers: every number and list is bounded by the time it is here, and
// what cannot be read is passed over.
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "detect/engine/engine.h"
#include "detect/input/observation.h"
#include "ledger/entry.h"

namespace outrider::detect {

// The server knows how to read a profile (fleet::Profile); detection only wants what matters to it.
using ContractReader = std::function<std::optional<Contract>(std::string_view toml)>;

class Decoder {
 public:
  // `engine` must outlive it.
  Decoder(Engine& engine, ContractReader contracts) : engine_(engine), contracts_(std::move(contracts)) {}

  // Appends the observations of the entry, oldest reading first; none for what does not concern detection, cannot be
  // read, or was shredded.
  void decode(const ledger::Entry& entry, std::vector<Observation>& out);

 private:
  void add_profile(const ledger::Entry& entry);
  std::uint32_t add_device(const ledger::Entry& entry);
  void decode_report(const ledger::Entry& entry, Observation& whole, std::vector<Observation>& out) const;

  Engine& engine_;
  ContractReader contracts_;
};

}  // namespace outrider::detect
