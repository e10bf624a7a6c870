#include "detect/checks/cells/cell_map.h"

#include <algorithm>

namespace outrider::detect {

const Cell* CellMap::find(const CellKey& key) const {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &cells_[found->second];
}

Cell* CellMap::find(const CellKey& key) {
  const auto found = index_.find(key);
  return found == index_.end() ? nullptr : &cells_[found->second];
}

// Of 64 picked from all over the map the one that matters least: unlisted before listed, seldom heard before often,
// long ago before lately.
std::uint32_t CellMap::room_for_cell() {
  static constexpr std::uint32_t looked_at = 64;
  const auto worth = [&](std::uint32_t at) {
    const Cell& cell = cells_[at];
    return static_cast<double>(cell.last_s) + day_s * (cell.seeded * 30.0 + std::min<double>(cell.heard, 90));
  };
  const auto pick = [&] { return static_cast<std::uint32_t>(mix(++hand_, 1) % cells_.size()); };
  std::uint32_t least = pick();
  for (std::uint32_t i = 1; i < looked_at; ++i)
    if (const auto at = pick(); worth(at) < worth(least)) least = at;
  index_.erase(cells_[least].key);
  return least;
}

Cell& CellMap::hear(const CellKey& key, Radio radio, std::uint32_t device, double now_s) {
  const auto found = index_.find(key);
  Cell* cell = nullptr;
  if (found != index_.end()) {
    cell = &cells_[found->second];
  } else {
    std::uint32_t at = 0;
    if (cells_.size() < cells_max) {
      at = static_cast<std::uint32_t>(cells_.size());
      cells_.emplace_back();
    } else {
      at = room_for_cell();
    }
    cell = &cells_[at];
    *cell = Cell{};
    cell->key = key;
    cell->first_s = static_cast<std::uint32_t>(now_s);
    index_.emplace(key, at);
  }
  if (cell->heard < UINT32_MAX) ++cell->heard;
  if (device != 0) cell->heard_by |= device_bit(device);
  cell->last_s = static_cast<std::uint32_t>(now_s);
  if (radio != Radio::unknown) cell->radio = static_cast<std::uint8_t>(radio);
  return *cell;
}

const Square* CellMap::square(double lat, double lon) const {
  const auto found = square_index_.find(square_key(lat, lon));
  return found == square_index_.end() ? nullptr : &squares_[found->second];
}

Square& CellMap::square_at(double lat, double lon, double now_s) {
  const auto key = square_key(lat, lon);
  const auto found = square_index_.find(key);
  std::uint32_t at = 0;
  if (found != square_index_.end()) {
    at = found->second;
  } else {
    if (squares_.size() < squares_max) {
      at = static_cast<std::uint32_t>(squares_.size());
      squares_.emplace_back();
    } else {  // the longest unvisited of 64
      at = static_cast<std::uint32_t>(mix(++hand_, 2) % squares_.size());
      for (std::uint32_t i = 1; i < 64; ++i) {
        const auto other = static_cast<std::uint32_t>(mix(++hand_, 2) % squares_.size());
        if (squares_[other].last_s < squares_[at].last_s) at = other;
      }
      square_index_.erase(squares_[at].key);
    }
    squares_[at] = Square{};
    squares_[at].key = key;
    square_index_.emplace(key, at);
  }
  squares_[at].last_s = static_cast<std::uint32_t>(now_s);
  return squares_[at];
}

}  // namespace outrider::detect
