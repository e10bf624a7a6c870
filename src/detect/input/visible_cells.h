#pragma once
// The reading `visible`: the cells that a device hears beside the one that serves it, as text
// "mcc-mnc-area-cell mcc-mnc-area-cell …", decimal, strongest first.
#include <span>
#include <string_view>

#include "detect/input/observation.h"

namespace outrider::detect {

// Fills `out` as far as it reaches; further cells are passed over. What cannot be read ends the list: bytes of a device
// never do more than that. Returns how many were filled.
std::size_t read_visible_cells(std::string_view text, std::span<CellKey> out);

}  // namespace outrider::detect
