#include "detect/checks/gnss/quality.h"

#include <algorithm>
#include <cmath>

#include "detect/checks/motion/tail.h"

namespace outrider::detect {
namespace {

constexpr double loud_alone_max = 5;  // power without harm: a radio nearby
constexpr double lost_alone_max = 3;  // harm without power: a roof, a tunnel, a hand
constexpr double each_least = 1.5;    // so much of both, for one to explain the other
constexpr double lost_fix_nats = 3;
constexpr std::uint16_t fixes_least = 20;
constexpr double weaker_z = -2.5;      // signals this much weaker are no spoofer's
constexpr double one_figure_max = 12;  // a single figure is never worth more
constexpr double odd_nats = 2;
constexpr double single_max = 4;  // one odd figure is a defect, two are a pattern

constexpr std::size_t index(Quality quality) {
  return static_cast<std::size_t>(quality);
}

double up(double z) {
  return has(z) ? std::min(side_nats(z), one_figure_max) : 0;
}
double down(double z) {
  return up(-z);
}
double either(double z) {
  return has(z) ? std::min(sides_nats(z), one_figure_max) : 0;
}

void describe(Evidence& evidence, const GnssState& state, const Deviations& deviations, Quality quality) {
  evidence.observed = static_cast<float>(deviations.value[index(quality)]);
  evidence.expected = state.usual[index(quality)].location;
  evidence.limit = static_cast<float>(spread(state, quality));
}

// −ln P(a sum of `count` independent surprises reaches `sum`): Fisher's method, Gamma(count, 1).
double together(double sum, std::size_t count) {
  double term = 1, series = 0;
  for (std::size_t i = 0; i < count; ++i) {
    series += term;
    term *= sum / static_cast<double>(i + 1);
  }
  return std::max(0.0, sum - std::log(std::max(series, 1.0)));
}

}  // namespace

double judge_jamming(const GnssState& state, const Deviations& deviations, bool fix, Evidence& evidence) {
  struct Loud {
    CheckId check;
    Quality quality;
    double nats;
  };
  const std::array loud{Loud{CheckId::agc_drop, Quality::agc, down(deviations[Quality::agc])},
                        Loud{CheckId::noise_floor, Quality::noise, up(deviations[Quality::noise])},
                        Loud{CheckId::jamming_indicator, Quality::jamming, up(deviations[Quality::jamming])}};
  const Loud& loudest = *std::ranges::max_element(loud, {}, &Loud::nats);
  const double weaker = down(deviations[Quality::cn0]);
  const double fewer = down(deviations[Quality::satellites]);
  const bool fix_lost = !fix && state.fixes >= fixes_least;
  const double lost = std::max({weaker, fewer, fix_lost ? lost_fix_nats : 0.0});
  if (std::max(loudest.nats, lost) <= 0) return 0;
  double nats = loudest.nats + lost;
  if (lost < each_least) nats = std::min(nats, loud_alone_max);
  if (loudest.nats < each_least) nats = std::min(nats, lost_alone_max);
  if (loudest.nats >= each_least) {
    evidence.check = loudest.check;
    describe(evidence, state, deviations, loudest.quality);
  } else if (weaker > 0) {
    evidence.check = CheckId::cn0_drop;
    describe(evidence, state, deviations, Quality::cn0);
  } else {
    evidence.check = CheckId::fix_lost;
    evidence.observed = state.fixes;
  }
  if (has(deviations[Quality::cn0]))
    evidence.more[0] =
        static_cast<float>(state.usual[index(Quality::cn0)].location - deviations.value[index(Quality::cn0)]);
  evidence.more[1] = fix_lost ? 1 : 0;
  return nats;
}

double judge_spoofing(const GnssState& state, const Deviations& deviations, bool fix, Evidence& evidence) {
  const auto weak = [&](Quality quality) { return has(deviations[quality]) && deviations[quality] < weaker_z; };
  if (!fix || weak(Quality::cn0) || weak(Quality::satellites)) return 0;
  const double accuracy = deviations[Quality::accuracy], height = deviations[Quality::height];
  const double speed = deviations[Quality::speed_variance];
  // Everything claimed to be worse at once: less sky.
  const bool shaded = accuracy > 0 && speed > 0;
  struct Figure {
    Quality quality;
    bool present;
    double nats;
  };
  const double of_accuracy = either(accuracy), of_height = either(height);
  const bool by_height = of_height > of_accuracy;
  const double less_gain = down(deviations[Quality::agc]), more_noise = up(deviations[Quality::noise]);
  const bool by_agc = less_gain > more_noise;
  const std::array figures{
      Figure{by_agc ? Quality::agc : Quality::noise, has(deviations[Quality::agc]) || has(deviations[Quality::noise]),
             std::max(less_gain, more_noise)},
      Figure{Quality::jamming, has(deviations[Quality::jamming]), either(deviations[Quality::jamming])},
      Figure{by_height ? Quality::height : Quality::accuracy, has(accuracy) || has(height),
             shaded ? 0 : std::max(of_accuracy, of_height)},
      Figure{Quality::speed_variance, has(speed), shaded ? 0 : either(speed)},
      Figure{Quality::cn0, has(deviations[Quality::cn0]), up(deviations[Quality::cn0])},
      Figure{Quality::cn0_spread, has(deviations[Quality::cn0_spread]), down(deviations[Quality::cn0_spread])}};
  double sum = 0;
  std::size_t count = 0, odd = 0;
  for (const Figure& figure : figures) {
    if (!figure.present) continue;
    ++count;
    sum += figure.nats;
    if (figure.nats >= odd_nats) ++odd;
  }
  const double nats = together(sum, count);
  const Figure& oddest = *std::ranges::max_element(figures, {}, &Figure::nats);
  evidence.check = CheckId::receiver_profile;
  describe(evidence, state, deviations, oddest.quality);
  evidence.more[0] = static_cast<float>(oddest.quality);
  evidence.more[1] = static_cast<float>(odd);
  return odd >= 2 ? nats : std::min(nats, single_max);
}

double judge_uniform(const GnssState& state, const Reading& reading, const Deviations& deviations, Evidence& evidence) {
  // Elevation alone spreads an open sky by 4 to 7 dB; a transmitter that plays all satellites through one antenna does
  // not. Fewer than six satellites may be alike by chance.
  static constexpr double sky_spread = 5, sky_deviation = 1.3, strong = 40, satellites_least = 6;
  if (!has(reading.cn0_spread) || !(reading.cn0 >= strong) || !(reading.satellites >= satellites_least)) return 0;
  const double even = has(deviations[Quality::cn0_spread]) ? -deviations[Quality::cn0_spread]
                                                           : (sky_spread - reading.cn0_spread) / sky_deviation;
  evidence.check = CheckId::cn0_uniform;
  evidence.observed = static_cast<float>(reading.cn0_spread);
  evidence.expected = has(deviations[Quality::cn0_spread]) ? state.usual[index(Quality::cn0_spread)].location
                                                           : static_cast<float>(sky_spread);
  evidence.limit = static_cast<float>(reading.cn0);
  evidence.more[0] = static_cast<float>(reading.satellites);
  return std::min(side_nats(even), one_figure_max) + up(deviations[Quality::cn0]) / 2;
}

}  // namespace outrider::detect
