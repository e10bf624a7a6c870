#include "sim/model/world/radio.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace outrider::sim {
namespace {

constexpr double grid_m = 3000.0;     // one tower in every square of this size
constexpr double hysteresis = 0.85;   // another tower must be this much nearer to be worth a hand-over
constexpr double lte_step_m = 78.12;  // 16 Ts, one way (TS 36.213, 4.2.3)
constexpr double area_m = 30'000.0;   // a tracking area
constexpr double heard_dbm = -112.0;  // weaker cells are not reported as neighbours

struct Tower {
  std::uint64_t hash = 0;
  double distance = 0;
  Position at;
};

std::uint64_t square_hash(std::int64_t row, std::int64_t column) {
  return mixed(mixed(static_cast<std::uint64_t>(row)) ^ (static_cast<std::uint64_t>(column) * 0x9E3779B97F4A7C15U)) |
         1U;
}

// The tower of a grid square. A row's squares are as wide as its middle latitude says.
Tower tower(std::int64_t row, std::int64_t column, double column_width_deg) {
  Tower out{.hash = square_hash(row, column)};
  const auto jitter = [&](unsigned shift) {
    return 0.15 + 0.7 * static_cast<double>(out.hash >> shift & 0xFFFFU) / 65536.0;
  };
  out.at = {(static_cast<double>(row) + jitter(16)) * grid_m / metres_per_degree,
            (static_cast<double>(column) + jitter(32)) * column_width_deg};
  return out;
}

std::array<Tower, 9> towers_around(Position at) {
  std::array<Tower, 9> out;
  const auto middle = static_cast<std::int64_t>(std::floor(at.lat * metres_per_degree / grid_m));
  std::size_t n = 0;
  for (std::int64_t row = middle - 1; row <= middle + 1; ++row) {
    const double row_lat = (static_cast<double>(row) + 0.5) * grid_m / metres_per_degree;
    const double width = grid_m / (metres_per_degree * std::max(0.05, std::cos(row_lat * 0.017453292519943295)));
    const auto column = static_cast<std::int64_t>(std::floor(at.lon / width));
    for (std::int64_t c = column - 1; c <= column + 1; ++c, ++n) {
      out[n] = tower(row, c, width);
      out[n].distance = distance_m(at, out[n].at);
    }
  }
  std::ranges::sort(out, {}, &Tower::distance);
  return out;
}

double received_dbm(double distance) {
  return -72.0 - 36.0 * std::log10(std::max(distance, 60.0) / 500.0);
}

std::string_view rat_of(Access access) {
  switch (access) {
    case Access::lte:
      return "lte";
    case Access::lte_m:
      return "lte-m";
    case Access::nb_iot:
      return "nb-iot";
  }
  return "lte";
}

Cell ship_cell(std::uint64_t ship) {
  return {.rat = "gsm",
          .cipher = "a5/3",
          .mcc = mcc_ship,
          .mnc = mnc_of(mcc_ship),
          .tac = static_cast<int>(1 + mixed(ship) % 900),
          .cell = static_cast<std::int64_t>(1 + mixed(ship + 1) % 65'000),
          .rsrp = -78.0};
}

}  // namespace

int mnc_of(int mcc) {
  struct Network {
    int mcc;
    int mnc;
  };
  static constexpr std::array networks{
      Network{202, 1},  Network{204, 4}, Network{206, 1},   Network{208, 1}, Network{214, 7},      Network{222, 1},
      Network{228, 1},  Network{232, 1}, Network{234, 10},  Network{238, 1}, Network{240, 1},      Network{260, 2},
      Network{262, 1},  Network{268, 1}, Network{310, 260}, Network{413, 2}, Network{454, 0},      Network{460, 0},
      Network{502, 12}, Network{525, 1}, Network{602, 2},   Network{724, 5}, Network{mcc_ship, 18}};
  const auto* const found = std::ranges::find(networks, mcc, &Network::mcc);
  return found == networks.end() ? 1 : found->mnc;
}

void Modem::camp(Position at, int mcc, std::uint64_t ship, double indoor_loss_db, Random& random) {
  shadow_db_ = std::clamp(0.8 * shadow_db_ + random.normal(0, 1.8), -9.0, 9.0);
  if (ship != 0) {
    site_ = 0;
    cell_ = ship_cell(ship);
    cell_.rsrp += shadow_db_;
    return;
  }
  const auto towers = towers_around(at);
  const auto* serving = std::ranges::find(towers, site_, &Tower::hash);
  if (serving == towers.end() || towers[0].distance < hysteresis * serving->distance) serving = towers.begin();
  site_ = serving->hash;

  const auto sector = static_cast<unsigned>(bearing_deg(serving->at, at) / 120.0);
  const auto area = square_hash(static_cast<std::int64_t>(std::floor(serving->at.lat * metres_per_degree / area_m)),
                                static_cast<std::int64_t>(std::floor(serving->at.lon * metres_per_degree / area_m)));
  cell_ = {.rat = rat_of(access_),
           .cipher = "eea2",
           .mcc = mcc,
           .mnc = mnc_of(mcc),
           .tac = static_cast<int>(1 + area % 65'533)};
  cell_.cell = static_cast<std::int64_t>((serving->hash >> 20U & 0xFFFFFU) << 8U | (sector + 1));
  cell_.pci = static_cast<int>((serving->hash >> 40U) % 168U * 3U + sector);
  cell_.rsrp = std::clamp(received_dbm(serving->distance) + shadow_db_ - indoor_loss_db, -139.0, -50.0);
  cell_.timing_advance = static_cast<int>(serving->distance / lte_step_m);
  cell_.neighbours = static_cast<int>(std::ranges::count_if(towers, [&](const Tower& t) {
    return t.hash != site_ && received_dbm(t.distance) + shadow_db_ - indoor_loss_db > heard_dbm;
  }));
}

}  // namespace outrider::sim
