// Jamming: the phone of gnss_jamming_phone in a field test, as a device that reports once a second.
//   bench_detection_gnss_jamming DATA
// Its one gain is GPS's, its C/N0 the mean over constellations. Found: GNSS jamming is a ticket (risk ≥ 7 nats) within
// 5 s of where the data's author labelled the beginning of a burst, or in the minute before it (power rises before
// anybody notices); what is found elsewhere counts as a false alarm. One recording, two bursts: no statistics.
#include <fmt/format.h>

#include <algorithm>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"

using namespace outrider;

namespace {

constexpr double epoch_s = 1.7e9, within_s = 5, before_s = 60;

struct Moment {
  double at_s = 0;
  bool jammed = false;
  detect::Reading reading;
};

std::vector<Moment> read(const std::filesystem::path& path) {
  const auto table = bench::read_table(path);
  std::vector<Moment> moments;
  double sum = 0, count = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto number = [&](const char* name) { return table.number(row, table.column(name)); };
    if (moments.empty() || moments.back().at_s != number("t_s")) {
      moments.emplace_back();
      sum = count = 0;
    }
    Moment& moment = moments.back();
    moment.at_s = number("t_s");
    moment.jammed = number("jammed") == 1;
    auto& reading = moment.reading;
    reading.lat = number("lat");
    reading.lon = number("lon");
    reading.alt = number("height_m");
    reading.satellites = number("satellites_used");
    if (table.rows[row][table.column("constellation")] == "GPS") reading.agc = number("agc_db");
    sum += number("cn0_dbhz");
    reading.cn0 = sum / ++count;
  }
  return moments;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const auto moments = read(std::filesystem::path(argv[1]) / "gnss_jamming_phone" / "jammertest2024.csv");
  std::vector<double> begins, ends;
  for (std::size_t i = 1; i < moments.size(); ++i) {
    if (moments[i].jammed && !moments[i - 1].jammed) begins.push_back(moments[i].at_s);
    if (!moments[i].jammed && moments[i - 1].jammed) ends.push_back(moments[i].at_s);
  }
  detect::Engine engine;
  detect::Contract contract;
  contract.profile = "phone";
  contract.interval_s = 1;
  const auto device = engine.add_device("phone", engine.add_contract(contract));
  std::vector<detect::Finding> findings;
  std::size_t burst = 0, alarmed_clean = 0, clean = 0, jammed = 0, alarmed_jammed = 0;
  std::vector<double> first(begins.size(), detect::absent);
  int other = 0, pages = 0;
  bool alarm = false;
  for (const Moment& moment : moments) {
    detect::Observation observation;
    observation.what = detect::What::report;
    observation.device = device;
    observation.entry = 1 + static_cast<std::uint64_t>(moment.at_s * 10);
    observation.received_s = observation.measured_s = epoch_s + moment.at_s;
    observation.reading = moment.reading;
    findings.clear();
    engine.observe(observation, findings);
    while (burst < begins.size() && moment.at_s > ends[burst]) ++burst;
    // Whether the check itself is alarmed at this moment: risk decays over minutes and would hide the second burst.
    const bool now = engine.state(device).gnss.jamming_nats >= engine.tuning().ticket_risk;
    ++(moment.jammed ? jammed : clean);
    if (now) ++(moment.jammed ? alarmed_jammed : alarmed_clean);
    if (now && !alarm) {
      const bool near = burst < begins.size() && moment.at_s >= begins[burst] - before_s;
      fmt::print("alarm begins {:.1f} s ({})\n", moment.at_s,
                 moment.jammed ? "labelled"
                 : near        ? "before the label"
                               : "outside");
      if (near && !detect::has(first[burst])) first[burst] = moment.at_s;
    }
    if (alarm && !now) fmt::print("alarm ends   {:.1f} s\n", moment.at_s);
    alarm = now;
    for (const auto& finding : findings) {
      pages += finding.level == detect::Level::page;
      other += finding.threat != detect::Threat::gnss_jamming;
      const auto& strongest = finding.evidence[0];
      fmt::print("  {:.1f} s: {} {} {:.1f}: {}\n", moment.at_s, detect::info(finding.threat).slug,
                 finding.level == detect::Level::page ? "page" : "ticket", finding.risk,
                 detect::info(strongest.check)->explain(strongest));
    }
  }
  for (std::size_t i = 0; i < begins.size(); ++i)
    fmt::print("burst labelled {:.1f} to {:.1f} s: {} ({:+.1f} s)\n", begins[i], ends[i],
               first[i] <= begins[i] + within_s ? "found in time" : "NOT found in time", first[i] - begins[i]);
  fmt::print("seconds alarmed: {} of {} labelled, {} of {} others; {} pages, {} findings of other threats\n",
             alarmed_jammed, jammed, alarmed_clean, clean, pages, other);
}
