#pragma once
#include <cstdint>

namespace outrider::detect {

// Says whether a snapshot's bytes mean today what they meant when they were written: a digest of the sources that write
// and read them, made when they are compiled. Two members that change places, or another constant, and it is another
// one; nobody has to think of it.
std::uint64_t layout();

}  // namespace outrider::detect
