// Positions against cells on the drives of gnss_cells_qatar: is the surprise calibrated on clean drives, and how much
// does a false position surprise?
//   bench_detection_gnss_cells DATA
// Three fleets: "list" knows the OpenCelliD extract alone; "list and fleet" has heard the three other drives, too;
// "fleet" knows only what those three drives taught it (leave one out). Calibrated is a check whose surprise reaches x
// nats at most e^-x of the time; reports of one second follow each other, therefore the moments that the map would
// learn from (150 m apart or on another cell) are counted beside them.
#include <algorithm>

#include "bench/detection/qatar.h"
#include "detect/checks/cells/plane.h"
#include "detect/checks/radio/radio.h"

using namespace outrider;

namespace {

// The radio checks alone, as one device's reports go through them.
struct Radio {
  detect::FleetMemory& memory;
  detect::Contract contract{};
  detect::RadioState state{};
  detect::Surprises surprises{};

  float cell_distance(const detect::Reading& reading, double at_s) {
    detect::Observation observation{.what = detect::What::report, .device = 1, .received_s = at_s, .measured_s = at_s};
    observation.reading = reading;
    surprises.begin(observation);
    detect::check_radio(state, observation, detect::Context{contract, at_s, memory}, surprises);
    float nats = 0;
    for (const auto& each : surprises.all())
      if (each.check == detect::CheckId::cell_distance) nats = std::max(nats, each.nats);
    return nats;
  }
};

struct Tail {
  std::vector<int> over = std::vector<int>(8);
  int all = 0;
  void add(float nats) {
    ++all;
    for (std::size_t x = 0; x < over.size(); ++x) over[x] += nats >= static_cast<float>(x + 2) ? 1 : 0;
  }
  void print(const char* what) const {
    fmt::print("    {:<22} {:>5}:", what, all);
    for (std::size_t x = 0; x < over.size(); ++x)
      fmt::print(" {:>4.1f}/{:<5.1f}", over[x] * 1000.0 / std::max(1, all),
                 1000 * std::exp(-static_cast<double>(x + 2)));
    fmt::print("\n");
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "gnss_cells_qatar";
  const auto trips = bench::read_trips(folder);
  detect::FleetMemory seeded;
  bench::seed_cells(folder, seeded.cells);
  struct Mode {
    const char* name;
    bool list, fleet;
  };
  for (const Mode mode : {Mode{"list", true, false}, Mode{"list and fleet", true, true}, Mode{"fleet", false, true}}) {
    fmt::print("{}\n  clean drives, surprise of 2, 3, … 9 nats or more in 1,000 (measured/allowed)\n", mode.name);
    Tail seconds, moments;
    int located = 0, reports = 0;
    std::vector<double> errors;
    std::map<int, std::array<int, 3>> found;  // by metres: moments, ≥ 3 nats, ≥ 7 nats
    for (const auto& trip : trips) {
      detect::FleetMemory memory;
      if (mode.list) memory = seeded;
      double shift = -7 * 86'400.0;
      for (const auto& other : trips) {
        if (!mode.fleet || other.name == trip.name) continue;
        shift += 86'400;
        Radio radio{memory};
        for (std::size_t i = 0; i < other.readings.size(); ++i)
          radio.cell_distance(other.readings[i], other.at_s[i] + shift);
      }
      Radio radio{memory};
      detect::CellKey cell;
      double lat = 0, lon = 0;
      for (std::size_t i = 0; i < trip.readings.size(); ++i) {
        const auto& reading = trip.readings[i];
        ++reports;
        const auto where = memory.cells.locate(reading);
        const detect::CellKey serving{reading.mcc, reading.mnc, reading.tac, reading.cell};
        const bool moment = !(serving == cell) || detect::plane_distance_m(lat, lon, reading.lat, reading.lon) >=
                                                      detect::CellMap::learn_apart_m;
        if (where) {
          ++located;
          errors.push_back(detect::plane_distance_m(where->lat, where->lon, reading.lat, reading.lon));
          if (moment)
            for (const int metres : {1000, 2000, 3000, 5000, 10'000, 100'000})
              for (double bearing = 0; bearing < 360; bearing += 45) {
                const bench::Injection jump{trip.name, "jump", static_cast<double>(metres), 0, bearing};
                const auto moved = bench::injected(reading, trip.at_s[i], &jump);
                const double apart = detect::plane_distance_m(where->lat, where->lon, moved.lat, moved.lon);
                const double nats = memory.cells.distance_nats(*where, std::max(0.0, apart - 25));
                auto& row = found[metres];
                ++row[0];
                row[1] += nats >= 3;
                row[2] += nats >= 7;
              }
        }
        const float nats = radio.cell_distance(reading, trip.at_s[i]);
        if (!where) continue;
        seconds.add(nats);
        if (moment) {
          moments.add(nats);
          cell = serving;
          lat = reading.lat;
          lon = reading.lon;
        }
      }
    }
    seconds.print("seconds");
    moments.print("moments");
    std::ranges::sort(errors);
    fmt::print("  cells place {} of {} reports; their middle is off by {:.0f} m (median), {:.0f} m (99 %)\n", located,
               reports, errors[errors.size() / 2], errors[errors.size() * 99 / 100]);
    for (const auto& [metres, row] : found)
      fmt::print("  position false by {:>6} m: surprise of 3 nats {:.3f}, of 7 nats {:.3f}\n", metres,
                 static_cast<double>(row[1]) / row[0], static_cast<double>(row[2]) / row[0]);
  }
}
