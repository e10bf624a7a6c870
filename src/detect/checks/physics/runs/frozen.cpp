#include "detect/checks/physics/runs/frozen.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace outrider::detect {
namespace {

constexpr std::uint16_t runs_least = 10;     // before that the series has not shown how it moves
constexpr std::uint16_t habit = 3;           // what was strange so often is what this sensor does
constexpr std::uint16_t learnt_max = 20000;  // then half is forgotten
constexpr double strange_nats = 12;          // not learnt, or one attack would excuse the next
// Longer runs than were seen are taken to be stickier, and the more so the slower the series is: a hazard that halves
// when the length doubles is a power law, as quantised temperatures have. Weight of that guess, in steps.
constexpr double sticky = 0.4, sticky_for_noise = 0.4, sticky_steps = 2;
// A series begins a run at every change; a day has some two hundred of them (e^5.3). Multiplicity, so that p is of a
// day.
constexpr double runs_a_day_nats = 5.3;

std::size_t bin_of(std::uint32_t run) {
  return std::min<std::size_t>(std::bit_width(run) - 1U, FrozenState::bins - 1);
}

// −ln of the chance that a run which has begun is at least that long.
double surprise(const FrozenState& state, std::uint32_t run) {
  double nats = 0, usual = 0.5;
  for (std::size_t bin = 0; bin < FrozenState::bins; ++bin) {
    const std::uint32_t from = 1U << bin;
    if (run <= from) break;
    const bool last = bin + 1 == FrozenState::bins;
    // The last bin is open: its hazard goes on falling.
    const double steps = last ? from * std::log(static_cast<double>(run) / from) : std::min(run - from, from);
    const double guess = bin == 0 ? usual : usual * (sticky + sticky_for_noise * usual);
    usual = (state.ended[bin] + sticky_steps * guess) / (state.steps[bin] + sticky_steps);
    usual = std::min(usual, 0.98);
    nats -= steps * std::log1p(-usual);
  }
  return nats;
}

void learn(FrozenState& state) {
  if (state.run == 0) return;
  const std::size_t end = bin_of(state.run);
  for (std::size_t bin = 0; bin <= end; ++bin) {
    const std::uint32_t from = 1U << bin;
    const std::uint32_t steps = bin == end ? state.run - from + 1 : from;
    state.steps[bin] = static_cast<std::uint16_t>(std::min<std::uint32_t>(state.steps[bin] + steps, 60000));
  }
  ++state.ended[end];
  if (state.runs < 60000) ++state.runs;
  if (state.steps[0] < learnt_max) return;
  for (std::size_t bin = 0; bin < FrozenState::bins; ++bin) {
    state.steps[bin] /= 2;
    state.ended[bin] /= 2;
  }
}

}  // namespace

void check_frozen(FrozenState& state, double given, const Observation& observation, Surprises& surprises) {
  const auto value = static_cast<float>(given);
  if (state.run == 0 || value != state.value) {
    if (state.run > 0) {
      const bool odd = state.runs >= runs_least && surprise(state, state.run) >= strange_nats;
      if (!odd || state.strange >= habit)
        learn(state);
      else
        ++state.strange;
    }
    state.value = value;
    state.run = 1;
    state.since_s = static_cast<std::uint32_t>(observation.measured_s);
    return;
  }
  ++state.run;
  if (state.runs < runs_least) return;
  const double nats = surprise(state, state.run) - runs_a_day_nats;
  if (nats < Surprises::nats_min) return;
  // How long it usually stays: the steps of all runs over their number.
  double steps = 0, ended = 0;
  for (std::size_t bin = 0; bin < FrozenState::bins; ++bin) {
    steps += state.steps[bin];
    ended += state.ended[bin];
  }
  surprises.add({.check = CheckId::frozen_run,
                 .nats = static_cast<float>(nats),
                 .observed = static_cast<float>(state.run),
                 .expected = static_cast<float>(steps / std::max(ended, 1.0)),
                 .limit = 0,
                 .more = {value, static_cast<float>(observation.measured_s - state.since_s)}});
}

}  // namespace outrider::detect
