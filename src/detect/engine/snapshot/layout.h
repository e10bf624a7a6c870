#pragma once
#include <cstdint>

namespace outrider::detect {

// Says whether a snapshot's bytes mean today what they meant when they were written: made of the sizes of all states,
// the table of checks and a number that is raised when a state keeps its size but changes its meaning.
std::uint64_t layout();

}  // namespace outrider::detect
