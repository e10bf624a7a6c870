#pragma once
// Ledger entries as observations. Keeps the engine's directory of profiles and devices while it reads.
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
  Decoder(Engine& engine, ContractReader contracts);
  // Appends the observations of the entry, oldest reading first; none for what does not concern detection, cannot be
  // read, or was shredded.
  void decode(const ledger::Entry& entry, std::vector<Observation>& out);
};

}  // namespace outrider::detect
