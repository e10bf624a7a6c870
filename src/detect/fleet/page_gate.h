#pragma once
// Who may wake somebody: what is likely, in this fleet, to be more than chance, and never more in a day than people can
// bear. Proofs do not ask here. docs/decisions/0083-false-discoveries.md.
#include <cstdint>
#include <deque>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/finding.h"
#include "detect/engine/tuning.h"

namespace outrider::detect {

// Probability that independent families sum up to this risk by chance: Fisher's method, for nats are −ln p.
double chance(double risk, unsigned families);

// Hypotheses "this device, this threat" that a device gives in a day: a new one with every half life.
double hypotheses_per_day();

enum class Admission : std::uint8_t { page, by_chance, no_budget };

class PageGate {
 public:
  // Of the pages that rest on probabilities, at most this share should be false.
  static constexpr double false_share = 0.1;
  // However small the fleet, somebody looks at a few a day.
  static constexpr std::size_t pages_least = 10;

  // Admitted pages count.
  Admission ask(double risk, unsigned families, std::size_t devices, double now_s, const Tuning& tuning);

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::deque<double> pages_;  // when, within the last day
};

}  // namespace outrider::detect
