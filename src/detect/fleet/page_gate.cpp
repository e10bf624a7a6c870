#include "detect/fleet/page_gate.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "detect/vocabulary/threat.h"

namespace outrider::detect {
namespace {

constexpr double day_s = 86400;
// A budget beyond this is no budget.
constexpr std::size_t pages_max = 1'000'000;

std::size_t budget(std::size_t devices, const Tuning& tuning) {
  if (!(tuning.page_budget > 0)) return 0;
  const double wanted = std::ceil(tuning.page_budget * static_cast<double>(devices) / 1000);
  return std::clamp(static_cast<std::size_t>(std::min(wanted, static_cast<double>(pages_max))), PageGate::pages_least,
                    pages_max);
}

}  // namespace

// The sum of k exponential variables has an Erlang tail: e^-x * sum of x^j / j! for j < k.
double chance(double risk, unsigned families) {
  if (!(risk > 0)) return 1;
  double term = 1, sum = 1;
  for (unsigned j = 1; j < families; ++j) {
    term *= risk / j;
    sum += term;
  }
  return std::min(1.0, sum * std::exp(-risk));
}

double hypotheses_per_day() {
  static const double all = [] {
    double sum = 0;
    for (const ThreatInfo& threat : threats()) sum += day_s / threat.half_life_s;
    return sum;
  }();
  return all;
}

Admission PageGate::ask(double risk, unsigned families, std::size_t devices, double now_s, const Tuning& tuning) {
  while (!pages_.empty() && pages_.front() <= now_s - day_s) pages_.pop_front();
  // Benjamini and Hochberg's line over a day's hypotheses: with this one there are k + 1 discoveries, so it may be one
  // if its p is at most share * (k + 1) / m. Every page of the day then lies below the line of the day's end.
  const double hypotheses = hypotheses_per_day() * static_cast<double>(std::max<std::size_t>(devices, 1));
  if (chance(risk, families) > false_share * static_cast<double>(pages_.size() + 1) / hypotheses)
    return Admission::by_chance;
  if (pages_.size() >= budget(devices, tuning)) return Admission::no_budget;
  pages_.push_back(now_s);
  return Admission::page;
}

void PageGate::save(ByteWriter& out) const {
  out.u32(static_cast<std::uint32_t>(pages_.size()));
  for (const double at : pages_) out.u64(std::bit_cast<std::uint64_t>(at));
}

Result<void> PageGate::load(ByteReader& in) {
  TRY(const auto count, in.u32());
  if (count > pages_max) return fail(Errc::corrupt, "bad-snapshot", "the detection snapshot has too many pages");
  pages_.clear();
  for (std::uint32_t i = 0; i < count; ++i) {
    TRY(const auto at, in.u64());
    pages_.push_back(std::bit_cast<double>(at));
  }
  return {};
}

}  // namespace outrider::detect
