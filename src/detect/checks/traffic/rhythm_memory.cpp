#include "detect/checks/traffic/rhythm_memory.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace outrider::detect {
namespace {

constexpr double day_s = 86400;
// Before anything is known a device misses its rhythm once a day, and gaps have a heavy tail: one twice as long comes a
// third as often. A month of one device outweighs that, or a day of thirty.
constexpr double prior_days = 30, prior_tail = 1.5;
constexpr double days_max = 1e6;  // then everything counts half, so that the fleet may change

std::size_t bin_of(double ratio) {
  if (!(ratio > 1)) return 0;
  return std::min(RhythmMemory::bins - 1, static_cast<std::size_t>(std::log2(ratio) * 4));
}

}  // namespace

void RhythmMemory::add(double seconds, double ratio) {
  days_ += std::min(seconds, day_s) / day_s;
  if (ratio >= 1) ++gaps_[bin_of(ratio)];
  if (days_ < days_max) return;
  days_ /= 2;
  for (auto& count : gaps_) count /= 2;
}

double RhythmMemory::probability(double ratio) const {
  if (!(ratio > 1)) return 1;
  double longer = prior_days * std::pow(ratio, -prior_tail);
  for (std::size_t i = bin_of(ratio); i < bins; ++i) longer += gaps_[i];
  return std::min(1.0, longer / (days_ + prior_days));
}

void RhythmMemory::save(ByteWriter& out) const {
  out.u64(std::bit_cast<std::uint64_t>(days_));
  for (const auto count : gaps_) out.u32(count);
}

Result<void> RhythmMemory::load(ByteReader& in) {
  RhythmMemory loaded;
  TRY(const auto days, in.u64());
  loaded.days_ = std::bit_cast<double>(days);
  if (!(loaded.days_ >= 0 && loaded.days_ <= days_max))
    return fail(Errc::corrupt, "bad-snapshot", "the days of devices in the memory of rhythms make no sense");
  for (auto& count : loaded.gaps_) {
    TRY(count, in.u32());
  }
  *this = loaded;
  return {};
}

}  // namespace outrider::detect
