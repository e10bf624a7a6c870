#include "detect/input/visible_cells.h"

#include <charconv>

namespace outrider::detect {
namespace {

// A number and the sign that must follow it; moves `text` behind both.
template <class T>
bool take(std::string_view& text, T& value, char after) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.empty()) return after == ' ';
  if (text.front() != after) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::size_t read_visible_cells(std::string_view text, std::span<CellKey> out) {
  std::size_t count = 0;
  while (count < out.size() && !text.empty()) {
    CellKey key;
    // TS 23.003 2.2: mobile country codes have three digits, network codes two or three.
    if (!take(text, key.mcc, '-') || !take(text, key.mnc, '-') || !take(text, key.area, '-') ||
        !take(text, key.cell, ' ') || key.mcc > 999 || key.mnc > 999 || key.cell == 0)
      break;
    out[count++] = key;
  }
  return count;
}

}  // namespace outrider::detect
