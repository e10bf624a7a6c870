#include "detect/checks/cells/cell_map.h"

#include <algorithm>

#include "detect/checks/cells/records.h"

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
    return static_cast<double>(cell.last_s) + one_day_s * (cell.seeded * 30.0 + std::min<double>(cell.heard, 90));
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

void CellMap::save(ByteWriter& out) const {
  put_records(out, cells_);
  out.u32(hand_);
  squares.save(out);
  regions.save(out);
  put_record(out, distances_);
}

Result<void> CellMap::load(ByteReader& in) {
  CellMap map;
  TRY(map.cells_, get_records<Cell>(in, cells_max));
  TRY(map.hand_, in.u32());
  CHECK(map.squares.load(in));
  CHECK(map.regions.load(in));
  CHECK(get_record(in, map.distances_));
  for (std::uint32_t i = 0; i < map.cells_.size(); ++i)
    if (!map.index_.emplace(map.cells_[i].key, i).second)
      return fail(Errc::corrupt, "cell-twice", "the snapshot holds a cell twice");
  *this = std::move(map);
  return {};
}

}  // namespace outrider::detect
