#pragma once
// The cellular world: the same towers for every device and every run, because a tower is a hash of its place on a grid.
#include <cstdint>
#include <string_view>

#include "sim/model/world/geo.h"
#include "sim/model/world/random.h"

namespace outrider::sim {

enum class Access {
  lte,
  lte_m,
  nb_iot,
};

// One cell as a modem names it (3GPP TS 36.331).
struct Cell {
  std::string_view rat;     // gsm, lte, lte-m, nb-iot
  std::string_view cipher;  // in use on the radio (TS 33.401, TS 43.020)
  int mcc = 0;
  int mnc = 0;
  int tac = 0;             // tracking area (GSM: location area)
  std::int64_t cell = 0;   // E-UTRAN cell identity, 28 bits (GSM: CI, 16 bits)
  int pci = 0;             // physical cell identity, 0 to 503; of no meaning on GSM
  double rsrp = -100;      // dBm
  int timing_advance = 0;  // LTE: steps of 78.12 m; GSM: steps of 550 m
  int neighbours = 0;      // other cells heard
};

// The network of a country (ITU mobile country code); `ship` is the small cell on board a vessel.
inline constexpr int mcc_ship = 901;
int mnc_of(int mcc);

// A modem: camps on a cell and leaves it only for one that is clearly better, so a device at a border between two
// cells does not flap.
class Modem {
 public:
  explicit Modem(Access access) : access_(access) {}

  // Chooses the cell at a place. `ship` names the vessel when at sea, 0 on land; `indoor_loss_db` is what walls take.
  void camp(Position at, int mcc, std::uint64_t ship, double indoor_loss_db, Random& random);
  const Cell& serving() const { return cell_; }

 private:
  Access access_;
  std::uint64_t site_ = 0;  // hash of the tower camped on, 0 for none
  double shadow_db_ = 0;
  Cell cell_;
};

}  // namespace outrider::sim
