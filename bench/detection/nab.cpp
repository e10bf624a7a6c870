// Numenta Anomaly Benchmark: writes OUT/<category>/<file>.csv with `anomaly_score` for each row, in [0, 1]:
// 1 − 10^−score/2, so that a score of 2.7 (one value in 500) is 0.955. Scored by a separate program.
//   bench_detection_nab DATA/nab OUT
// OUT/tuned.txt and OUT/unseen.txt name the half of the files that the parameters were tuned on, and the other.
#include <fmt/format.h>

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "bench/detection/table.h"
#include "detect/checks/numeric/channel.h"

namespace fs = std::filesystem;
using namespace outrider;

namespace {

// FNV-1a of the name; the half is a bit of it.
bool tuned_on(const std::string& name) {
  std::uint32_t hash = 2166136261U;
  for (const char letter : name) hash = (hash ^ static_cast<unsigned char>(letter)) * 16777619U;
  return (hash >> 16U & 1U) == 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) {
    fmt::print(stderr, "usage: {} DATA/nab OUT\n", words[0]);
    return 2;
  }
  const fs::path data = fs::path(words[1]) / "data", out = words[2];
  fs::create_directories(out);
  std::ofstream tuned(out / "tuned.txt"), unseen(out / "unseen.txt");
  std::size_t files = 0, values = 0;
  for (const auto& file : fs::recursive_directory_iterator(data)) {
    if (file.path().extension() != ".csv") continue;
    const bench::Table table = bench::read_table(file.path());
    const std::size_t at = table.column("timestamp"), value = table.column("value");
    const std::string name = fs::relative(file.path(), data).generic_string();
    (tuned_on(name) ? tuned : unseen) << name << '\n';
    const fs::path to = out / name;
    fs::create_directories(to.parent_path());
    std::ofstream result(to);
    result << "timestamp,value,anomaly_score\n";
    detect::ChannelState state{};
    for (std::size_t row = 0; row < table.rows.size(); ++row) {
      const double number = table.number(row, value);
      const auto found = detect::follow(state, bench::seconds_of(table.rows[row][at]), number);
      result << fmt::format("{},{},{:.6f}\n", table.rows[row][at], table.rows[row][value],
                            1 - std::pow(10, -static_cast<double>(found.score) / 2));
      ++values;
    }
    ++files;
  }
  fmt::print("{} values of {} files scored; a channel's state is {} bytes\n", values, files,
             sizeof(detect::ChannelState));
}
