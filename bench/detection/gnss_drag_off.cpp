// False positions that drift: the drives of gnss_cells_qatar with the drifts that injections.csv lists and, because
// those are few, with one every minute in eight directions. The drives report neither speed nor heading, so cells are
// all there is to go by.
//   bench_detection_gnss_drag_off DATA
// Cells are known from the OpenCelliD extract ("cold"), or the three other drives were heard before ("warm"). Found:
// false-position is a ticket (risk ≥ 7 nats) or a page (≥ 12 nats of two families) within 300 s.
#include <algorithm>

#include "bench/detection/qatar.h"

using namespace outrider;

namespace {

constexpr double within_s = 300;

struct Score {
  int all = 0, found = 0, paged = 0, before = 0;
  std::vector<double> after;

  void add(const bench::Alarm& alarm) {
    ++all;
    before += alarm.early_tickets + alarm.early_pages > 0;
    if (alarm.ticket_s <= within_s) {
      ++found;
      after.push_back(alarm.ticket_s);
    }
    paged += alarm.page_s <= within_s;
  }
  void print(const std::string& what) {
    std::ranges::sort(after);
    fmt::print("  {:<18} found within {:.0f} s: {} of {} ({:.3f}), median {:.0f} s; paged {}; {} had a ticket before\n",
               what, within_s, found, all, static_cast<double>(found) / std::max(1, all),
               after.empty() ? detect::absent : after[after.size() / 2], paged, before);
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return fmt::print(stderr, "usage: {} DATA\n", argv[0]), 2;
  const bench::QatarData data(argv[1]);
  for (const bool warm : {false, true}) {
    bench::print_mode(warm);
    std::map<double, Score> listed;
    std::map<std::string, Score> grid;
    int pages = 0, tickets = 0;
    for (const auto& trip : data.trips) {
      const auto memory = data.prepared(trip, warm);
      const auto clean = bench::drive_in(memory, trip, nullptr);
      pages += clean.pages;
      tickets += clean.tickets;
      for (const auto& injection : data.injections)
        if (injection.trip == trip.name && injection.kind == "drift")
          listed[injection.size].add(bench::drive_in(memory, trip, &injection));
      // Later ones would have less than the time allowed.
      const double last_s = trip.at_s.back() - bench::epoch_s - within_s;
      for (double start = 30; start < last_s; start += 60)
        for (double bearing = 0; bearing < 360; bearing += 45) {
          const bench::Injection injection{trip.name, "drift", 10, start, bearing};
          grid[trip.name].add(bench::drive_in(memory, trip, &injection));
        }
    }
    fmt::print("  clean              {} pages, {} tickets\n", pages, tickets);
    for (auto& [size, score] : listed) score.print(fmt::format("listed, {:.0f} m/s", size));
    for (auto& [name, score] : grid) score.print("10 m/s " + name);
  }
}
