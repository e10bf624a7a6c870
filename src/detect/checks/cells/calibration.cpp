#include "detect/checks/cells/calibration.h"

#include <algorithm>
#include <cmath>

namespace outrider::detect {
namespace {

std::size_t class_of(std::size_t cells) {
  return cells >= 4 ? 2 : cells >= 2 ? 1 : 0;
}

std::size_t bin_of(double ratio) {
  if (!(ratio > 0.25)) return 0;
  return std::min(Calibration::bins - 1, static_cast<std::size_t>(std::log2(ratio * 4) * 4));
}

// Before anything is known: distances fall off with the fourth power, and once in some thousand times the record is
// simply wrong (a cell that was moved, or a number used again elsewhere), which several cells at once are not.
double prior(std::size_t cells, double ratio) {
  static constexpr std::array<double, Calibration::classes> wrong{5e-4, 1e-4, 2e-5};
  const double near = 1.5 / std::max(ratio, 1.5);
  return std::min(1.0, near * near * near * near + wrong[class_of(cells)]);
}
constexpr double prior_weight = 30;
// Nobody can know an edge from having seen nothing beyond it: from whatever was counted on, the tail falls off no
// faster than by the fourth power. Shadowing of 8 dB where power falls with the distance to the 3.5 (3GPP TR 38.901)
// makes a distance log-normal with 0.5, whose tail has that slope at two deviations.
constexpr std::size_t falls_from = 8;  // ratio 1
constexpr auto edges = [] {
  std::array<double, Calibration::bins> all{};
  double edge = 0.25;
  for (auto& each : all) {
    each = edge;
    edge *= 1.189207115002721;  // 2^(1/4)
  }
  return all;
}();
constexpr double nobody_surprised = 1.5;      // whatever was counted; and nearly every report ends here
constexpr std::uint32_t total_max = 200'000;  // then everything counts half, so that the fleet may change

}  // namespace

void Calibration::add(std::size_t cells, double ratio) {
  auto& row = counts[class_of(cells)];
  ++row[bin_of(ratio)];
  std::uint64_t total = 0;
  for (const auto count : row) total += count;
  if (total > total_max)
    for (auto& count : row) count /= 2;
}

double Calibration::tail(std::size_t cells, double ratio) const {
  if (!(ratio > nobody_surprised)) return 1;
  const auto& row = counts[class_of(cells)];
  const auto bin = bin_of(ratio);
  double total = prior_weight;
  for (const auto count : row) total += count;
  double beyond = 0, likeliest = 0;
  for (std::size_t i = bins; i-- > falls_from;) {
    beyond += row[i];
    if (i > bin) continue;
    const double edge = i == bin ? ratio : edges[i];
    const double falls = edge / ratio;
    likeliest =
        std::max(likeliest, (beyond + prior_weight * prior(cells, edge)) / total * falls * falls * falls * falls);
  }
  return std::min(1.0, likeliest);
}

}  // namespace outrider::detect
