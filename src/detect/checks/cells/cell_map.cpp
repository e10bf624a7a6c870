#include "detect/checks/cells/cell_map.h"

#include <algorithm>

#include "detect/checks/cells/records.h"
#include "detect/checks/fetch.h"

namespace outrider::detect {

std::uint32_t CellMap::at(const CellKey& key) const {
  if (newest_ < cells_.size() && cells_[newest_].key == key) return newest_;
  const auto found = index_.find(hash_(key), [&](std::uint32_t at) { return cells_[at].key == key; });
  if (found != RecordIndex::none) newest_ = found;
  return found;
}

const Cell* CellMap::find(const CellKey& key) const {
  const auto found = at(key);
  return found == RecordIndex::none ? nullptr : &cells_[found];
}

Cell* CellMap::find(const CellKey& key) {
  const auto found = at(key);
  return found == RecordIndex::none ? nullptr : &cells_[found];
}

void CellMap::expect(const Reading& reading) const {
  if (reading.cell == 0) return;
  const auto likely = index_.likely(hash_({reading.mcc, reading.mnc, reading.tac, reading.cell}));
  if (likely != RecordIndex::none) fetch(cells_[likely]);
  squares.expect(reading.lat, reading.lon);
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
  index_.erase(hash_(cells_[least].key), least);
  return least;
}

Cell& CellMap::hear(const CellKey& key, Radio radio, std::uint32_t device, double now_s) {
  Cell* cell = find(key);
  if (cell == nullptr) {
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
    index_.insert(hash_(key), at);
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
  for (std::uint32_t i = 0; i < map.cells_.size(); ++i) {
    const std::uint64_t hash = map.hash_(map.cells_[i].key);
    const auto same = [&](std::uint32_t other) { return map.cells_[other].key == map.cells_[i].key; };
    if (map.index_.find(hash, same) != RecordIndex::none)
      return fail(Errc::corrupt, "cell-twice", "the snapshot holds a cell twice");
    map.index_.insert(hash, i);
  }
  *this = std::move(map);
  return {};
}

}  // namespace outrider::detect
