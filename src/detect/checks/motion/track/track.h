#pragma once
// The checks that look at one position after the other.
#include "detect/checks/motion/motion_state.h"
#include "detect/checks/motion/track/fix.h"
#include "detect/checks/motion/transport.h"
#include "detect/engine/check_context.h"

namespace outrider::detect {

// 32 bits that stand for the serving cell; 0: not known.
std::uint32_t cell_mark(const Reading& reading);

// Was the last one, which nothing had agreed with, an old fix of a receiver that had just been switched on?
bool begins_stale(const LastFix& last, const Fix& fix, const TransportLimits& limits);
// This one comes soon after the last one and is new, or the last one has been repeated for longer than a receiver holds
// an old one.
bool agrees(const LastFix& last, const Fix& fix, double interval_s);

// Farther than anything of its kind can go in that time.
void check_travel(const LastFix& last, const Fix& fix, std::uint32_t cell, const TransportLimits& limits,
                  Surprises& surprises);

// Another place than its own movement until now led to. Call for new positions only.
void check_kalman(Kalman& kalman, const Fix& fix, const TransportLimits& limits, Surprises& surprises);

// The position stands still and the cells go by.
void check_standing(Standing& standing, const Fix& fix, const Reading& reading, std::uint32_t cell,
                    const CellMap& cells, Surprises& surprises);

// Speed and heading promise another distance than the positions show.
void check_promise(Promise& promise, const LastFix& last, const Fix& fix, const TransportLimits& limits,
                   Surprises& surprises);

// The position comes off, steadily and in one direction, from where cells say it is.
void check_drag(Drag& drag, const Fix& fix, const Reading& reading, std::uint32_t cell, const CellMap& cells,
                Surprises& surprises);

}  // namespace outrider::detect
