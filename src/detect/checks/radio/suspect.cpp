#include "detect/checks/radio/suspect.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

// A rogue cell is driven past or moved on within hours; an honest one's odd moment is forgotten by the evening.
constexpr double half_life_s = 6 * 3600;
// An established cell that did not change its channel has been honest for a day or more.
constexpr float established_worth = 3;
constexpr float strong = 3, present = 2, proof_least = 14;

}  // namespace

void Suspect::decay(double now_s) {
  const double passed = now_s - last_s;
  if (passed < 60) return;  // so that many reports do not round it away
  const auto left = static_cast<float>(std::exp2(-passed / half_life_s));
  for (auto& each : nats) each *= left;
  last_s = static_cast<std::uint32_t>(now_s);
}

void Suspect::raise(Sign sign, float more, std::uint32_t device, std::uint64_t entry, double now_s) {
  decay(now_s);
  auto& mine = nats[static_cast<std::size_t>(sign)];
  const bool news = more > mine || (heard_by & device_bit(device)) == 0;
  mine = std::max(mine, more);
  heard_by |= device_bit(device);
  if (!news || entries[0] == entry) return;
  std::ranges::rotate(entries, entries.end() - 1);
  entries[0] = entry;
  entries_used = std::min<std::uint32_t>(entries_used + 1, 3);
}

Verdict judge(const Suspect& suspect, const Cell* cell, double now_s) {
  float acts = 0, stands = 0;
  int seen = 0;
  for (std::size_t i = 0; i < signs; ++i) {
    (active(static_cast<Sign>(i)) ? acts : stands) += suspect.nats[i];
    if (suspect.nats[i] >= present) ++seen;
  }
  float sum = acts >= present ? acts + stands : std::min(stands, passive_most);
  const bool known = cell != nullptr && established(*cell, now_s);
  if (known && suspect.of(Sign::channel) < present) sum -= established_worth;
  const bool speaks = std::max(suspect.of(Sign::cipher), suspect.of(Sign::identity)) >= strong;
  const bool out_of_place =
      !known && std::max({suspect.of(Sign::cell), suspect.of(Sign::area), suspect.of(Sign::legacy)}) >= strong;
  const bool twin = suspect.of(Sign::channel) >= strong;
  return {.nats = std::max(sum, 0.0F), .proof = sum >= proof_least && speaks && (out_of_place || twin) && seen >= 3};
}

}  // namespace outrider::detect
