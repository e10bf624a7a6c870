#pragma once
// What the engine concludes of one device: a threat, and the evidence of each family that speaks for it.
#include <array>
#include <cstdint>

#include "detect/engine/evidence.h"

namespace outrider::detect {

// Numbers are stored.
enum class Level : std::uint8_t { none = 0, ticket = 1, page = 2 };

struct Finding {
  std::uint32_t device = 0;  // index
  Threat threat = Threat::anomaly;
  float risk = 0;             // nats: the sum over families of each family's largest, decayed to now
  bool proof = false;         // one of them is proof
  Level level = Level::none;  // what it deserves by itself; the fleet stage may lower it
  std::uint8_t families = 0;  // how many entries of `evidence` are used
  std::array<Evidence, family_count> evidence{};  // strongest of each family, strongest family first
  double at_s = 0;
  std::uint64_t entry = 0;  // that completed it
  // For correlation.
  double lat = 0, lon = 0;    // NaN: not known
  std::uint32_t carrier = 0;  // mcc * 1000 + mnc; 0: not known
  std::uint64_t firmware = 0;
  std::uint32_t profile = 0;  // index of the contract
};

}  // namespace outrider::detect
