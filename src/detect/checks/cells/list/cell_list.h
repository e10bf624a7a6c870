#pragma once
// Public lists of cells, as OpenCelliD and Mozilla's service publish them (CSV), to begin with what others have heard.
// Bytes from outside: bounded, and refused with the line that is wrong.
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "detect/checks/cells/cell_map.h"

namespace outrider::detect {

struct CellSeed {
  CellKey key;
  Radio radio = Radio::unknown;
  double lat = 0, lon = 0;
  double range_m = 0;
  std::uint32_t samples = 0;

  bool operator==(const CellSeed&) const = default;
};

// The first row names the columns: radio, mcc, mnc (or net), area (or lac), cell, lat, lon; range and samples if there;
// others are passed over. Without such a row they are OpenCelliD's fourteen
// (radio,mcc,net,area,cell,unit,lon,lat,range, samples,…). Refused: more rows than the map holds cells, numbers that no
// cell can have, places that are not on earth.
Result<std::vector<CellSeed>> read_cell_list(std::string_view csv);

// The same list with the columns we know, in pieces of at most `piece_bytes_max` (each with its first row): what
// entries keep. Coordinates in 1e-6 degrees.
inline constexpr std::size_t piece_bytes_max = 48 * 1024;  // below what an entry may hold (ledger/entry.h)
std::vector<std::string> write_cell_list(std::span<const CellSeed> cells);

}  // namespace outrider::detect
