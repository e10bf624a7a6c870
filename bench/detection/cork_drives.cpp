// 45,000 seconds of an honest 4G and 5G phone, driving and standing around Cork: what do the checks of cells say?
//   bench_detection_cork_drives DATA [each]
// Two phones (operators A and B), one fleet, recordings in the order of time, everything through the engine. Nothing
// was wrong, so every page and ticket is a false one. A reading without a strongest neighbour counts as "no
// neighbours"; what the recordings do not have (cipher, identity requests, physical cell ids) is not reported.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"

using namespace outrider;

namespace {

detect::Radio radio_of(const std::string& word) {
  if (word == "LTE") return detect::Radio::lte;
  if (word == "5G") return detect::Radio::nr;
  return word == "-" ? detect::Radio::unknown : detect::Radio::umts;  // HSPA+, HSUPA, HSDPA, UMTS
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA [each]\n", argv[0]), 2;
  std::vector<std::filesystem::path> files;
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(argv[1]) / "cell_drives_cork"))
    files.push_back(file.path());
  // By the time in the name: drive_20191121_143325.csv.
  std::ranges::sort(files, {}, [](const auto& path) {
    const std::string name = path.stem().string();
    return name.substr(name.find('_') + 1);
  });
  detect::Engine engine;
  detect::Contract contract;
  contract.profile = "phone";
  contract.interval_s = 1;
  const auto profile = engine.add_contract(contract);
  std::map<std::string, int> tickets, pages;
  std::map<std::string, std::map<int, int>> surprises;  // check: nats, how often
  std::vector<detect::Finding> findings;
  std::uint64_t entry = 0;
  std::size_t reports = 0;
  for (const auto& file : files) {
    const bench::Table table = bench::read_table(file);
    const auto rows = table.rows.size();
    for (std::size_t row = 0; row < rows; ++row) {
      const auto& cells = table.rows[row];
      detect::Observation observation{.what = detect::What::report};
      observation.device = engine.add_device("phone-" + cells[table.column("operator")], profile);
      observation.entry = ++entry;
      observation.received_s = observation.measured_s = bench::seconds_of(cells[0]);
      auto& reading = observation.reading;
      reading.lat = table.number(row, table.column("lat"));
      reading.lon = table.number(row, table.column("lon"));
      reading.speed = table.number(row, table.column("speed_kmh")) / 3.6;
      reading.rat = radio_of(cells[table.column("rat")]);
      reading.mcc = 272;
      reading.mnc = cells[table.column("operator")] == "A" ? 1 : 2;
      reading.tac = static_cast<std::uint32_t>(std::strtoul(cells[table.column("lac_hex")].c_str(), nullptr, 16));
      reading.cell = std::strtoull(cells[table.column("cell_id")].c_str(), nullptr, 10);
      reading.rsrp = table.number(row, table.column("rsrp"));
      if (reading.rat == detect::Radio::umts) std::swap(reading.rsrp, reading.rssi);
      reading.neighbour_rsrp = table.number(row, table.column("neighbour_rsrp"));
      reading.neighbours = detect::has(reading.neighbour_rsrp) ? 1 : 0;
      findings.clear();
      engine.observe(observation, findings);
      ++reports;
      for (const auto& finding : findings) {
        auto& counts = finding.level == detect::Level::page ? pages : tickets;
        ++counts[std::string(detect::info(finding.threat).slug)];
        if (argc > 2) {  // any second argument: one line a finding
          fmt::print("{} line {}: {} {:.1f} nats\n", file.stem().string(), row + 2,
                     finding.level == detect::Level::page ? "page" : "ticket", finding.risk);
          for (std::size_t i = 0; i < finding.families; ++i)
            if (const auto* about = detect::info(finding.evidence[i].check))
              fmt::print("    {} {:.1f}: {}\n", about->slug, finding.evidence[i].nats,
                         about->explain(finding.evidence[i]));
        }
        for (std::size_t i = 0; i < finding.families; ++i)
          if (const auto* about = detect::info(finding.evidence[i].check))
            ++surprises[std::string(about->slug)][static_cast<int>(finding.evidence[i].nats)];
      }
    }
  }
  fmt::print("{} reports, {} cells learnt in {} squares\n", reports, engine.memory().cells.cells().size(),
             engine.memory().cells.squares.all().size());
  fmt::print("pages: {}\n", pages.empty() ? "none" : "");
  for (const auto& [threat, count] : pages) fmt::print("  {:<20} {}\n", threat, count);
  fmt::print("tickets: {}\n", tickets.empty() ? "none" : "");
  for (const auto& [threat, count] : tickets) fmt::print("  {:<20} {}\n", threat, count);
  for (const auto& [check, by] : surprises)
    for (const auto& [nats, count] : by) fmt::print("    {:<20} {:>3} nats: {}\n", check, nats, count);
  return pages.contains("rogue-base-station") ? 1 : 0;
}
