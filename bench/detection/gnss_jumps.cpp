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

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const bench::QatarData data(argv[1]);
  for (const bool warm : {false, true}) {
    bench::print_mode(warm);
    double hours = 0;
    int tickets = 0, pages = 0;
    std::map<double, std::vector<bench::Alarm>> alarms;  // by metres
    for (const auto& trip : data.trips) {
      const auto memory = data.prepared(trip, warm);
      const auto clean = bench::drive_in(memory, trip, nullptr);
      hours += (trip.at_s.back() - trip.at_s.front()) / 3600;
      tickets += clean.tickets;
      pages += clean.pages;
      for (const auto& injection : data.injections)
        if (injection.trip == trip.name && injection.kind == "jump")
          alarms[injection.size].push_back(bench::drive_in(memory, trip, &injection));
    }
    fmt::print("  clean      {:.1f} h: {} pages, {} tickets\n", hours, pages, tickets);
    for (const auto& [size, all] : alarms) report(fmt::format("{:.0f} km", size / 1000).c_str(), all);
  }
}
