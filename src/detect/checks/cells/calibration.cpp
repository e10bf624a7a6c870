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
  const auto& row = counts[class_of(cells)];
  const auto bin = bin_of(ratio);
  double beyond = 0, total = 0;
  for (std::size_t i = 0; i < bins; ++i) {
    total += row[i];
    if (i >= bin) beyond += row[i];
  }
  return (beyond + prior_weight * prior(cells, ratio)) / (total + prior_weight);
}

}  // namespace outrider::detect
