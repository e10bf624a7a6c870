#pragma once
// The evidence against one cell, from all devices that were on it.
#include <array>
#include <cstdint>
#include <type_traits>

#include "detect/checks/cells/cell.h"
#include "detect/input/observation.h"

namespace outrider::detect {

// What a rogue base station cannot help showing. Each counts once, however many devices saw it: they saw the same cell.
enum class Sign : std::uint8_t { cipher, identity, cell, area, legacy, channel, neighbours, power };
inline constexpr std::size_t signs = 8;
// What a cell does to a device, unlike what any new site looks like while it is being built.
constexpr bool active(Sign sign) {
  return sign == Sign::cipher || sign == Sign::identity || sign == Sign::legacy || sign == Sign::channel;
}
// All that a new site shows stays below a ticket (Tuning::ticket_risk) unless there is an active sign, too.
inline constexpr float passive_most = 6.5F;

struct Suspect {
  CellKey key;
  std::array<float, signs> nats{};  // of each sign, the strongest, decayed to last_s
  float exposure = 0;               // CUSUM of log-likelihood ratios of identities asked for
  std::uint32_t first_s = 0, last_s = 0;
  std::uint32_t heard_by = 0;  // device_bit of those who spoke against it
  std::array<std::uint64_t, 3> entries{};
  std::uint32_t entries_used = 0;
  std::uint32_t unused = 0;

  float of(Sign sign) const { return nats[static_cast<std::size_t>(sign)]; }
  // Keeps the stronger; remembers who and where.
  void raise(Sign sign, float more, std::uint32_t device, std::uint64_t entry, double now_s);
  void decay(double now_s);
  int devices() const { return std::popcount(heard_by); }
};
static_assert(std::is_trivially_copyable_v<Suspect> && sizeof(Suspect) == 96);

struct Verdict {
  float nats = 0;      // log-likelihood ratio of a rogue cell against an honest one, all signs together
  bool proof = false;  // it broke its cipher or asked for identities, and stands where no such cell stands
};
// `cell`: what the map knows of it; nullptr: nothing.
Verdict judge(const Suspect& suspect, const Cell* cell, double now_s);

}  // namespace outrider::detect
