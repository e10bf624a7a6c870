#pragma once
// What devices that show the same can have in common, and what that means for each threat.
// docs/decisions/0084-one-cause-one-alert.md.
#include <cstdint>
#include <string_view>

#include "detect/engine/finding.h"

namespace outrider::detect {

// Narrowest first: of several that fit, the first is the cause. Numbers are stored.
enum class Trait : std::uint8_t { area = 0, firmware = 1, carrier = 2, profile = 3 };
inline constexpr std::array traits{Trait::area, Trait::firmware, Trait::carrier, Trait::profile};

// Devices showing the same within this time are looked at together.
inline constexpr double cohort_s = 15 * 60;
// A jammer of a few watts and a cell site reach some kilometres.
inline constexpr double area_m = 5000;

// How many it takes. A thing that one device brings on itself (its key, its SIM, its route) is rarely shared: there it
// takes many more, for an attacker who hits five must not be hidden behind one line.
std::size_t cohort_least(Threat threat, Trait trait, bool proof);

// Do two findings share the trait.
bool share(const Finding& a, const Finding& b, Trait trait);

std::string_view words_of(Trait trait);                     // "on one carrier"
std::string_view likely_cause(Threat threat, Trait trait);  // empty: none is named

// What such an incident deserves, given the highest level that a member reached by itself and whether any is proof.
//   Outages, weather and updates are somebody's work, not somebody's attack: a ticket.
//   Receivers that go deaf or are deceived together in one place are each other's witnesses: a page.
Level incident_level(Threat threat, Trait trait, Level highest, bool proof);

}  // namespace outrider::detect
