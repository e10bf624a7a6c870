// The map in the snapshot (docs/format/detection.md): counts, then records as they stand in memory.
#include "detect/checks/cells/cell_map.h"

namespace outrider::detect {
namespace {

template <class T>
void put(ByteWriter& out, const std::vector<T>& records) {
  out.u32(static_cast<std::uint32_t>(records.size()));
  out.raw({reinterpret_cast<const std::uint8_t*>(records.data()), records.size() * sizeof(T)});
}

template <class T>
Result<std::vector<T>> get(ByteReader& in, std::size_t most) {
  TRY(const auto count, in.u32());
  if (count > most) return fail(Errc::corrupt, "too-many", "the snapshot has more cells than there can be");
  TRY(const auto bytes, in.take(count * sizeof(T)));
  std::vector<T> records(count);
  if (count != 0) std::memcpy(records.data(), bytes.data(), bytes.size());
  return records;
}

}  // namespace

void CellMap::save(ByteWriter& out) const {
  put(out, cells_);
  out.u32(hand_);
  put(out, squares_);
  out.raw({reinterpret_cast<const std::uint8_t*>(&distances_), sizeof distances_});
}

Result<void> CellMap::load(ByteReader& in) {
  CellMap map;
  TRY(map.cells_, get<Cell>(in, cells_max));
  TRY(map.hand_, in.u32());
  TRY(map.squares_, get<Square>(in, squares_max));
  TRY(const auto distances, in.take(sizeof distances_));
  std::memcpy(&map.distances_, distances.data(), distances.size());
  for (std::uint32_t i = 0; i < map.cells_.size(); ++i)
    if (!map.index_.emplace(map.cells_[i].key, i).second)
      return fail(Errc::corrupt, "cell-twice", "the snapshot holds a cell twice");
  for (std::uint32_t i = 0; i < map.squares_.size(); ++i)
    if (!map.square_index_.emplace(map.squares_[i].key, i).second)
      return fail(Errc::corrupt, "square-twice", "the snapshot holds a square twice");
  *this = std::move(map);
  return {};
}

}  // namespace outrider::detect
