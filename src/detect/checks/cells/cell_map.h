#pragma once
// Cells that the fleet has learnt: where they were heard, and how far they reach. Learnt from devices whose position is
// trusted at the moment (checks/radio/radio.cpp judges that), or seeded from a public list (list/cell_list.h).
//
// Bounded: when full, the least used of the longest unseen makes room. Deterministic: what it answers depends only on
// what it was told, in that order.
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "detect/checks/cells/calibration.h"
#include "detect/checks/cells/cell.h"
#include "detect/checks/cells/cell_index.h"
#include "detect/checks/cells/square.h"
#include "detect/input/observation.h"

namespace outrider::detect {

// Where a cell, or a device that hears several, is.
struct CellPlace {
  double lat = 0, lon = 0;
  double range_m = 0;         // typical (root mean square) distance of a device that hears it
  double error_m = 0;         // of the place itself
  std::uint32_t samples = 0;  // how many positions, far from each other, it was learnt from
  std::uint32_t cells = 1;    // how many cells say so (locate)
};

class CellMap {
 public:
  static constexpr std::size_t cells_max = 200'000;  // at 104 bytes: 21 MB a fleet

  // Nothing: not known, or heard at fewer than three places, by fewer than three devices, and in no list.
  std::optional<CellPlace> place(std::uint16_t mcc, std::uint16_t mnc, std::uint32_t area, std::uint64_t cell) const;
  std::optional<CellPlace> place(const CellKey& key) const;
  // Where the cells that it hears say a device is: the robust middle of the places of the serving and the visible ones,
  // so that one wrong cell moves nothing. range_m is then the typical distance of devices from that middle.
  std::optional<CellPlace> locate(const Reading& reading) const;
  // −ln P(a device that hears what `where` was made of is `distance_m` away from it, or farther), from what the whole
  // fleet's trusted positions have shown; never less than 0.
  double distance_nats(const CellPlace& where, double distance_m) const;
  // One more such distance of a device that nothing speaks against, however surprising it was: what is usual would else
  // be learnt from what is usual alone, and all the rest become impossible.
  void calibrate(const CellPlace& where, double distance_m);

  const Cell* find(const CellKey& key) const;
  Cell* find(const CellKey& key);
  // The cell's record, made when it was not known: a device hears it.
  Cell& hear(const CellKey& key, Radio radio, std::uint32_t device, double now_s);

  // What was heard where. 0.05 degrees are 5.5 km, as far as a macro cell reaches; 1 degree is a province.
  SquareMap squares{0.05, 50'000};
  SquareMap regions{1.0, 20'000};

  // What will be looked at when this is judged is on its way from memory meanwhile.
  void expect(const Reading& reading) const;

  // A trusted position at which these cells are heard; the caller thins them out (learn_apart_m).
  void learn(const Reading& reading, std::uint32_t device, double now_s);
  static constexpr double learn_apart_m = 150;  // a parked device does not outvote one that drives by
  // A row of a public list. What the fleet has learnt itself is worth more and stays.
  void seed(const CellKey& key, Radio rat, double lat, double lon, double range_m, std::uint32_t samples, double now_s);

  std::span<const Cell> cells() const { return cells_; }

  void save(ByteWriter& out) const;
  Result<void> load(ByteReader& in);

 private:
  std::vector<Cell> cells_;
  CellHash hash_;
  RecordIndex index_;
  std::uint32_t hand_ = 0;  // how often it was asked who makes room
  Calibration distances_;

  // One report asks for its cell many times.
  mutable std::uint32_t newest_ = RecordIndex::none;
  std::uint32_t at(const CellKey& key) const;
  std::uint32_t room_for_cell();
};

}  // namespace outrider::detect
