// A simulated week against all of detection:
//
//   bench_detection_week [--devices N] [--days D] [--seed N] [--interval 15m] [--profiles DIR] [--misses]
//
// Reefers, dry containers, trackers and field sensors on the simulator's roads, in its weather and under its cells;
// seventeen kinds of attack, each on devices of its own, and what only looks like one. The entries go into
// detect::Detector as the live reader would feed them. Says for each threat what was injected and found, what was paged
// and whether rightly. Ends with 1 when something that is asked was not reached. Nothing here knows a parameter of
// detection.
#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <string_view>

#include "bench/detection/week/week.h"

namespace {

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || !(value > 0)) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit.empty() || unit == "s") return value;
  if (unit == "m") return value * 60;
  if (unit == "h") return value * 3600;
  return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
  outrider::bench::Question question;
  bool misses = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--misses") {
      misses = true;
      continue;
    }
    const std::string_view text = i + 1 < argc ? argv[++i] : "";
    const auto value = number(text);
    if (option == "--profiles" && !text.empty()) {
      question.profiles = text;
    } else if (value && option == "--devices" && *value >= 200) {
      question.devices = static_cast<std::size_t>(*value);
    } else if (value && option == "--days" && *value >= 2) {
      question.days = *value;
    } else if (value && option == "--seed") {
      question.seed = static_cast<std::uint64_t>(*value);
    } else if (value && option == "--interval" && *value >= 60) {
      question.interval_s = *value;
    } else {
      fmt::print(stderr,
                 "usage: bench_detection_week [--devices N (200 or more)] [--days D (2 or more)] [--seed N] "
                 "[--interval 15m] [--profiles DIR] [--misses]\n");
      return 2;
    }
  }
  outrider::bench::Week week(question);
  week.run();
  fmt::print("{} devices, {} days, a report every {:.0f} s, seed {}: {} entries\n\n", question.devices, question.days,
             question.interval_s, question.seed, week.entries());
  const bool reached = week.score().print(question.devices, question.days);
  fmt::print("detection: {:.0f} entries a second of CPU, {:.0f} s in all\n",
             static_cast<double>(week.entries()) / week.detecting_s(), week.detecting_s());
  if (misses) week.score().list_misses();
  return reached ? 0 : 1;
}
