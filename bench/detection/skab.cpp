// Skoltech Anomaly Benchmark: eight channels of a water loop, each with its numeric detector; the loop speaks when any
// of them does. An event is a stretch of rows labelled anomalous; it is found when a row in it, or within a minute
// after its beginning, reaches the threshold: 3 as everywhere, plus log10 8 because eight may speak.
//   bench_detection_skab DATA/skab [THRESHOLD]
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>

#include "bench/detection/table.h"
#include "detect/checks/numeric/channel.h"

namespace fs = std::filesystem;
using namespace outrider;

namespace {

constexpr std::array channels{"Accelerometer1RMS", "Accelerometer2RMS", "Current", "Pressure",
                              "Temperature",       "Thermocouple",      "Voltage", "Volume Flow RateRMS"};

struct Tally {
  int events = 0, found = 0;
  int alarms = 0, false_alarms = 0;
  int rows = 0, odd_rows = 0;
  double delay = 0;
};

std::vector<float> scores(const bench::Table& table) {
  std::array<detect::ChannelState, channels.size()> states{};
  std::array<std::size_t, channels.size()> columns{};
  for (std::size_t i = 0; i < channels.size(); ++i) columns[i] = table.column(channels[i]);
  const std::size_t at = table.column("datetime");
  std::vector<float> all;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    float most = 0;
    for (std::size_t i = 0; i < channels.size(); ++i)
      most = std::max(
          most, detect::follow(states[i], bench::seconds_of(table.rows[row][at]), table.number(row, columns[i])).score);
    all.push_back(most);
  }
  return all;
}

void judge(const bench::Table& table, float threshold, Tally& tally) {
  const auto found = scores(table);
  const std::size_t label = table.column("anomaly");
  bool inside = false, caught = false;
  std::size_t began = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const bool odd = table.number(row, label) > 0;
    if (odd && !inside) {
      ++tally.events;
      began = row;
      caught = false;
    }
    inside = odd;
    ++tally.rows;
    tally.odd_rows += odd ? 1 : 0;
    if (found[row] < threshold) continue;
    ++tally.alarms;
    const bool near = odd || (tally.events > 0 && began > 0 && row < began + 60);
    if (!near) ++tally.false_alarms;
    if (near && !caught) {
      caught = true;
      ++tally.found;
      tally.delay += static_cast<double>(row - began);
    }
  }
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    fmt::print(stderr, "usage: {} DATA/skab [THRESHOLD]\n", words[0]);
    return 2;
  }
  const float threshold = count > 2 ? std::strtof(words[2], nullptr) : 3.9F;
  Tally tally;
  for (const auto& file : fs::recursive_directory_iterator(words[1]))
    if (file.path().extension() == ".csv") judge(bench::read_table(file.path()), threshold, tally);
  const double recall = tally.events > 0 ? static_cast<double>(tally.found) / tally.events : 0;
  const int right = tally.alarms - tally.false_alarms;
  const double precision = tally.alarms > 0 ? static_cast<double>(right) / tally.alarms : 0;
  fmt::print("threshold {:.1f}: {} of {} events found (recall {:.2f}), mean after {:.0f} s\n", threshold, tally.found,
             tally.events, recall, tally.found > 0 ? tally.delay / tally.found : 0);
  fmt::print("alarms {}, of them false {} (precision {:.2f}); {:.2f} false in 1,000 clean rows; F1 of events {:.2f}\n",
             tally.alarms, tally.false_alarms, precision,
             1000.0 * tally.false_alarms / std::max(tally.rows - tally.odd_rows, 1),
             recall + precision > 0 ? 2 * recall * precision / (recall + precision) : 0);
}
