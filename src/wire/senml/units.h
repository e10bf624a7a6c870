#pragma once
// The SenML units registry of IANA: primary units (RFC 8428, 12.1) and secondary units (RFC 8798, section 3).
#include <span>
#include <string>
#include <string_view>

namespace outrider::wire::senml {

struct Unit {
  std::string_view symbol;
  std::string_view meaning;
  // Secondary units: value in `primary` = value * scale + offset. Primary units: their own symbol, 1 and 0.
  std::string_view primary;
  double scale = 1;
  double offset = 0;

  bool secondary() const { return symbol != primary; }
};

// All of them, sorted by symbol (byte order).
std::span<const Unit> units();
// Null when the registry has no such unit.
const Unit* find_unit(std::string_view symbol);
inline bool known_unit(std::string_view symbol) {
  return find_unit(symbol) != nullptr;
}
// " (did you mean 'Cel'?)" or "".
std::string suggest_unit(std::string_view symbol);

}  // namespace outrider::wire::senml
