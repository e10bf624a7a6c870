#pragma once
// The drives of gnss_cells_qatar as a device's reports, with what its attacker does to them.
#include <fmt/format.h>

#include <map>
#include <string>
#include <vector>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"
#include "detect/geo/geo.h"

namespace outrider::bench {

inline constexpr double epoch_s = 1.7e9;

struct Trip {
  std::string name;
  std::vector<double> at_s;
  std::vector<detect::Reading> readings;
};

struct Injection {
  std::string trip, kind;  // jump: metres at once; drift: metres a second
  double size = 0, start_s = 0, bearing_deg = 0;
};

inline detect::CellKey cell_of(const Table& table, std::size_t row, std::size_t mcc) {
  return {static_cast<std::uint16_t>(table.number(row, mcc)), static_cast<std::uint16_t>(table.number(row, mcc + 1)),
          static_cast<std::uint32_t>(table.number(row, mcc + 2)),
          static_cast<std::uint64_t>(table.number(row, mcc + 3))};
}

// One report a second: the registered cell serves, the others are visible.
inline Trip read_trip(const std::filesystem::path& folder, const std::string& name) {
  const Table table = read_table(folder / (name + ".csv"));
  Trip trip{name, {}, {}};
  const std::size_t mcc = table.column("mcc");
  std::size_t visible = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const double at = epoch_s + table.number(row, 0);
    if (trip.at_s.empty() || trip.at_s.back() != at) {
      trip.at_s.push_back(at);
      trip.readings.emplace_back();
      trip.readings.back().lat = table.number(row, 1);
      trip.readings.back().lon = table.number(row, 2);
      trip.readings.back().rat = detect::Radio::gsm;
      visible = 0;
    }
    auto& reading = trip.readings.back();
    const detect::CellKey cell = cell_of(table, row, mcc);
    if (table.number(row, table.column("serving")) == 1) {
      reading.mcc = cell.mcc;
      reading.mnc = cell.mnc;
      reading.tac = cell.area;
      reading.cell = cell.cell;
    } else if (visible < detect::visible_max && std::ranges::find(reading.visible, cell) == std::end(reading.visible)) {
      reading.visible[visible++] = cell;
    }
  }
  return trip;
}

inline std::vector<Trip> read_trips(const std::filesystem::path& folder) {
  std::vector<Trip> trips;
  for (const char* name : {"duhail-8", "home-ceid", "trace1", "trace3"}) trips.push_back(read_trip(folder, name));
  return trips;
}

inline std::vector<Injection> read_injections(const std::filesystem::path& folder) {
  const Table table = read_table(folder / "injections.csv");
  std::vector<Injection> all;
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    all.push_back(
        {table.rows[row][0], table.rows[row][1], table.number(row, 2), table.number(row, 3), table.number(row, 4)});
  return all;
}

inline void seed_cells(const std::filesystem::path& folder, detect::CellMap& map) {
  const Table table = read_table(folder / "cell_database.csv");
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::string& radio = table.rows[row][0];
    const auto rat = radio == "GSM"    ? detect::Radio::gsm
                     : radio == "UMTS" ? detect::Radio::umts
                     : radio == "LTE"  ? detect::Radio::lte
                                       : detect::Radio::unknown;
    map.seed(cell_of(table, row, 1), rat, table.number(row, 5), table.number(row, 6), table.number(row, 7),
             static_cast<std::uint32_t>(table.number(row, 8)), epoch_s);
  }
}

inline detect::Reading injected(detect::Reading reading, double at_s, const Injection* attack) {
  if (attack == nullptr || at_s < epoch_s + attack->start_s) return reading;
  const double lasted = at_s - epoch_s - attack->start_s;
  const double metres = attack->kind == "jump" ? attack->size : attack->size * lasted;
  const double bearing = attack->bearing_deg * 0.017453292519943295;
  const auto place =
      detect::moved({reading.lat, reading.lon}, {metres * std::sin(bearing), metres * std::cos(bearing)});
  reading.lat = place.lat;
  reading.lon = place.lon;
  return reading;
}

// When a false position was first a ticket and a page, seconds since the attack (or since the trip began); NaN: never.
struct Alarm {
  double ticket_s = detect::absent, page_s = detect::absent;
  int early_tickets = 0, early_pages = 0;  // before the attack
  int tickets = 0, pages = 0;              // all findings of any threat
};

inline Alarm drive(detect::Engine& engine, const Trip& trip, const std::string& device, const Injection* attack,
                   double shift_s = 0) {
  detect::Contract contract;
  contract.profile = "car";
  contract.interval_s = 1;
  const std::uint32_t index = engine.add_device(device, engine.add_contract(contract));
  const double start = epoch_s + (attack == nullptr ? 0 : attack->start_s);
  Alarm alarm;
  std::vector<detect::Finding> findings;
  for (std::size_t i = 0; i < trip.at_s.size(); ++i) {
    detect::Observation observation;
    observation.what = detect::What::report;
    observation.device = index;
    observation.entry = i + 1;
    observation.received_s = observation.measured_s = trip.at_s[i] + shift_s;
    observation.reading = injected(trip.readings[i], trip.at_s[i], attack);
    findings.clear();
    engine.observe(observation, findings);
    for (const detect::Finding& finding : findings) {
      const bool page = finding.level == detect::Level::page;
      ++(page ? alarm.pages : alarm.tickets);
      if (finding.threat != detect::Threat::false_position) continue;
      if (trip.at_s[i] < start) {
        ++(page ? alarm.early_pages : alarm.early_tickets);
        continue;
      }
      const double after = trip.at_s[i] - start;
      if (!detect::has(alarm.ticket_s)) alarm.ticket_s = after;
      if (page && !detect::has(alarm.page_s)) alarm.page_s = after;
    }
  }
  return alarm;
}

inline Alarm drive_in(const detect::FleetMemory& memory, const Trip& trip, const Injection* attack) {
  detect::Engine engine;
  engine.memory() = memory;
  return drive(engine, trip, "car", attack);
}

struct QatarData {
  std::vector<Trip> trips;
  std::vector<Injection> injections;
  detect::FleetMemory seeded;  // the cell list

  explicit QatarData(const std::filesystem::path& data) {
    const auto folder = data / "gnss_cells_qatar";
    trips = read_trips(folder);
    injections = read_injections(folder);
    seed_cells(folder, seeded.cells);
  }
  // What a fleet has learnt before the drive `without`: the list ("cold"), and the other drives, by other devices, the
  // days before ("warm").
  detect::FleetMemory prepared(const Trip& without, bool warm) const {
    detect::Engine engine;
    engine.memory() = seeded;
    double shift = -7 * 86'400.0;
    for (const auto& trip : trips)
      if (warm && trip.name != without.name) drive(engine, trip, "other-" + trip.name, nullptr, shift += 86'400);
    return engine.memory();
  }
};

inline void print_mode(bool warm) {
  fmt::print("{}\n", warm ? "warm: the other drives were heard before" : "cold: the cell list alone");
}

}  // namespace outrider::bench
