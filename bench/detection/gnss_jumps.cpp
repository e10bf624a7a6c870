// False positions that jump: the drives of gnss_cells_qatar with the jumps that injections.csv lists, and clean.
//   bench_detection_gnss_jumps DATA
// Cells are known from the OpenCelliD extract; nothing else was learnt before a drive ("cold"), or the three other
// drives were, by other devices, the days before ("warm"). Found: false-position is a ticket (risk ≥ 7 nats) or a page
// (≥ 12 nats of two families). Time counts from the first false report.
#include <algorithm>

#include "bench/detection/qatar.h"

using namespace outrider;

namespace {

double median(std::vector<double> values) {
  if (values.empty()) return detect::absent;
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void report(const char* what, const std::vector<bench::Alarm>& alarms) {
  std::vector<double> tickets, pages;
  for (const auto& alarm : alarms) {
    if (detect::has(alarm.ticket_s)) tickets.push_back(alarm.ticket_s);
    if (detect::has(alarm.page_s)) pages.push_back(alarm.page_s);
  }
  const auto worst = [](const std::vector<double>& v) { return v.empty() ? detect::absent : std::ranges::max(v); };
  fmt::print(
      "  {:<10} found {:>2} of {:>2}, median {:>3.0f} s, worst {:>4.0f} s; paged {:>2}, median {:>3.0f} s, worst "
      "{:>4.0f} s\n",
      what, tickets.size(), alarms.size(), median(tickets), worst(tickets), pages.size(), median(pages), worst(pages));
}

// What a fleet has learnt before the drive.
detect::FleetMemory prepared(const detect::FleetMemory& seeded, const std::vector<bench::Trip>& trips,
                             const bench::Trip& without, bool warm) {
  detect::Engine engine;
  engine.memory() = seeded;
  double shift = -7 * 86'400.0;
  for (const auto& trip : trips)
    if (warm && trip.name != without.name) bench::drive(engine, trip, "other-" + trip.name, nullptr, shift += 86'400);
  return engine.memory();
}

bench::Alarm drive_in(const detect::FleetMemory& memory, const bench::Trip& trip, const bench::Injection* attack) {
  detect::Engine engine;
  engine.memory() = memory;
  return bench::drive(engine, trip, "car", attack);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const std::filesystem::path folder = std::filesystem::path(argv[1]) / "gnss_cells_qatar";
  const auto trips = bench::read_trips(folder);
  const auto injections = bench::read_injections(folder);
  detect::FleetMemory seeded;
  bench::seed_cells(folder, seeded.cells);
  for (const bool warm : {false, true}) {
    fmt::print("{}\n", warm ? "warm: the other drives were heard before" : "cold: the cell list alone");
    std::map<std::string, detect::FleetMemory> memories;
    for (const auto& trip : trips) memories[trip.name] = prepared(seeded, trips, trip, warm);
    double hours = 0;
    int tickets = 0, pages = 0;
    for (const auto& trip : trips) {
      const auto alarm = drive_in(memories[trip.name], trip, nullptr);
      hours += (trip.at_s.back() - trip.at_s.front()) / 3600;
      tickets += alarm.tickets;
      pages += alarm.pages;
    }
    fmt::print("  clean      {:.1f} h: {} pages, {} tickets\n", hours, pages, tickets);
    for (const double size : {1000, 2000, 3000, 5000, 10000}) {
      std::vector<bench::Alarm> alarms;
      for (const auto& injection : injections) {
        if (injection.kind != "jump" || injection.size != size) continue;
        const auto& trip = *std::ranges::find(trips, injection.trip, &bench::Trip::name);
        alarms.push_back(drive_in(memories[trip.name], trip, &injection));
      }
      report(fmt::format("{:.0f} km", size / 1000).c_str(), alarms);
    }
  }
}
