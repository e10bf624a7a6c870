// What devices of the fleet suffer. Attacks go on until they are judged; what is no attack lasts as long as the step
// says.
#include "sim/breach/attacker/attacks.h"

#include <algorithm>

namespace outrider::sim {
namespace {

constexpr std::size_t waves_max = 10;  // of an update: a tenth first, then another …

// The part of the targets that is wave `i` of `count`.
std::vector<std::string> wave(const std::vector<std::string>& targets, std::size_t i, std::size_t count) {
  const auto from = static_cast<std::ptrdiff_t>(targets.size() * i / count);
  const auto until = static_cast<std::ptrdiff_t>(targets.size() * (i + 1) / count);
  return {targets.begin() + from, targets.begin() + until};
}

Result<void> theft(Attacker& attacker, const Step& step) {
  for (const Deed deed : {Deed::open_box, Deed::cut_power, Deed::mute}) {
    CHECK(attacker.order({.what = deed, .devices = attacker.targets}));
    if (!attacker.rest(step.every)) break;
  }
  return {};
}

Result<void> outage(Attacker& attacker, const Step& step) {
  CHECK(attacker.order({.what = Deed::mute, .devices = attacker.targets}));
  attacker.rest(step.lasts);
  CHECK(attacker.order({.what = Deed::calm, .devices = attacker.targets}));
  attacker.all_back();
  return {};
}

Result<void> update(Attacker& attacker, const Step& step) {
  const std::size_t waves = std::clamp<std::size_t>(attacker.targets.size(), 1, waves_max);
  for (std::size_t i = 0; i < waves; ++i) {
    CHECK(attacker.order({.what = Deed::update, .devices = wave(attacker.targets, i, waves)}));
    if (!attacker.rest(step.lasts / waves)) break;
  }
  attacker.all_back();
  return {};
}

Result<void> cold(Attacker& attacker, const Step& step) {
  CHECK(attacker.order({.what = Deed::cold, .devices = attacker.targets, .amount = step.amount}));
  attacker.rest(step.lasts);
  return {};
}

Deed deed_of(Attack attack) {
  switch (attack) {
    case Attack::jam:
      return Deed::jam;
    case Attack::drag_off:
      return Deed::drag;
    case Attack::twin_cell:
      return Deed::twin_cell;
    case Attack::downgrade:
      return Deed::downgrade;
    default:
      return Deed::flood;
  }
}

}  // namespace

Result<Tally> befall(Attacker& attacker, const Step& step) {
  switch (step.attack) {
    case Attack::theft:
      CHECK(theft(attacker, step));
      break;
    case Attack::carrier_outage:
      CHECK(outage(attacker, step));
      break;
    case Attack::mass_update:
      CHECK(update(attacker, step));
      break;
    case Attack::cold_snap:
      CHECK(cold(attacker, step));
      break;
    default:
      CHECK(attacker.order({.what = deed_of(step.attack), .devices = attacker.targets, .amount = step.amount}));
  }
  return Tally{};
}

}  // namespace outrider::sim
