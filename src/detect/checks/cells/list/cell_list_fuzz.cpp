// A list that was read, written in pieces and read again is the same list; its cells are such as the map can take.
#include <cmath>
#include <cstdlib>

#include "detect/checks/cells/list/cell_list.h"
#include "detect/input/visible_cells.h"

using namespace outrider;
using namespace outrider::detect;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = as_text(ByteView(data, size));
  CellKey visible[visible_max];
  for (std::size_t i = read_visible_cells(text, visible); i > 0; --i)
    if (visible[i - 1].cell == 0) std::abort();

  const auto cells = read_cell_list(text);
  if (!cells) return 0;
  CellMap map;
  std::vector<CellSeed> again;
  for (const auto& piece : write_cell_list(*cells)) {
    if (piece.size() > piece_bytes_max) std::abort();
    const auto part = read_cell_list(piece);
    if (!part) std::abort();
    again.insert(again.end(), part->begin(), part->end());
  }
  if (again.size() != cells->size()) std::abort();
  for (std::size_t i = 0; i < again.size(); ++i) {
    const auto& cell = (*cells)[i];
    if (again[i].key != cell.key || again[i].radio != cell.radio || std::abs(again[i].lat - cell.lat) > 1e-6)
      std::abort();
    map.seed(cell.key, cell.radio, cell.lat, cell.lon, cell.range_m, cell.samples, 1.7e9);
    const auto place = map.place(cell.key);
    if (!place || !std::isfinite(place->range_m) || !(place->range_m > 0)) std::abort();
  }
  return 0;
}
