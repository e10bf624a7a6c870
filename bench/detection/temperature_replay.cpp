// Frozen, replayed and offset temperatures: clean series of real sensors (SKAB: a water loop's thermometer and
// thermocouple at 1 Hz; NAB: temperature files where the folder has them) with injected attacks, through the engine.
//   bench_detection_temperature_replay DATA [SEED]
// An attack is found when sensor manipulation is a ticket or a page while it lasts; a false alarm is one at any clean
// value, anywhere. Injections: one an episode of the series, at seeded places after a third of it has gone by.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <random>
#include <set>

#include "bench/detection/table.h"
#include "detect/engine/engine.h"

namespace fs = std::filesystem;
using namespace outrider;

namespace {

struct Series {
  std::string name, sensor;
  std::vector<double> at_s, value;
};

std::vector<Series> clean_series(const fs::path& data, double resolution) {
  std::vector<Series> all;
  for (const auto& file : fs::recursive_directory_iterator(data / "skab")) {
    if (file.path().extension() != ".csv") continue;
    const bench::Table table = bench::read_table(file.path());
    for (const std::string name : {"Temperature", "Thermocouple"}) {
      Series series{file.path().parent_path().filename() / file.path().filename().string() / name, name, {}, {}};
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        const double value = table.number(row, table.column(name));
        // A minute a value: boxes do not report every second, and no check looks at the rate.
        series.at_s.push_back(1.6e9 + 60.0 * static_cast<double>(row));
        series.value.push_back(value);
      }
      all.push_back(std::move(series));
    }
  }
  for (const auto& file : fs::recursive_directory_iterator(data / "nab" / "data")) {
    if (file.path().filename().string().find("temperature") == std::string::npos) continue;
    const bench::Table table = bench::read_table(file.path());
    Series series{file.path().filename(), file.path().stem(), {}, {}};
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      series.at_s.push_back(bench::seconds_of(table.rows[row][0]));
      series.value.push_back(table.number(row, 1));
    }
    all.push_back(std::move(series));
  }
  std::ranges::sort(all, {}, &Series::name);
  if (resolution > 0)
    for (Series& series : all)
      for (double& value : series.value) value = std::round(value / resolution) * resolution;
  return all;
}

enum class Attack { none, freeze, replay, offset };

struct Outcome {
  bool found = false;
  std::size_t after = 0;  // values until then
  std::size_t false_alarms = 0;
};

// One device that reports the series; from `from` on, for `length` values, as the attacker wants.
Outcome run(const Series& series, Attack attack, std::size_t from, std::size_t length, std::size_t source,
            double offset) {
  detect::Engine engine;
  detect::Contract contract;
  contract.profile = "sensor";
  contract.interval_s = 60;
  const std::uint32_t device = engine.add_device("t", engine.add_contract(contract));
  std::vector<detect::Finding> findings;
  Outcome outcome;
  for (std::size_t i = 0; i < series.value.size(); ++i) {
    double value = series.value[i];
    const bool attacked = attack != Attack::none && i >= from && i < from + length;
    if (attacked && attack == Attack::freeze) value = series.value[from - 1];
    if (attacked && attack == Attack::replay) value = series.value[source + i - from];
    if (attacked && attack == Attack::offset) value += offset;
    detect::Observation observation;
    observation.what = detect::What::report;
    observation.device = device;
    observation.entry = i + 1;
    observation.received_s = observation.measured_s = series.at_s[i];
    observation.reading.temperature = value;
    findings.clear();
    engine.observe(observation, findings);
    for (const detect::Finding& finding : findings) {
      if (finding.threat != detect::Threat::sensor_manipulation || finding.level == detect::Level::none) continue;
      if (attacked && !outcome.found) {
        outcome.found = true;
        outcome.after = i - from + 1;
      }
      if (i < from || attack == Attack::none) ++outcome.false_alarms;
    }
  }
  return outcome;
}

struct Interval {
  double low, high;
};

// Wilson's score interval, 95 %.
Interval wilson(double hits, double all) {
  if (all == 0) return {0, 1};
  constexpr double z = 1.96;
  const double p = hits / all, centre = p + z * z / (2 * all), scale = 1 + z * z / all;
  const double half = z * std::sqrt(p * (1 - p) / all + z * z / (4 * all * all));
  return {(centre - half) / scale, (centre + half) / scale};
}

void measure(const std::vector<Series>& all, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::size_t bound) {
    return static_cast<std::size_t>(random() % std::max<std::size_t>(bound, 1));
  };

  std::size_t clean = 0, false_alarms = 0;
  for (const Series& series : all) {
    const Outcome outcome = run(series, Attack::none, series.value.size(), 0, 0, 0);
    clean += series.value.size();
    false_alarms += outcome.false_alarms;
    if (outcome.false_alarms > 0) fmt::print("  false alarms in {}: {}\n", series.name, outcome.false_alarms);
  }
  fmt::print("clean: {} values of {} series, {} false alarms ({:.2f} in 10,000; 95 %: below {:.2f})\n", clean,
             all.size(), false_alarms, 1e4 * static_cast<double>(false_alarms) / static_cast<double>(clean),
             1e4 * wilson(static_cast<double>(false_alarms), static_cast<double>(clean)).high);

  struct Kind {
    const char* name;
    Attack attack;
    std::size_t length;
  };
  for (const Kind kind :
       {Kind{"frozen, 30 values", Attack::freeze, 30}, Kind{"frozen, 60 values", Attack::freeze, 60},
        Kind{"replayed, 40 values", Attack::replay, 40}, Kind{"replayed, 80 values", Attack::replay, 80},
        Kind{"offset by 3 degrees", Attack::offset, 60}}) {
    std::size_t tried = 0, found = 0;
    std::vector<std::size_t> after;
    for (const Series& series : all)
      for (int round = 0; round < 10; ++round) {
        const std::size_t size = series.value.size(), third = size / 3;
        const std::size_t from = third + below(size - third - kind.length);
        const std::size_t source = below(from - kind.length);
        const Outcome outcome = run(series, kind.attack, from, kind.length, source, 3);
        ++tried;
        if (!outcome.found) continue;
        ++found;
        after.push_back(outcome.after);
      }
    std::ranges::sort(after);
    const Interval interval = wilson(static_cast<double>(found), static_cast<double>(tried));
    fmt::print("{:22} {:4} of {:4} found: recall {:.3f} (95 %: {:.3f} to {:.3f}), median after {} values\n", kind.name,
               found, tried, static_cast<double>(found) / static_cast<double>(tried), interval.low, interval.high,
               after.empty() ? 0 : after[after.size() / 2]);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: {} DATA [SEED]\n", words[0]);
    return 2;
  }
  const std::uint64_t seed = count > 2 ? std::stoull(words[2]) : 1;
  for (const double resolution : {0.0, 0.01, 0.1}) {
    const auto all = clean_series(words[1], resolution);
    std::set<std::string> sensors;
    for (const Series& series : all) sensors.insert(series.sensor);
    for (const std::string& sensor : sensors) {
      std::vector<Series> of;
      std::ranges::copy_if(all, std::back_inserter(of), [&](const Series& series) { return series.sensor == sensor; });
      fmt::print("{}, {}\n", sensor, resolution > 0 ? fmt::format("rounded to {} degrees", resolution) : "as recorded");
      measure(of, seed);
    }
  }
}
