// Spoofed flights: u-blox fields of gnss_spoofing_drone, through the engine as reports of one device.
//   bench_detection_gnss_spoofing DATA
//
// Session and label coincide in this set: a flight is spoofed from its first to its last report, and spoofed flights
// are others than clean ones. Nothing is fitted to spoofed flights, and no flight is judged by itself: the device's
// usual figures are learnt from clean flights alone, by the product's own learning, and then
//   - every clean flight is judged after the other clean flights (leave one flight out), and, harder, after those of
//   the
//     other files alone (leave one file out), and
//   - every spoofed flight after all clean ones, and after those of the other two kinds of flight alone.
// Counted are reports (5 a second) at which the spoofing check itself stands at ticket level (7 nats), and flights with
// at least one such report.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"

using namespace outrider;

namespace {

constexpr double epoch_s = 1.7e9;

struct Flight {
  std::string file;
  bool spoofed = false;
  std::vector<double> at_s;
  std::vector<detect::Reading> readings;
};

double time_of_day(const std::string& text) {
  return 3600 * std::atof(text.substr(0, 2).c_str()) + 60 * std::atof(text.substr(3, 2).c_str()) +
         std::atof(text.substr(6).c_str());
}

// A file is several flights; time runs back or leaps between them.
void read(const std::filesystem::path& path, std::vector<Flight>& flights) {
  const auto table = bench::read_table(path);
  double last = -1;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto number = [&](const char* name) { return table.number(row, table.column(name)); };
    const double at = time_of_day(table.rows[row][0]);
    if (last < 0 || at < last || at > last + 5)
      flights.push_back({path.stem().string(), number("spoofed") == 1, {}, {}});
    last = at;
    detect::Reading reading;
    reading.lat = number("lat");
    reading.lon = number("lon");
    reading.alt = number("alt");
    reading.accuracy = number("eph");
    reading.vertical_accuracy = number("epv");
    reading.hdop = number("hdop");
    reading.satellites = number("satellites_used");
    reading.noise = number("noise_per_ms");
    reading.jamming = number("jamming_indicator");
    reading.speed_variance = number("s_variance_m_s");
    reading.speed = number("vel_m_s");
    reading.heading = number("cog_rad") * 57.29577951308232;
    flights.back().at_s.push_back(at);
    flights.back().readings.push_back(reading);
  }
}

struct Tally {
  std::size_t reports = 0, alarmed = 0, flights = 0, flights_alarmed = 0;
  double first_s = 0;  // slowest first alarm
  double share() const { return static_cast<double>(alarmed) / static_cast<double>(std::max<std::size_t>(reports, 1)); }
};

struct Drone {
  detect::Engine engine;
  std::uint32_t device = 0;
  double now_s = epoch_s;

  Drone() {
    detect::Contract contract;
    contract.profile = "drone";
    contract.transport = detect::Transport::air;
    contract.interval_s = 1;
    device = engine.add_device("drone", engine.add_contract(contract));
  }
  void fly(const Flight& flight, Tally& tally) {
    now_s += 3600;
    std::vector<detect::Finding> findings;
    bool any = false;
    for (std::size_t i = 0; i < flight.at_s.size(); ++i) {
      detect::Observation observation;
      observation.what = detect::What::report;
      observation.device = device;
      observation.entry = i + 1;
      observation.received_s = observation.measured_s = now_s + flight.at_s[i] - flight.at_s[0];
      observation.reading = flight.readings[i];
      findings.clear();
      engine.observe(observation, findings);
      const bool alarmed = engine.state(device).gnss.spoofing_nats >= engine.tuning().ticket_risk;
      ++tally.reports;
      tally.alarmed += alarmed;
      if (alarmed && !any) tally.first_s = std::max(tally.first_s, flight.at_s[i] - flight.at_s[0]);
      any = any || alarmed;
    }
    ++tally.flights;
    tally.flights_alarmed += any;
    now_s += flight.at_s.back() - flight.at_s[0];
  }
};

// "20m_dyn1" of "20m_dyn1_clean".
std::string kind_of(const Flight& flight) {
  return flight.file.substr(0, flight.file.rfind('_'));
}

template <class Learn>
Tally judge(const std::vector<Flight>& flights, const Flight& flight, Learn&& learn) {
  Drone drone;
  Tally ignored, tally;
  for (const Flight& other : flights)
    if (!other.spoofed && &other != &flight && learn(other)) drone.fly(other, ignored);
  drone.fly(flight, tally);
  return tally;
}

void add(Tally& all, const Tally& one) {
  all.reports += one.reports;
  all.alarmed += one.alarmed;
  all.flights += one.flights;
  all.flights_alarmed += one.flights_alarmed;
  all.first_s = std::max(all.first_s, one.first_s);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  std::vector<std::filesystem::path> paths;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(argv[1]) / "gnss_spoofing_drone"))
    if (file.path().extension() == ".csv") paths.push_back(file.path());
  std::ranges::sort(paths);
  std::vector<Flight> flights;
  for (const auto& path : paths) read(path, flights);
  for (const bool harder : {false, true}) {
    Tally clean, spoofed;
    std::map<std::string, Tally> files;
    for (const Flight& flight : flights) {
      const auto tally =
          judge(flights, flight, [&](const Flight& other) { return !harder || kind_of(other) != kind_of(flight); });
      add(flight.spoofed ? spoofed : clean, tally);
      add(files[flight.file], tally);
    }
    fmt::print("learnt from {}\n", harder ? "clean flights of the other two kinds" : "all other clean flights");
    for (const auto& [file, tally] : files)
      fmt::print("  {:<18} {:>4} of {:>4} reports alarmed, {} of {} flights\n", file, tally.alarmed, tally.reports,
                 tally.flights_alarmed, tally.flights);
    fmt::print(
        "  reports: recall {:.4f}, false alarms {:.4f}; flights: {} of {} spoofed found (slowest after {:.1f} s), {} "
        "of {} clean alarmed\n",
        spoofed.share(), clean.share(), spoofed.flights_alarmed, spoofed.flights, spoofed.first_s,
        clean.flights_alarmed, clean.flights);
  }
}
