#pragma once
// Figures for people: "7.4 km", "130 m"; "30 s", "12 min", "3.5 h".
#include <string>

namespace outrider::detect {

std::string metres(double value);
std::string seconds(double value);

}  // namespace outrider::detect
